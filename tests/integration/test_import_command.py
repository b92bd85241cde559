"""`tracker import text`: files become observations of a source."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tracker.cli.app import app
from tracker.cli.import_options import ident_of
from tracker.errors import UsageError

TEXT = (
    "Privacy Policy\n\nLast updated: 3 May 2019\n\nAcme respects your privacy.\n\n"
    "If Acme is sold, your data goes with it to the new owner.\n"
)
NOTICE = (
    "> *The following text is extracted and transformed from the acme.example privacy policy that was archived on "
    "2018-02-03. Please check the [original snapshot on the Wayback Machine]"
    "(https://web.archive.org/web/20180203000000id_/https://acme.example/privacy) for the most accurate "
    "reproduction.*\n\n# Privacy Policy\n\nAcme respects your privacy.\n"
)

LISTED = """
[[source]]
id = "acme"
name = "Acme Privacy Policy"
organisation = "Acme"
type = "Privacy Policy"
url = "https://acme.example/privacy"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a sources file."""
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["import", "text", *args])


def imported(*args: str) -> list[dict[str, object]]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.exception
    found = json.loads(result.output)
    assert isinstance(found, list)
    return found


def refused(*args: str) -> str:
    result = run(*args)
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_a_text_needs_a_time_and_takes_none_from_its_own_date_line() -> None:
    """What a policy states about itself is kept as its stated date; when it was seen has to be said."""
    Path("Acme Inc.txt").write_text(TEXT)
    assert "add --date YYYY-MM-DD" in refused("Acme Inc.txt")
    (item,) = imported("Acme Inc.txt", "--date", "2020-01-01")
    assert (item["source"], item["observed_at"], item["stated_date"]) == (
        "acme-inc",
        "2020-01-01T00:00:00+00:00",
        "2019-05-03",
    )


def test_an_archive_notice_says_when_the_text_was_seen() -> None:
    """A file with the notice needs no --date, and the notice is not policy text."""
    Path("acme.txt").write_text(NOTICE)
    (item,) = imported("acme.txt")
    assert item["observed_at"] == "2018-02-03T00:00:00+00:00"
    shown = CliRunner().invoke(app, ["show", "acme"]).output
    assert "Acme respects your privacy." in shown
    assert "Wayback" not in shown


def test_importing_again_stores_nothing() -> None:
    """The same text of the same time is the same observation; of another time it is the version seen again."""
    Path("acme.txt").write_text(TEXT)
    imported("acme.txt", "--date", "2020-01-01")
    (again,) = imported("acme.txt", "--date", "2020-01-01")
    assert (again["new_version"], again["new_observation"]) == (False, False)
    (later,) = imported("acme.txt", "--date", "2021-01-01")
    assert (later["new_version"], later["new_observation"]) == (False, True)
    assert "nothing new" in run("acme.txt", "--date", "2020-01-01").output


def test_texts_of_several_times_become_a_history_that_alerts_nobody() -> None:
    """Whatever order they come in, changes stand between neighbours in time, as history."""
    Path("new.txt").write_text(TEXT.replace("respects", "sells"))
    Path("old.txt").write_text(TEXT)
    imported("new.txt", "--source", "acme", "--date", "2021-01-01")
    imported("old.txt", "--source", "acme", "--date", "2020-01-01")
    log = json.loads(CliRunner().invoke(app, ["log", "acme", "--json"]).output)
    assert [run["first_seen"][:4] for run in log] == ["2020", "2021"]
    assert [run["change"] and run["change"]["state"] for run in log] == [None, "history"]


def test_a_listed_source_keeps_what_the_file_says() -> None:
    """Name, organisation and type of a source in the file are not said again."""
    Path("sources.toml").write_text(LISTED)
    Path("acme.txt").write_text(TEXT)
    assert imported("acme.txt", "--date", "2020-01-01")[0]["source"] == "acme"
    assert "leave out --name" in refused("acme.txt", "--date", "2020-01-01", "--name", "Another")


def test_an_unlisted_source_is_described_once() -> None:
    """What was said at the first import holds for the next ones."""
    Path("acme.txt").write_text(TEXT)
    imported("acme.txt", "--date", "2020-01-01", "--name", "Acme Terms", "--type", "terms of service")
    imported("acme.txt", "--date", "2021-01-01")
    assert json.loads(CliRunner().invoke(app, ["show", "acme", "--json"]).output)["name"] == "Acme Terms"


def test_bytes_that_are_no_text_stand_in_no_name() -> None:
    """A terminal hands over what was typed or pasted in another encoding as half pairs, which no store takes."""
    Path("acme.txt").write_text(TEXT)
    imported("acme.txt", "--date", "2020-01-01", "--name", "Caf\udce9 \x1b[2J Terms", "--organisation", "Caf\udce9")
    assert json.loads(CliRunner().invoke(app, ["show", "acme", "--json"]).output)["name"] == "Caf [2J Terms"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("absent.txt", "--date", "2020-01-01"), "absent.txt: No such file"),
        (("acme.txt", "--date", "2020-01-01", "--source", "No Id"), "No Id"),
        (("acme.txt", "--date", "2020-01-01", "--type", "Poem"), "no document type"),
        (("acme.txt", "--date", "2020-01-01", "--language", "english"), "language"),
        (("acme.txt", "more.txt", "--date", "2020-01-01", "--source", "acme"), "one by one"),
        (("acme.txt", "--date", "2999-01-01"), "2999-01-01 is still to come"),
        (("ahead.txt", "--source", "acme"), "2999-02-03 is still to come"),
    ],
)
def test_what_cannot_be_imported_is_said(args: tuple[str, ...], message: str) -> None:
    """Each mistake has a message of its own and stores nothing."""
    Path("acme.txt").write_text(TEXT)
    Path("ahead.txt").write_text(NOTICE.replace("2018-02-03", "2999-02-03").replace("20180203", "29990203"))
    assert message in refused(*args)
    assert CliRunner().invoke(app, ["log", "acme"]).exit_code != 0


@pytest.mark.parametrize(
    ("name", "ident"), [("NetSoft Studio.txt", "netsoft-studio"), ("Ünï__x.v2.md", "uni-x-v2"), ("--a--.txt", "a")]
)
def test_an_id_is_made_of_the_file_name(name: str, ident: str) -> None:
    """Lower case, letters and digits, hyphens for the rest."""
    assert ident_of(Path(name)) == ident


def test_a_name_without_letters_gives_no_id() -> None:
    """Then the id has to be said."""
    with pytest.raises(UsageError, match="--source"):
        ident_of(Path("政策.txt"))


SEEDS = {
    "netsoft-studio": {
        "business_transfer": ["merger or sale of a portion of NetSoft Studio's assets"],
        "third_party_sharing": ["may share customer information with selected partners"],
    },
    "newsoftwares-net": {
        "business_transfer": ["Corporate Change", "is involved in a merger, acquisition, or any form of sale"],
        "third_party_sharing": ["may use third party service providers"],
    },
    "websoft-hosted-solutions": {
        "business_transfer": ["changes owners, this agreement will continue in force"],
        "third_party_sharing": ["may be read, collected, or used by other users of the service"],
    },
    "mediasoftpro": {
        "business_transfer": ["Business Transfers", "substantially all of its assets, were acquired"],
        "third_party_sharing": ["only to those of its employees, contractors and affiliated organizations"],
    },
    "ohsoft": {
        "business_transfer": ["No clause of this version is about business_transfer."],
        "third_party_sharing": ["we may provide your information to selected business partners"],
    },
}

#: Words of menus, notices and page ends around the texts.
NAVIGATION = ("top of page", "bottom of page", "Wayback Machine", "Please check")


@pytest.mark.corpus
@pytest.mark.parametrize("seed", SEEDS)
def test_the_seed_policies_answer_by_topic(seed: str, corpus: Path) -> None:
    """Each of five real policies imports, and shows the right clauses of two topics and nothing of its navigation."""
    imported(str(corpus / "seeds" / f"{seed}.txt"), "--date", "2020-01-01")
    for topic, wanted in SEEDS[seed].items():
        shown = CliRunner().invoke(app, ["show", seed, "--topic", topic]).output
        shown = " ".join(shown.split())
        assert [words for words in wanted if words not in shown] == []
        assert [words for words in NAVIGATION if words in shown] == []


def test_a_file_without_end_is_read_as_far_as_a_page_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than `max_bytes` is no policy: it is told, whatever size the file says it has."""
    monkeypatch.setenv("TRACKER_MAX_BYTES", "1000")
    Path("big.txt").write_text(TEXT * 10)
    for endless in ("big.txt", "/dev/zero"):
        assert "larger than 1,000 bytes" in refused(endless, "--date", "2019-05-04")


def test_two_texts_for_one_day_are_refused() -> None:
    """The second would contradict the first; nothing of it is stored."""
    for number, words in enumerate(("We keep logs for 30 days.", "We keep logs for 60 days.")):
        Path(f"acme{number}.txt").write_text(f"Privacy Policy\n\n{words}\n", encoding="utf-8")
    assert run("acme0.txt", "--source", "acme", "--date", "2020-01-01").exit_code == 0
    assert "another text" in refused("acme1.txt", "--source", "acme", "--date", "2020-01-01")
