"""Which rules judged, and how bytes became text: versions change exactly when a result may."""

from importlib import metadata, resources
from pathlib import Path

import pytest

from tracker.compare import rules
from tracker.compare.rules import canon_version, rules_version
from tracker.compare.text.canonical import CANON_VERSION
from tracker.compare.vocabulary.lexicons import load, shipped, use
from tracker.extract.version import extractor_version


def overlay(folder: Path, file: str, text: str) -> tuple[Path, ...]:
    (folder / file).write_text(text, encoding="utf-8")
    return (folder,)


def program_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the hash over the program with another folder in the place of the package."""
    monkeypatch.setattr(resources, "files", lambda name: folder.joinpath(*name.split(".")[1:]))
    return rules._program.__wrapped__()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with one rule and one model."""
    for name, text in (
        ("compare/judging/judge.py", "SURE = 0.8\n"),
        ("lexicon/models/scorer.json.gz", "model"),
        ("words.py", ""),
    ):
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return tmp_path / "package"


def test_the_rules_version_is_twelve_hexadecimal_digits_and_stays() -> None:
    """Asked twice it says the same."""
    assert len(rules_version()) == 12
    assert int(rules_version(), 16) >= 0
    assert rules_version() == rules_version()


@pytest.mark.parametrize("file", ["compare/judging/judge.py", "lexicon/models/scorer.json.gz", "words.py"])
def test_code_models_and_words_of_verdicts_change_the_rules_version(
    package: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A constant of a rule counts as much as a lexicon entry."""
    before = program_with(package, monkeypatch)
    (package / file).write_text("SURE = 0.9\n", encoding="utf-8")
    assert program_with(package, monkeypatch) != before


def test_line_ends_do_not_change_the_rules_version(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same release installed on two systems judges by the same rules."""
    before = program_with(package, monkeypatch)
    (package / "compare/judging/judge.py").write_bytes(b"SURE = 0.8\r\n")
    assert program_with(package, monkeypatch) == before


def test_a_library_that_reads_texts_changes_the_rules_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another sentence splitter may cut other clauses."""
    before, real = rules._program.__wrapped__(), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99" if name == "nupunkt" else real(name))
    assert rules._program.__wrapped__() != before


def test_words_of_an_overlay_change_the_rules_version_and_no_more_than_they_touch(tmp_path: Path) -> None:
    """A recipient changes how changes are judged, neither the keys of clauses nor how pages are read."""
    plain = rules_version(), canon_version(), extractor_version()
    with use(load(overlay(tmp_path, "recipients.toml", '[zorgs]\ntitle = "zorgs"\nforms = ["zorgs"]\n'))):
        assert rules_version() != plain[0]
        assert (canon_version(), extractor_version()) == plain[1:]


def test_a_synonym_of_the_user_makes_other_keys(tmp_path: Path) -> None:
    """Keys stored under other synonyms are told apart by their canon version."""
    assert canon_version() == CANON_VERSION
    with use(load(overlay(tmp_path, "synonyms.toml", '[synonyms]\n"fellow" = "member"\n'))):
        assert canon_version().startswith(f"{CANON_VERSION}-")


def test_furniture_of_the_user_makes_other_extractions(tmp_path: Path) -> None:
    """What is dropped from a page changes its text: the last good capture is then read again before it is compared."""
    plain = extractor_version()
    with use(load(overlay(tmp_path, "page_furniture.toml", 'junk = ["ask our robot"]\n'))):
        assert extractor_version() != plain
    with use(shipped()):
        assert extractor_version() == plain
