"""`tracker sources import-ota`: declarations go into the sources file, once."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tracker.cli.app import app
from tracker.sources.load import load_sources


@pytest.fixture
def declarations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of a collection with one service of two documents, one of which loses a filter."""
    folder = tmp_path / "collection" / "declarations"
    folder.mkdir(parents=True)
    terms = {
        "Privacy Policy": {"fetch": "https://acme.example/privacy", "select": "main"},
        "Imprint": {"fetch": "https://acme.example/imprint", "select": "main", "filter": ["tidy"]},
    }
    (folder / "Acme.json").write_text(json.dumps({"name": "Acme", "terms": terms}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder.parent


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_declarations_are_appended_once_and_comments_stay(declarations: Path) -> None:
    """A second run finds all of them followed."""
    file = declarations.parent / "sources.toml"
    file.write_text('# ours\n[[source]]\nid = "mine"\nname = "M"\ntype = "Imprint"\nurl = "https://m.example/"\n')
    done = run("sources", "import-ota", str(declarations), "--out", str(file), "--tag", "ota", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["added"] == ["acme-privacy-policy", "acme-imprint"]
    assert told["lost"] == {"custom filter": 1}
    assert [one["id"] for one in told["with_losses"]] == ["acme-imprint"]
    assert file.read_text().startswith("# ours\n")
    assert load_sources(file).sources[1].tags == ("ota",)
    before = file.read_bytes()
    again = json.loads(run("sources", "import-ota", str(declarations), "--out", str(file), "--json").stdout)
    assert (again["added"], len(again["followed_already"])) == ([], 2)
    assert file.read_bytes() == before


def test_without_a_file_the_entries_are_printed(declarations: Path) -> None:
    """What goes to standard output is TOML alone; the report goes to standard error."""
    done = run("sources", "import-ota", str(declarations))
    path = declarations / "printed.toml"
    path.write_text(done.stdout, encoding="utf-8")
    assert len(load_sources(path).sources) == 2
    assert "not kept, in so many documents: custom filter 1" in done.stderr


def test_a_folder_without_declarations_is_bad_usage(tmp_path: Path) -> None:
    """Exit status 2."""
    from tracker.errors import UsageError

    assert isinstance(run("sources", "import-ota", str(tmp_path)).exception, UsageError)
