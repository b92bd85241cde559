"""The history leaves as a Git repository: one commit a text, the same ids each time, no name that leads elsewhere."""

import os
import shutil
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import unavailable
from tests.world import URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.errors import ExportError, UsageError
from tracker.export.git import paths_of, safe_name, write_repository
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.history.sources import all_sources
from tracker.store.schema.tables import SourceRow
from tracker.store.upkeep.upgrade import open_store

SOLD = "We sell your personal information to our advertising partners."


@pytest.fixture(autouse=True)
def _with_git() -> None:
    if shutil.which("git") is None:
        unavailable("git is not installed")


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A policy that changed once and changed back."""
    return told(World.build(database, clock))


def told(world: World) -> World:
    for text in (policy(), policy(p3=SOLD), policy()):
        world.fetcher.serve(URL, text)
        world.check()
    return world


def exported(world: World, folder: Path) -> int:
    with world.runtime.database.read() as session:
        return write_repository(session, all_sources(session), folder)


def git(folder: Path, *args: str) -> str:
    command = ["git", f"--git-dir={folder}", *args]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_each_text_is_a_commit_dated_when_it_was_seen(world: World, tmp_path: Path) -> None:
    """The first is told from later ones; the file holds the text of that time; Git finds nothing wrong."""
    folder = tmp_path / "out.git"
    assert exported(world, folder) == 3
    assert git(folder, "log", "--format=%s").splitlines() == [
        "Record new changes of Acme Privacy Policy",
        "Record new changes of Acme Privacy Policy",
        "First record of Acme Privacy Policy",
    ]
    seen = world.clock.now() - timedelta(hours=24)
    assert git(folder, "log", "-1", "--skip=2", "--format=%at %ct").split() == [str(int(seen.timestamp()))] * 2
    assert SOLD in git(folder, "show", "main~1:Acme/Privacy Policy.md").replace("\\", "")
    assert SOLD not in git(folder, "show", "main:Acme/Privacy Policy.md").replace("\\", "")
    assert "Source: acme\n" in git(folder, "log", "-1", "--format=%(trailers)")
    git(folder, "fsck", "--strict")


def test_the_same_history_gives_the_same_ids_at_once_or_bit_by_bit(world: World, tmp_path: Path) -> None:
    """A second run adds only what is new; a whole run elsewhere ends at the same commit."""
    bits, whole = tmp_path / "bits.git", tmp_path / "whole.git"
    exported(world, bits)
    assert exported(world, bits) == 0
    world.fetcher.serve(URL, policy(p5=""))
    world.check()
    assert exported(world, bits) == 1
    assert exported(world, whole) == 4
    assert git(bits, "rev-parse", "main") == git(whole, "rev-parse", "main")


def test_a_foreign_folder_and_another_history_are_refused(
    world: World, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """What somebody else wrote is left as it is; commits are never rewritten."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="was not written by"):
        exported(world, foreign)
    assert [path.name for path in foreign.iterdir()] == ["thesis.txt"]
    other = tmp_path / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", str(other)], check=True)
    with pytest.raises(UsageError, match="was not written by"):
        exported(world, other)
    ours = tmp_path / "ours.git"
    exported(world, ours)
    with world.runtime.database.read() as session, pytest.raises(UsageError, match="holds another history"):
        write_repository(session, [], ours)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc passwd"),
        (".git", "git"),
        ("a\nM 100644 inline evil", "a M 100644 inline evil"),
        ("tab\there \x00 nul", "tab here nul"),
        ("right \u202eto left", "right to left"),
        ('"quoted"', "quoted"),
        ("GIT~1", "GIT 1"),
        ("Ünïcode & Co. KG", "Ünïcode & Co. KG"),
        ("..", ""),
        ("é" * 200, "é" * 60),
    ],
)
def test_no_name_chooses_a_path(name: str, safe: str) -> None:
    """Separators, dots in front, control and direction marks are gone; length is bounded in bytes."""
    assert safe_name(name) == safe


def test_two_documents_never_share_a_file() -> None:
    """Nor do they where capitals do not count; the one that came later has its id in the name."""
    rows = [
        SourceRow(key=2, id="b", name="B", organisation="ACME", document_type="Privacy policy", url=URL),
        SourceRow(key=1, id="a", name="A", organisation="Acme", document_type="Privacy Policy", url=URL),
    ]
    assert paths_of(rows) == {1: "Acme/Privacy Policy.md", 2: "ACME/Privacy policy (b).md"}


def test_a_hostile_organisation_stays_within_the_repository(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """Its commit is one commit with one file."""
    name = "../x\nfrom refs/heads/evil\nM 100644 inline .git/hooks/pre-commit"
    world = World.build(database, clock, acme(organisation=name))
    world.fetcher.serve(URL, policy())
    world.check()
    folder = tmp_path / "out.git"
    assert exported(world, folder) == 1
    (path,) = git(folder, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert path == "x from refs heads evil M 100644 inline .git hooks pre-commit/Privacy Policy.md"


def test_the_command_tells_how_many_commits_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    """An empty store gives an empty repository, to which later runs add."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(Settings())) as database:
        empty = CliRunner().invoke(app, ["export", "git", "out.git"])
        assert (empty.exit_code, empty.output) == (0, "out.git: 0 new commits\n"), empty.exception
        told(World.build(database, clock))
    done = CliRunner().invoke(app, ["export", "git", "out.git", "--source", "acme"])
    assert (done.exit_code, done.output) == (0, "out.git: 3 new commits\n"), done.exception


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Git find a full disk in the middle of what it writes."""
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "git"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *fast-import*) ;; *) exec ' + str(real) + ' "$@" ;; esac\n'
        'folder="${1#--git-dir=}"\n'
        'head -c 300 > "$folder/objects/pack/tmp_pack_half"\n'
        'echo crashed > "$folder/fast_import_crash_1"\n'
        "echo 'fatal: sha1 file write error. Out of diskspace' >&2\n"
        "exit 128\n"
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_no_half_repository(world: World, tmp_path: Path, there: bool) -> None:
    """What was begun goes; a folder that was there is empty again."""
    folder = tmp_path / "out.git"
    if there:
        folder.mkdir()
    with pytest.raises(ExportError, match="Out of diskspace"):
        exported(world, folder)
    assert folder.exists() == there
    assert not there or not list(folder.iterdir())


def test_a_full_disk_leaves_a_repository_as_it_was(
    world: World, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commits that were there stay, and the next run goes on from them."""
    folder = tmp_path / "out.git"
    exported(world, folder)
    before = everything(folder)
    world.fetcher.serve(URL, policy(p5=""))
    world.check()
    path = os.environ["PATH"]
    request.getfixturevalue("full_disk")
    with pytest.raises(ExportError):
        exported(world, folder)
    assert everything(folder) == before
    monkeypatch.setenv("PATH", path)
    assert exported(world, folder) == 1
    git(folder, "fsck", "--strict")
