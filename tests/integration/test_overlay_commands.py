"""Words of the user reach everything that judges: one compare, a batch in other processes, the daemon's pool."""

import json
import os
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unit.test_overlays import PLAIN
from tracker.cli.app import app
from tracker.compare import Block, BlockKind, Verdict
from tracker.compare.rules import rules_version
from tracker.compare.text.clauses import cut
from tracker.compare.vocabulary.lexicons import activate, load, shipped, use
from tracker.daemon import judging
from tracker.daemon.engine.wiring import open_runtime
from tracker.daemon.judging import InlineJudge, PooledJudge
from tracker.errors import LexiconError
from tracker.settings import load_settings

AFTER = "We may share your email address with couriers and zorgs."
WORDS = '[zorgs]\ntitle = "the zorgs"\nforms = ["zorgs"]\nweight = 2\n'


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of words that the settings name."""
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "recipients.toml").write_text(WORDS, encoding="utf-8")
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", str(folder))
    return folder


def version_of(folder: Path) -> str:
    with use(load((folder,))):
        return rules_version()


def test_compare_judges_by_the_words_of_the_settings(tmp_path: Path, words: Path) -> None:
    """The recipient that only the user knows is named, and the version is that of the user's words."""
    for name, text in (("old.txt", PLAIN), ("new.txt", AFTER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", str(tmp_path / "old.txt"), str(tmp_path / "new.txt"), "--json"])
    assert done.exit_code == 0, done.output
    verdict = json.loads(done.output)
    assert "the zorgs" in json.dumps(verdict["changes"])
    assert verdict["rules_version"] == version_of(words)


def test_the_processes_of_a_batch_judge_by_the_parents_words(
    tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row carries the version that the parent has, and the words count."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    row = {"id": "a", "before": PLAIN, "after": AFTER}
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(row)}\n" * 3, encoding="utf-8")
    done = CliRunner().invoke(
        app, ["compare", "--batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")]
    )
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [found["rules_version"] for found in rows] == [version_of(words)] * 3
    assert all("the zorgs" in json.dumps(found["changes"]) for found in rows)


def test_the_daemons_pool_judges_by_the_words_of_its_process(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heavy document gets the verdict that a light one gets, though the files were changed meanwhile."""
    monkeypatch.setattr(judging, "HEAVY", 0)
    activate(load((words,)))
    before, after = (cut([Block(BlockKind.PARAGRAPH, text)]) for text in (PLAIN, AFTER))

    def verdict(judge: InlineJudge | PooledJudge) -> Verdict:
        with closing(judge):
            return judge.judge(before, after, names=(), captured_on=date(2026, 3, 1))

    pooled = PooledJudge(1)
    (words / "recipients.toml").write_text("changed = true", encoding="utf-8")
    assert verdict(pooled) == verdict(InlineJudge())


def test_the_runtime_of_a_daemon_puts_the_words_of_its_settings_in_force(words: Path, tmp_path: Path) -> None:
    """Open with overlays: theirs; open without: the shipped ones."""
    with closing(open_runtime(load_settings(), sources_needed=False)):
        assert rules_version() == version_of(words)
    with closing(open_runtime(load_settings(lexicon_overlays=()), sources_needed=False)):
        assert rules_version() == version_of_shipped()
    (words / "recipients.toml").write_text("[zorgs]\nforms = 5\n", encoding="utf-8")
    with pytest.raises(LexiconError, match="forms"):
        open_runtime(load_settings(), sources_needed=False)


def version_of_shipped() -> str:
    with use(shipped()):
        return rules_version()


@pytest.mark.parametrize("command", [["compare", "a", "b"], ["changes"], ["check"], ["run"]])
def test_a_bad_overlay_stops_a_command_with_one_line(words: Path, command: list[str]) -> None:
    """Exit status 2, and the message names file, entry and key before anything is judged."""
    (words / "recipients.toml").write_text("[zorgs]\nforms = 5\n", encoding="utf-8")
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, LexiconError)
    assert str(done.exception).startswith(f"{words / 'recipients.toml'}: [zorgs] `forms`: expected a list")


def test_the_setting_takes_a_list_or_paths_as_in_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the file a list; in the variable paths with the platform's separator, or JSON."""
    assert load_settings().lexicon_overlays == ()
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", f"a{os.pathsep}b")
    assert load_settings().lexicon_overlays == (Path("a"), Path("b"))
    monkeypatch.setenv("TRACKER_LEXICON_OVERLAYS", '["a b"]')
    assert load_settings().lexicon_overlays == (Path("a b"),)
    monkeypatch.delenv("TRACKER_LEXICON_OVERLAYS")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tracker.toml").write_text('lexicon_overlays = ["words", "more.toml"]\n', encoding="utf-8")
    assert load_settings().lexicon_overlays == (Path("words"), Path("more.toml"))
