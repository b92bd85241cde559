"""`tracker import ota`: Git histories of Open Terms Archive, and of our own export, become history."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.repositories import Made, make_repository
from tests.world import PARAGRAPHS, page
from tracker.cli.app import app
from tracker.intake.git import Commit, Repository, Touch
from tracker.intake.open_terms import OpenTermsArchive
from tracker.intake.princeton import PrincetonCorpus

START = datetime(2020, 1, 1, 12, 30, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a sources file."""
    monkeypatch.chdir(tmp_path)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def text(**replaced: str) -> str:
    """Return the invented policy as Markdown; `p5="..."` replaces its paragraph 5."""
    lines = [replaced.get(f"p{number}", paragraph) for number, paragraph in enumerate(PARAGRAPHS)]
    return "# Privacy Policy\n\n" + "\n\n".join(lines) + "\n"


SOLD = text(p3="We sell your personal information to advertisers.")

HISTORY = (
    Made("Initial commit", at(0), {"README.md": "Nothing", "Demo/Privacy Policy.md": text(p0="A template.")}),
    Made(
        "First record of Acme Privacy Policy",
        at(1),
        {"Acme/Privacy Policy.md": text()},
        body="X-engine-version: 14.0.0\nX-source-document-location: https://acme.example/privacy\n",
    ),
    Made("Record new changes of Acme Privacy Policy", at(2), {"Acme/Privacy Policy.md": SOLD}),
    Made("Apply technical or declaration upgrade on Acme Privacy Policy", at(3), {"Acme/Privacy Policy.md": text()}),
    Made(
        "First record of Globex Terms of Service",
        at(4),
        {"Globex/Terms of Service.md": "# Nutzung\n\nWir verkaufen Ihre personenbezogenen Daten nicht an Dritte.\n"},
    ),
)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def imported(repository: Path, *more: str, code: int = 0) -> dict[str, Any]:
    result = run("import", "ota", str(repository), "--processes", "0", "--json", *more)
    assert result.exit_code == code, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def log_of(ident: str) -> list[dict[str, Any]]:
    """Return the history of a source, oldest first."""
    found = json.loads(run("log", ident, "--json").stdout)
    assert isinstance(found, list)
    return found


def test_a_snapshots_repository_holds_pages(tmp_path: Path) -> None:
    """Raw pages are read for their text as live ones are; what stands around it is no part of it."""
    path = "Acme/Privacy Policy.html"
    history = [
        Made("First record of Acme Privacy Policy", at(1), {path: page(*PARAGRAPHS)}),
        Made("Record new changes of Acme Privacy Policy", at(2), {path: page(*PARAGRAPHS) + "<!-- 2 -->"}),
        Made("Record new changes of Acme Privacy Policy", at(3), {path: page(*PARAGRAPHS[:-1])}),
    ]
    report = imported(make_repository(tmp_path / "snapshots.git", history))
    assert (report["captures"], report["versions"], report["unread"]) == (3, 2, 0)
    assert [one["first_seen"] for one in log_of("acme-privacy-policy")] == [at(day).isoformat() for day in (1, 3)]


def test_each_record_is_an_observation_at_its_true_date(tmp_path: Path) -> None:
    """Dates are those of the records, and files that no record ever touched are left out."""
    report = imported(make_repository(tmp_path / "acme.git", HISTORY))
    assert report["sources"] == {"acme-privacy-policy": 3, "globex-terms-of-service": 1}
    assert report["notes"] == ["left out: 1 file that no record ever touched"]
    log = log_of("acme-privacy-policy")
    assert [run["first_seen"] for run in log] == [at(day).isoformat() for day in (1, 2, 3)]
    assert [run["version"] for run in log] == [1, 2, 1]


def test_a_technical_upgrade_is_judged_all_the_same_and_called_one(tmp_path: Path) -> None:
    """What a collection puts down to its own technique may be a change of the document."""
    imported(make_repository(tmp_path / "acme.git", HISTORY))
    sold, back = [run["change"] for run in log_of("acme-privacy-policy")[1:]]
    assert (sold["state"], sold["flags"], "sale" in sold["topics"]) == ("history", [], True)
    assert (back["alert"], back["flags"]) == (True, ["returned", "technical"])


NOT_FOUND = "# Oops\n\nThe page you are looking for could not be found. It may have been moved or deleted.\n"


def states(day: int, *texts: str) -> list[Made]:
    """Return records of one document, one a day."""
    return [
        Made("Record new changes of Acme Privacy Policy", at(day + number), {"Acme/Privacy Policy.md": told})
        for number, told in enumerate(texts)
    ]


def test_what_is_no_document_is_held_back(tmp_path: Path) -> None:
    """An error page between two texts is kept and told of, makes no version, and judges nothing; unless asked for."""
    repository = make_repository(tmp_path / "acme.git", [*HISTORY[1:2], *states(2, NOT_FOUND, SOLD)])
    report = imported(repository)
    assert (report["captures"], report["observations"], report["versions"], report["held"]) == (3, 2, 2, 1)
    [problem] = report["problems"]
    assert problem["why"].startswith("held as suspect: error: ")
    assert [run["first_seen"] for run in log_of("acme-privacy-policy")] == [at(1).isoformat(), at(3).isoformat()]
    assert "held as suspect" in run("import", "ota", str(repository)).output
    assert json.loads(run("held", "--json").stdout) == []  # a good text came
    again = imported(repository, "--no-guard")
    assert (again["known"], again["observations"], again["held"]) == (3, 1, 0)
    assert [run["version"] for run in log_of("acme-privacy-policy")] == [1, 2, 3]


def test_what_a_history_ends_with_stays_held_until_it_is_released(tmp_path: Path) -> None:
    """The operator sees it and may let it through; the next import of the collection takes it."""
    repository = make_repository(tmp_path / "acme.git", [*HISTORY[1:2], *states(2, NOT_FOUND)])
    assert imported(repository)["held"] == 1
    [held] = json.loads(run("held", "--json").stdout)
    assert (held["source"], held["reason"]) == ("acme-privacy-policy", "error")
    assert run("held", "--release", str(held["held"])).exit_code == 0
    assert imported(repository)["observations"] == 1
    assert json.loads(run("held", "--json").stdout) == []
    assert len(log_of("acme-privacy-policy")) == 2


@pytest.mark.parametrize(("days", "taken"), [(range(2, 7), 5), (range(2, 6), 0)])
def test_what_stays_is_taken_for_the_document(tmp_path: Path, days: range, taken: int) -> None:
    """Five captures over three days show it, or only four."""
    shown = [NOT_FOUND + "\n" * day for day in days]
    report = imported(make_repository(tmp_path / "acme.git", [*HISTORY[1:2], *states(2, *shown)]))
    assert (report["observations"], report["held"]) == (1 + taken, len(shown) - taken)
    assert imported(tmp_path / "acme.git")["observations"] == 0


def test_a_long_text_may_be_headed_by_anything(tmp_path: Path) -> None:
    """The first heading of a file is no title: navigation that says so does not make a policy an error page."""
    report = imported(make_repository(tmp_path / "acme.git", states(1, "# Page not found\n\n" + text())))
    assert (report["observations"], report["held"]) == (1, 0)


def test_the_source_is_made_of_service_and_type(tmp_path: Path) -> None:
    """An imported document is listed and can be asked for although no file names it; its language is found."""
    imported(make_repository(tmp_path / "acme.git", HISTORY))
    listed = {row["id"]: row for row in json.loads(run("sources", "list", "--json").stdout)}
    acme = listed["acme-privacy-policy"]
    assert (acme["name"], acme["type"], acme["state"]) == ("Acme Privacy Policy", "Privacy Policy", "archived")
    assert acme["urls"] == ["https://acme.example/privacy"]
    shown = json.loads(run("show", "globex-terms-of-service", "--json").stdout)
    assert shown["language"] == "de"


def test_importing_again_adds_nothing_and_a_grown_collection_what_is_new(tmp_path: Path) -> None:
    """A second run passes over what is there."""
    imported(make_repository(tmp_path / "acme.git", HISTORY))
    again = imported(tmp_path / "acme.git")
    assert (again["known"], again["observations"], again["changes"]) == (4, 0, 0)
    more = Made("Record new changes of Acme Privacy Policy", at(9), {"Acme/Privacy Policy.md": SOLD})
    grown = imported(make_repository(tmp_path / "grown.git", [*HISTORY, more]))
    assert (grown["known"], grown["observations"], grown["changes"]) == (4, 1, 1)


def test_records_of_one_second_keep_their_order(tmp_path: Path) -> None:
    """Two states of a file in one second are two observations, the later commit last."""
    second = Made("Record new changes of Acme Privacy Policy", at(1), {"Acme/Privacy Policy.md": SOLD})
    imported(make_repository(tmp_path / "acme.git", [HISTORY[1], second]))
    log = log_of("acme-privacy-policy")
    assert [run["version"] for run in log] == [1, 2]
    assert "sale" in log[1]["change"]["topics"]


def test_a_renamed_file_keeps_its_history(tmp_path: Path) -> None:
    """What Git sees as a rename is one document."""
    rename = Made(
        "Rename Acme to Acme Inc", at(3), {"Acme Inc/Privacy Policy.md": SOLD}, removed=("Acme/Privacy Policy.md",)
    )
    report = imported(make_repository(tmp_path / "acme.git", [*HISTORY[1:3], rename]))
    assert report["sources"] == {"acme-inc-privacy-policy": 2}
    assert report["notes"] == ["joined: Acme/Privacy Policy.md was renamed to Acme Inc/Privacy Policy.md"]


def test_a_service_that_goes_on_under_another_name_keeps_its_history(tmp_path: Path) -> None:
    """Its documents begin with the texts the former ones ended with, and those were never recorded again."""
    renamed = Made("First record of Acme One Privacy Policy", at(5), {"Acme One/Privacy Policy.md": SOLD})
    report = imported(make_repository(tmp_path / "acme.git", [*HISTORY[1:3], renamed]))
    assert report["sources"] == {"acme-one-privacy-policy": 3}


LOGS = text(p5="We keep server logs for a year.")


@pytest.mark.parametrize(
    ("merged", "versions"),
    [
        (LOGS, [1, 2, 3]),  # a branch is taken in as it is: nothing is new
        (text(p3="We rent your data out."), [1, 2, 3, 4]),
        (SOLD, [1, 2, 3, 2]),  # what the branch said is given up
    ],
)
def test_what_a_merge_brings_or_chooses_is_a_record(tmp_path: Path, merged: str, versions: list[int]) -> None:
    """At the date of the merge; a text that the branches ended with is not told twice."""
    file = "Acme/Privacy Policy.md"
    commits = [
        Made("First record of Acme Privacy Policy", at(1), {file: text()}, mark=1),
        Made("Record new changes of Acme Privacy Policy", at(3), {file: LOGS}, branch="side", mark=3, parents=(1,)),
        Made("Record new changes of Acme Privacy Policy", at(2), {file: SOLD}, mark=2),
        Made("Merge branch 'side'", at(4), {file: merged}, parents=(2, 3)),
    ]
    repository = make_repository(tmp_path / "acme.git", commits)
    assert imported(repository)["sources"] == {"acme-privacy-policy": len(versions)}
    log = log_of("acme-privacy-policy")
    assert [entry["first_seen"] for entry in log] == [at(day).isoformat() for day in range(1, len(versions) + 1)]
    assert [entry["version"] for entry in log] == versions
    assert imported(repository)["observations"] == 0


def test_services_that_show_the_same_page_are_not_taken_for_one(tmp_path: Path) -> None:
    """An error page or an empty file that many of them begin and end with says nothing of whose it is."""
    page = "# Page not found\n\nSorry, this page is not there any more.\n"
    commits = [
        Made(f"First record of Service {day} Privacy Policy", at(day), {f"Service {day}/Privacy Policy.md": page})
        for day in range(1, 7)
    ]
    report = imported(make_repository(tmp_path / "errors.git", commits))
    assert (report["captures"], report["notes"]) == (6, [])


@pytest.mark.parametrize("intake", [OpenTermsArchive, PrincetonCorpus])
def test_merges_cost_no_look_at_all_versions_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, intake: type[OpenTermsArchive] | type[PrincetonCorpus]
) -> None:
    """Thirty thousand of them took minutes before the first version was imported."""
    folder = make_repository(tmp_path / "acme.git", HISTORY[1:2])
    blob = subprocess.check_output(
        ["git", f"--git-dir={folder}", "rev-parse", "HEAD:Acme/Privacy Policy.md"], text=True
    )
    touches = [Touch("M", "Acme/Privacy Policy.md", f"{number:040x}") for number in range(30_000)]
    touches.append(Touch("M", "Acme/Privacy Policy.md", blob.strip()))
    when, subject = datetime(2020, 1, 1, tzinfo=UTC), "Record new changes of Acme Privacy Policy"
    commits = [Commit(f"{n:040x}", when, subject, (touch,), is_merge=True) for n, touch in enumerate(reversed(touches))]
    monkeypatch.setattr(Repository, "commits", lambda _self: iter(commits))
    began = process_time()
    assert next(intake(folder, 1_000_000).items()).moment == when
    assert process_time() - began < 3


def test_without_joining_each_name_is_a_document(tmp_path: Path) -> None:
    """Neither a renamed file nor a renamed service is taken for the former one; a renamed file begins as it stood."""
    commits = [
        *HISTORY[1:3],
        Made("Rename", at(3), {"Acme Inc/Privacy Policy.md": SOLD}, removed=("Acme/Privacy Policy.md",)),
        Made("Record new changes of Acme Inc Privacy Policy", at(4), {"Acme Inc/Privacy Policy.md": text()}),
        Made("First record of Acme One Privacy Policy", at(5), {"Acme One/Privacy Policy.md": text()}),
    ]
    report = imported(make_repository(tmp_path / "acme.git", commits), "--no-join")
    assert report["sources"] == {
        "acme-privacy-policy": 2,
        "acme-inc-privacy-policy": 2,
        "acme-one-privacy-policy": 1,
    }
    assert report["notes"] == []
    assert [run["first_seen"] for run in log_of("acme-inc-privacy-policy")] == [at(3).isoformat(), at(4).isoformat()]
    again = imported(tmp_path / "acme.git", "--no-join")
    assert (again["known"], again["observations"]) == (5, 0)


def test_a_document_renamed_after_it_was_imported_goes_on_as_the_same_source(tmp_path: Path) -> None:
    """A grown collection that renamed a document does not begin its history anew."""
    imported(make_repository(tmp_path / "acme.git", HISTORY[1:3]))
    renamed = Made("First record of Acme One Privacy Policy", at(5), {"Acme One/Privacy Policy.md": SOLD})
    report = imported(make_repository(tmp_path / "grown.git", [*HISTORY[1:3], renamed]))
    assert (report["known"], report["sources"]) == (2, {"acme-one-privacy-policy": 1})
    assert [row["id"] for row in json.loads(run("sources", "list", "--json").stdout)] == ["acme-one-privacy-policy"]


def test_a_followed_source_of_the_same_organisation_and_type_takes_the_history(tmp_path: Path) -> None:
    """What the sources file follows already is not made a second time."""
    Path("sources.toml").write_text(
        '[[source]]\nid = "acme"\nname = "Acme"\norganisation = "ACME"\ntype = "Privacy Policy"\n'
        'url = "https://acme.example/p"\n'
    )
    report = imported(make_repository(tmp_path / "acme.git", HISTORY))
    assert report["sources"] == {"acme": 3, "globex-terms-of-service": 1}


def test_hostile_contents_end_nothing(tmp_path: Path) -> None:
    """Binary files, odd paths, blank and undecodable texts are kept or left out; the rest comes in."""
    commits = [
        *HISTORY[1:3],
        Made("First record of A", at(4), {"A/Privacy Policy.md": b"\x00\x01\x02\xff" * 200}),
        Made("First record of B", at(5), {"B/Privacy Policy.md": ""}),
        Made("First record of C", at(6), {"C/Terms\\n|x \\\\ <b>.md": text().encode("latin-1"), "D/e/f/g.md": text()}),
        Made("First record of \x07", at(7), {"--upload-pack=x/Privacy Policy.md": text(), ".git2/x.md": text()}),
    ]
    report = imported(make_repository(tmp_path / "acme.git", commits), code=1)
    assert report["lost"] == 2
    assert [problem["why"] for problem in report["problems"]] == [
        "unreadable: the document is binary, no text",
        "unreadable: the document is empty",
    ]
    assert set(report["sources"]) == {
        "acme-privacy-policy",
        "c-terms-x-b",
        "upload-pack-x-privacy-policy",
        "a-privacy-policy",
        "b-privacy-policy",
    }
    assert imported(tmp_path / "acme.git")["known"] == report["captures"]


def test_a_shallow_clone_gives_each_document_its_own_address(tmp_path: Path) -> None:
    """Its first commit holds every file, and its message is of one of them alone."""
    taken_from = "X-source-document-location: https://{}.example/privacy\n"
    names = ("Acme", "Globex", "Initech")
    commits = [
        Made(
            f"First record of {name} Privacy Policy",
            at(day),
            {f"{name}/Privacy Policy.md": text(p0=f"This is of {name}.")},
            body=taken_from.format(name.lower()),
        )
        for day, name in enumerate(names)
    ]
    whole = make_repository(tmp_path / "whole.git", commits)
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", whole.as_uri(), str(shallow)], check=True)
    Path("sources.toml").write_text(
        '[[source]]\nid = "followed"\nname = "x"\norganisation = "Initech Inc"\ntype = "Privacy Policy"\n'
        'url = "https://initech.example/privacy"\n'
    )
    report = imported(shallow)
    assert report["sources"] == {f"{name.lower()}-privacy-policy": 1 for name in names}
    assert report["notes"] == ["the clone is shallow and begins at 2020-01-03; git fetch --unshallow brings the rest"]
    assert imported(whole)["sources"] == {"acme-privacy-policy": 1, "globex-privacy-policy": 1, "followed": 1}


def test_links_and_modules_are_no_documents(tmp_path: Path) -> None:
    """A symbolic link holds a path, and a submodule is another repository; neither is lost."""
    folder = make_repository(tmp_path / "acme.git", HISTORY[1:2])
    stream = (
        b"commit refs/heads/main\ncommitter Bot <bot@example.org> 1600000000 +0000\ndata 21\nFirst record of Links\n"
        b"from refs/heads/main^0\nM 120000 inline Acme/Link.md\ndata 12\n/etc/passwd\n\n"
        b"M 160000 aa7db147d0f0aa7db147d0f0aa7db147d0f0aa7d Acme/module.md\ndone\n"
    )
    command = ["git", f"--git-dir={folder}", "fast-import", "--quiet", "--done", "--date-format=raw"]
    subprocess.run(command, input=stream, check=True)
    assert imported(folder)["sources"] == {"acme-privacy-policy": 1}


@pytest.mark.parametrize("inside", [False, True])
def test_what_is_no_repository_is_refused(tmp_path: Path, inside: bool) -> None:
    """A folder without Git, and one whose objects are missing."""
    folder = tmp_path / "x"
    folder.mkdir()
    if inside:
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    result = run("import", "ota", str(folder))
    assert result.exit_code != 0
    assert ("cannot read the history" if inside else "no Git repository") in str(result.exception)


def test_our_own_export_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`export git`, then `import ota` into another store: the same texts at the same times, and the same changes."""
    imported(make_repository(tmp_path / "acme.git", HISTORY))
    before = {ident: log_of(ident) for ident in ("acme-privacy-policy", "globex-terms-of-service")}
    assert run("export", "git", str(tmp_path / "export.git")).exit_code == 0
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "other"))
    imported(tmp_path / "export.git")
    for ident, log in before.items():
        assert [(one["first_seen"], one["version"]) for one in log_of(ident)] == [
            (one["first_seen"], one["version"]) for one in log
        ]
        assert text_of(ident) == text_of(ident)
    monkeypatch.setenv("TRACKER_DATA_DIR", str(tmp_path / "other"))
    assert imported(tmp_path / "export.git")["observations"] == 0


def text_of(ident: str) -> str:
    return run("show", ident).stdout
