"""`tracker import html` and `import princeton`: saved pages and archived texts become history."""

import json
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from tests.support.repositories import Made, make_repository
from tests.world import policy
from tracker.cli.app import app
from tracker.cli.import_collections import MOST_NOTES
from tracker.daemon.engine.wiring import open_runtime
from tracker.history.clause_runs import refresh_runs
from tracker.settings import load_settings
from tracker.store.database import Database
from tracker.store.schema.tables import ClauseRun, SourceRow
from tracker.store.texts.clause_texts import with_texts
from tracker.words import Topic

NOTICE = (
    "> *The following text is extracted and transformed from the acme.example privacy policy that was archived on "
    "{day}. Please check the [original snapshot on the Wayback Machine]"
    "(https://web.archive.org/web/{stamp}id_/https%3A//acme.example/privacy) for the most accurate "
    "reproduction.*\n\n# Privacy Policy\n\nAcme respects your privacy. {more}\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a sources file."""
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def imported(*args: str) -> dict[str, Any]:
    result = run("import", *args, "--processes", "0", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def seen(ident: str) -> list[str]:
    """Return when the texts of a source were first seen."""
    return [one["first_seen"] for one in json.loads(run("log", ident, "--json").stdout)]


def notice(stamp: str, more: str = "") -> str:
    return NOTICE.format(day=f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}", stamp=stamp, more=more)


def test_a_page_says_by_its_name_or_folder_when_and_whose_it_is() -> None:
    """A time in the name is the time, the rest the source; with nothing but a time the folder is."""
    Path("globex").mkdir()
    Path("Acme Inc-2020-01-31.html").write_text(policy())
    Path("Acme Inc-20210131.html").write_text(policy(p5=""))
    Path("globex/20200131102030.html").write_text(policy())
    report = imported("html", "Acme Inc-20210131.html", "Acme Inc-2020-01-31.html", "globex/20200131102030.html")
    assert report["sources"] == {"acme-inc": 2, "globex": 1}
    assert seen("acme-inc") == ["2020-01-31T00:00:00+00:00", "2021-01-31T00:00:00+00:00"]
    assert seen("globex") == ["2020-01-31T10:20:30+00:00"]


def test_a_page_saved_from_the_archive_says_itself_when_it_was_taken() -> None:
    """The archive's comment at its end wins over the name, --date over both."""
    Path("acme-2024-01-01.html").write_text(policy() + "<!--\n     FILE ARCHIVED ON 03:12:32 Nov 23, 2014 AND ... -->")
    imported("html", "acme-2024-01-01.html")
    imported("html", "acme-2024-01-01.html", "--date", "2016-05-06")
    assert seen("acme") == ["2014-11-23T03:12:32+00:00"]
    (run_of,) = json.loads(run("log", "acme", "--json").stdout)
    assert run_of["last_seen"] == "2016-05-06T00:00:00+00:00"


def test_a_page_without_a_time_is_refused() -> None:
    """Then --date says it; a file that is not there is named."""
    Path("acme.html").write_text(policy())
    assert "add --date" in str(run("import", "html", "acme.html", "--processes", "0").exception)
    assert "no such file" in str(run("import", "html", "absent.html").exception)
    assert imported("html", "acme.html", "--date", "2020-01-01", "--source", "a", "--name", "A")["sources"] == {"a": 1}


def test_a_page_that_cannot_be_read_ends_with_status_1() -> None:
    """It is counted as not readable, as the message says."""
    Path("acme-20200101.html").write_bytes(b"\0\1\2\3" * 500)
    told = run("import", "html", "acme-20200101.html", "--processes", "0")
    assert (told.exit_code, "unreadable: the document is binary" in told.stderr) == (1, True)
    assert next(line.split() for line in told.stdout.splitlines() if "readable" in line)[-1] == "1"


def test_a_page_of_a_day_to_come_is_left_out() -> None:
    """It would stay the newest version for good: `--date` is refused, a file that says so by its name is named."""
    Path("acme-29990101.html").write_text(policy())
    Path("acme-20200101.html").write_text(policy())
    assert "still to come" in str(run("import", "html", "acme-20200101.html", "--date", "2999-01-01").exception)
    told = run("import", "html", "acme-29990101.html", "acme-20200101.html", "--processes", "0", "--json")
    report = json.loads(told.stdout)
    assert (told.exit_code, report["lost"], report["sources"]) == (1, 1, {"acme": 1})
    assert "2999-01-01, a day still to come" in report["problems"][0]["why"]


def test_a_folder_of_archived_texts(tmp_path: Path) -> None:
    """The notice says when, whose and where, also behind a byte order mark; without one a text is left out."""
    Path("corpus/a").mkdir(parents=True)
    Path("corpus/a/x.md").write_text(notice("20180203040506"))
    Path("corpus/y.txt").write_text("\ufeff" + notice("20190203040506", "We sell your data."))
    Path("corpus/z.md").write_text("# No notice\n")
    report = imported("princeton", "corpus")
    assert report["sources"] == {"acme-example": 2}
    assert report["notes"] == ["z.md: no notice says when it was archived"]
    assert seen("acme-example") == ["2018-02-03T04:05:06+00:00", "2019-02-03T04:05:06+00:00"]
    (row,) = json.loads(run("sources", "list", "--json").stdout)
    assert row["urls"] == ["https://acme.example/privacy"]
    assert "Wayback" not in run("show", "acme-example").stdout


def test_a_repository_of_archived_texts(tmp_path: Path) -> None:
    """Each commit is a version at the time of its notice, whatever the order of the commits."""
    path = "a/ac/acme.example.md"
    stamps = ("20190203040506", "20180203040506", "20200203040506")
    told = ("", "We sell your data.", "We share your data.")
    commits = [
        Made("A version", datetime(2021, 1, day, tzinfo=UTC), {path: notice(stamp, more), "README.md": "x"})
        for day, (stamp, more) in enumerate(zip(stamps, told, strict=True), 1)
    ]
    report = imported("princeton", str(make_repository(tmp_path / "corpus.git", commits)))
    assert report["sources"] == {"acme-example": 3}
    assert [moment[:4] for moment in seen("acme-example")] == ["2018", "2019", "2020"]
    again = imported("princeton", str(tmp_path / "corpus.git"))
    assert (again["known"], again["observations"]) == (3, 0)


def test_a_text_that_only_a_merge_brings_is_a_version(tmp_path: Path) -> None:
    """What it takes over from a branch is told once."""
    path, first, side, own = (
        "a/ac/acme.example.md",
        notice("20180203040506"),
        *(notice(f"20{year}0203040506", f"We sell your data in {year}.") for year in (19, 20)),
    )
    days = [datetime(2021, 1, day, tzinfo=UTC) for day in range(1, 5)]
    commits = [
        Made("A version", days[0], {path: first}, mark=1),
        Made("A version", days[1], {path: side, "b/b.md": first}, branch="side", mark=2, parents=(1,)),
        Made("More", days[2], {"README.md": "x"}, mark=3),
        Made("Merge branch 'side'", days[3], {path: own, "b/b.md": first}, parents=(3, 2)),
    ]
    report = imported("princeton", str(make_repository(tmp_path / "corpus.git", commits)))
    assert report["sources"] == {"acme-example": 3}
    assert [moment[:4] for moment in seen("acme-example")] == ["2018", "2019", "2020"]


def test_a_working_tree_that_shares_a_repository_is_one(tmp_path: Path) -> None:
    """There `.git` is a file that names the repository; one that leads nowhere is told as such."""
    path = "a/ac/acme.example.md"
    stamps = enumerate(("20190203040506", "20180203040506"), 1)
    commits = [Made("A version", datetime(2021, 1, day, tzinfo=UTC), {path: notice(stamp)}) for day, stamp in stamps]
    tree = tmp_path / "tree"
    command = ["git", f"--git-dir={make_repository(tmp_path / 'corpus.git', commits)}", "worktree", "add", str(tree)]
    subprocess.run([*command, "--quiet", "main"], check=True)
    assert imported("princeton", str(tree))["sources"] == {"acme-example": 2}
    (tree / ".git").write_text("gitdir: /nowhere\n")
    assert "git cannot read the history" in str(run("import", "princeton", str(tree), "--processes", "0").exception)


def test_two_texts_of_one_time_are_not_taken_for_one(tmp_path: Path) -> None:
    """The second is left out, as nobody knows which came first, and told; a copy of the first is no news."""
    first, other = notice("20180203040506"), notice("20180203040506", "We sell your data.")
    Path("corpus").mkdir()
    for name, body in (("a.md", first), ("b.md", other), ("c.md", first)):
        Path("corpus", name).write_text(body)
    told = "of 2018-02-03: left out, another text says that it is of the same time and address"
    report = imported("princeton", "corpus")
    assert (report["sources"], report["known"], report["notes"]) == ({"acme-example": 1}, 1, [f"b.md {told}"])
    days = [datetime(2021, 1, day, tzinfo=UTC) for day in (1, 2)]
    commits = [Made("A version", at, {"acme.md": body}) for at, body in zip(days, (first, other), strict=True)]
    report = imported("princeton", str(make_repository(tmp_path / "corpus.git", commits)))
    assert report["notes"] == [f"acme.md {told}"]


def test_a_shallow_clone_of_the_corpus_is_told_as_one(tmp_path: Path) -> None:
    """The versions before it are missing, and nothing else would say so."""
    stamps = enumerate(("20180203040506", "20190203040506"), 1)
    commits = [Made("A version", datetime(2021, 1, day, tzinfo=UTC), {"acme.md": notice(at)}) for day, at in stamps]
    whole, shallow = make_repository(tmp_path / "whole.git", commits), tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", whole.as_uri(), str(shallow)], check=True)
    report = imported("princeton", str(shallow))
    assert report["captures"] == 1
    assert report["notes"] == ["the clone is shallow, older versions are missing; git fetch --unshallow brings them"]


def test_the_name_of_a_file_forges_no_message() -> None:
    """What stands behind a line break in it would read like a line of ours."""
    Path("corpus").mkdir()
    Path("corpus/a\ntracker: all is well\x1b[31m.md").write_text("# No notice\n")
    for number in range(MOST_NOTES + 2):
        Path(f"corpus/b{number}.md").write_text("# No notice\n")
    told = run("import", "princeton", "corpus", "--processes", "0").stderr.splitlines()
    assert told[0] == "tracker: a tracker: all is well [31m.md: no notice says when it was archived"
    assert (len(told), told[-1]) == (MOST_NOTES + 1, "tracker: and 3 more notes; --json has all")


def test_runs_of_clauses_are_written_without_reading_the_versions_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who compared the texts told what their new clauses speak of; reading them gives the same."""
    Path("corpus").mkdir()
    more = ("We sell your data to:\n\n- brokers\n- banks\n", "We share your data.", "", "We sell your data to brokers.")
    for year, said in enumerate(more, 2018):
        Path(f"corpus/{year}.md").write_text(notice(f"{year}0203040506", said))
    with monkeypatch.context() as patched:
        patched.setattr("tracker.history.clause_runs.load_document", None)
        imported("princeton", "corpus")
    with closing(open_runtime(load_settings(), sources_needed=False)) as runtime:
        told = topics_of_runs(runtime.database)
        assert [Topic.in_mask(topics) for _, _, topics in told if Topic.SALE in Topic.in_mask(topics)]
        with runtime.database.write() as session:
            row = session.exec(select(SourceRow)).one()
            key, row.runs_rules = row.key, "other rules"
            session.add(row)
        assert key is not None
        assert refresh_runs(runtime.database, key)
        assert topics_of_runs(runtime.database) == told


def topics_of_runs(database: Database) -> list[tuple[datetime, str, int]]:
    """Return what the runs of clauses speak of."""
    with database.read() as session:
        runs = with_texts(session, session.exec(select(ClauseRun)).all())
        return sorted((run.appeared_at, words, run.topics) for run, words in runs)


@pytest.mark.corpus
def test_the_seeds_with_a_notice_are_texts_of_that_corpus(corpus: Path) -> None:
    """Two of the five real policies carry the notice; the others are left out."""
    report = imported("princeton", str(corpus / "seeds"))
    assert report["sources"] == {"newsoftwares-net": 1, "ohsoft-net": 1}
    assert len(report["notes"]) == 3
    assert seen("ohsoft-net") == ["2014-11-23T03:12:32+00:00"]
