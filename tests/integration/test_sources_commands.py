"""`tracker sources`: onboarding, switching off and on, deleting."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.hostile import Handler, HostileServer, hostile_server
from tests.world import PARAGRAPHS, page, policy
from tracker.cli.app import app
from tracker.sources.load import load_sources


@pytest.fixture
def site() -> Iterator[HostileServer]:
    """A site with a policy between a menu and a footer."""
    with hostile_server() as server:
        menu = "<nav><a href=/>Home</a> <a href=/shop>Shop</a></nav>"
        shown = policy().replace("<body>", f"<body>{menu}").replace("</body>", "<footer>Made by Acme</footer></body>")
        server.page("/privacy", shown.encode())
        yield server


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: HostileServer) -> Path:
    """A sources file with a comment, one source, and settings for local tests."""
    path = tmp_path / "sources.toml"
    path.write_text(
        f'# what we follow\n\n[[source]]\nid = "acme"  # the first\nname = "Acme Privacy Policy"\n'
        f'type = "Privacy Policy"\nurl = "{site.url("/privacy")}"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("TRACKER_SOURCES", str(path))
    monkeypatch.setenv("TRACKER_ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("TRACKER_HOST_DELAY", "0")
    monkeypatch.chdir(tmp_path)
    return path


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=answer)


def test_add_shows_what_is_kept_and_dropped_and_writes_a_tidy_entry(sources: Path, site: HostileServer) -> None:
    """The menu is said to be dropped, the first sentence to be kept; comments of the file survive."""
    url = site.page("/terms", page(*PARAGRAPHS, title="Terms of Service").encode())
    done = run("sources", "add", url, "--organisation", "Acme", "--tag", "vendor", "--yes")
    assert done.exit_code == 0, done.output
    assert PARAGRAPHS[0][:60] in done.output
    assert "second fetch: the same text" in done.output
    text = sources.read_text(encoding="utf-8")
    assert text.startswith("# what we follow")
    assert "# the first" in text
    added = load_sources(sources).source("acme-terms-of-service")
    assert added is not None
    assert (added.document_type, added.tags, added.pages[0].url) == ("Terms of Service", ("vendor",), url)


def test_add_asks_before_it_writes(sources: Path, site: HostileServer) -> None:
    """A no leaves the file as it was; --dry-run does not even ask."""
    before = sources.read_bytes()
    assert run("sources", "add", site.url("/privacy"), answer="n\n").exit_code == 1
    assert run("sources", "add", site.url("/privacy"), "--dry-run").exit_code == 0
    assert sources.read_bytes() == before


def test_a_page_that_moves_under_our_eyes_is_said_to(sources: Path, site: HostileServer) -> None:
    """Two fetches with two texts: the user is told before following noise."""
    count = iter(range(100))

    def script(handler: Handler) -> None:
        handler.answer(200, policy(extra=f"Visitor number {next(count)} of today.").encode(), Content_Type="text/html")

    done = run("sources", "add", site.script("/moving", script), "--dry-run")
    assert "ANOTHER TEXT" in done.output


def test_a_source_is_tested_without_storing_anything(sources: Path) -> None:
    """It shows the dropped menu; the store has no observation afterwards."""
    done = run("sources", "test", "acme")
    assert done.exit_code == 0, done.output
    assert "Shop" in done.output
    listed = json.loads(run("sources", "list", "--json").output)
    assert (listed[0]["state"], listed[0]["last_check"]) == ("new", None)


def test_a_page_that_is_no_policy_fails_the_test(sources: Path, site: HostileServer) -> None:
    """A log-in page says so and the exit status is 1."""
    site.page("/privacy", page("Please log in to continue.", title="Log in").encode())
    done = run("sources", "test", "acme")
    assert done.exit_code == 1


def test_a_source_is_paused_resumed_muted_and_unmuted(sources: Path) -> None:
    """What a person decides lives in the store and is shown in the list."""
    assert run("sources", "pause", "acme").exit_code == 0
    assert json.loads(run("sources", "list", "--json").output)[0]["state"] == "paused"
    assert run("sources", "resume", "acme").exit_code == 0
    assert run("sources", "mute", "acme", "--until", "2030-01-01").exit_code == 0
    assert run("sources", "unmute", "acme").exit_code == 0
    assert json.loads(run("sources", "list", "--json").output)[0]["state"] == "followed"


def test_an_unknown_source_is_refused_with_near_names(sources: Path) -> None:
    """Nothing is changed for the others named with it."""
    done = run("sources", "pause", "acme", "acmee")
    assert done.exit_code != 0
    assert json.loads(run("sources", "list", "--json").output)[0]["state"] in {"new", "followed"}


def test_only_a_source_that_left_the_file_is_purged_and_only_after_a_yes(sources: Path, site: HostileServer) -> None:
    """Its history goes, the others' stays."""
    assert run("check", "acme").exit_code == 0
    assert run("sources", "purge", "acme", "--yes").exit_code != 0
    url = site.page("/other", policy().encode())
    sources.write_text(f'[[source]]\nid = "other"\nname = "Other"\ntype = "Privacy Policy"\nurl = "{url}"\n')
    assert run("check", "other").exit_code == 0
    assert run("sources", "purge", "acme", answer="n\n").exit_code == 1
    states = {row["id"]: row["state"] for row in json.loads(run("sources", "list", "--json").output)}
    assert states == {"other": "followed", "acme": "archived"}
    done = run("sources", "purge", "acme", answer="y\n")
    assert done.exit_code == 0, done.output
    assert "1 snapshot" in done.output
    assert [row["id"] for row in json.loads(run("sources", "list", "--json").output)] == ["other"]
    assert run("verify").exit_code == 0


def test_check_warns_of_a_route_that_selects_nothing(sources: Path) -> None:
    """A tag that no source carries is probably a slip."""
    with sources.open("a", encoding="utf-8") as file:
        file.write('\n[[route]]\nname = "hook"\nurl = "json://hooks.example/x"\ntags = ["vendors"]\n')
    done = run("sources", "check")
    assert done.exit_code == 0
    assert "vendors" in done.output


def test_check_warns_of_sources_that_no_route_reaches(sources: Path) -> None:
    """Nobody would be alerted of them, and a file without any route alerts of nothing."""
    assert "nobody is alerted; [[route]] starts one" in run("sources", "check").output
    with sources.open("a", encoding="utf-8") as file:
        file.write('[[route]]\nname = "team"\nurl = "json://hooks.example/x"\ntags = ["vendor"]\n')
    done = run("sources", "check")
    assert done.exit_code == 0
    assert "source 'acme': no route reaches it" in done.output
    sources.write_text(sources.read_text(encoding="utf-8").replace('tags = ["vendor"]\n', ""), encoding="utf-8")
    assert "no route reaches" not in run("sources", "check").output


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("mailtos://kim:s3cret@smtp.example.com?to=a@acme.example", True),
        ("mailtos://${USER_}:${PASSWORD}@smtp.example.com?to=a@acme.example", False),
        ("mailtos://smtp.example.com?from=a@acme.example&to=b@acme.example", False),
        ("slack://xoxb-123456-123456-abcdefabcdef/#privacy", True),
        ("slack://${TOKEN}/#privacy", False),
        ("jsons://hook.example/x?secret=s3cret", True),
        ("jsons://hook.example/x?secret=${PASSWORD}", False),
    ],
)
def test_check_warns_of_a_secret_that_stands_in_the_file(sources: Path, address: str, plain: bool) -> None:
    """The file goes into repositories and mails; the warning repeats nothing of the secret."""
    with sources.open("a", encoding="utf-8") as file:
        file.write(f'\n[[route]]\nname = "hook"\nurl = "{address}"\n')
    values = {"USER_": "kim", "PASSWORD": "pw", "TOKEN": "xoxb-123456-123456-abcdefabcdef"}
    done = CliRunner().invoke(app, ["sources", "check"], env=values)
    assert done.exit_code == 0, done.output
    assert ("holds a secret as it stands" in done.output) is plain
    assert "s3cret" not in done.output
