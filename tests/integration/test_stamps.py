"""A time stamp proves what it says or is refused; an authority that fails leaves the bundle as it is without one."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from tests.conftest import unavailable
from tests.integration.test_evidence import contents, packed, told
from tests.support.stamps import AT, StampAuthority, refusal, serving
from tests.world import World
from tracker import timestamps
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.errors import TimestampError, UsageError
from tracker.fetch.stamping import stamped
from tracker.settings import Settings
from tracker.store.upkeep.upgrade import open_store
from tracker.timestamps import check_stamp, question, read_roots

MANIFEST = b'{"files": {}}\n'


@pytest.fixture(scope="module")
def authority() -> StampAuthority:
    return StampAuthority()


def settings(url: str, **more: object) -> Settings:
    told = {"timestamp_authority": url, "allow_private_addresses": True, "fetch_deadline": 20} | more
    return Settings(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize("rsa_key", [False, True])
def test_a_stamp_is_checked_alone_and_by_its_roots(tmp_path: Path, rsa_key: bool) -> None:
    """Without roots the signature within is checked and `trusted` says no; with them the chain is."""
    honest = StampAuthority(rsa_key=rsa_key)
    with serving(honest.answer) as url:
        token, stamp = stamped(settings(url), MANIFEST)
    assert (stamp.at, stamp.authority, stamp.trusted) == (AT, "CN=tests stamps", False)
    assert "Whether that certificate is to be trusted was not checked" in str(stamp)
    trusted = check_stamp(token, MANIFEST, roots=read_roots(honest.roots(tmp_path)))
    assert trusted.trusted
    assert "lead to a root you trust" in str(trusted)
    with pytest.raises(TimestampError, match="lead to none of the roots"):
        check_stamp(token, MANIFEST, roots=read_roots(StampAuthority().roots(tmp_path)))


def test_openssl_agrees(authority: StampAuthority, tmp_path: Path) -> None:
    """The command that the bundle's README names accepts the same stamp, and refuses other bytes."""
    if shutil.which("openssl") is None:
        unavailable("openssl is not installed")
    (tmp_path / "manifest.tsr").write_bytes(authority.answer(question(MANIFEST).body))
    roots = authority.roots(tmp_path)
    for data, fine in ((MANIFEST, True), (MANIFEST + b" ", False)):
        (tmp_path / "manifest.json").write_bytes(data)
        moment = str(int(AT.timestamp()))
        command = ["openssl", "ts", "-verify", "-data", "manifest.json", "-in", "manifest.tsr", "-CAfile", str(roots)]
        done = subprocess.run([*command, "-attime", moment], cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) == fine, done.stderr


def test_other_bytes_are_refused(authority: StampAuthority) -> None:
    """A stamp over one manifest is none over another."""
    token = authority.answer(question(MANIFEST).body)
    with pytest.raises(TimestampError, match="over other bytes"):
        check_stamp(token, MANIFEST + b" ")


@pytest.mark.parametrize("mask", [0x01, 0x20, 0xFF])
def test_no_bit_of_what_is_signed_can_be_altered(authority: StampAuthority, tmp_path: Path, mask: int) -> None:
    """Whatever byte is altered, the stamp is refused, or says the same: what nobody signed says nothing."""
    token = authority.answer(question(MANIFEST).body)
    roots = read_roots(authority.roots(tmp_path))
    for place in range(len(token)):
        altered = token[:place] + bytes((token[place] ^ mask,)) + token[place + 1 :]
        for trusted in ((), roots):
            try:
                stamp = check_stamp(altered, MANIFEST, roots=trusted)
            except TimestampError:
                continue
            assert stamp.at == AT, place
            assert stamp.authority == "CN=tests stamps" or not trusted, place


def other_hash(authority: StampAuthority, body: bytes) -> bytes:
    return authority.answer(body, imprint=hashlib.sha256(b"other").digest())


def other_nonce(authority: StampAuthority, body: bytes) -> bytes:
    return authority.answer(body, nonce=1)


def other_key(authority: StampAuthority, body: bytes) -> bytes:
    return authority.answer(body, signed_with=ec.generate_private_key(ec.SECP256R1()))


def other_words(authority: StampAuthority, body: bytes) -> bytes:
    return authority.answer(body, attributes_of=b"other")


def no_usage(authority: StampAuthority, body: bytes) -> bytes:
    return StampAuthority(usage=False).answer(body)


def out_of_time(authority: StampAuthority, body: bytes) -> bytes:
    return StampAuthority(at=AT + timedelta(days=4_000)).answer(body)


BAD: list[tuple[Callable[[StampAuthority, bytes], bytes], str]] = [
    (other_hash, "over other bytes"),
    (other_nonce, "another question"),
    (other_key, "did not sign it"),
    (other_words, "signature is over other words"),
    (no_usage, "not one for time stamps"),
    (out_of_time, "outside of the time for which its certificate holds"),
    (lambda _, body: refusal(body), "refused .*not today"),
    (lambda _, body: b"<html>garbage</html>", "cannot be read as a time stamp"),
    (lambda _, body: b"", "cannot be read as a time stamp"),
    (lambda _, body: b"0" * 70_000, "larger than 65,536 bytes"),
]


@pytest.mark.parametrize(("answer", "named"), BAD)
def test_a_bad_authority_is_refused(
    authority: StampAuthority, answer: Callable[[StampAuthority, bytes], bytes], named: str
) -> None:
    """Whatever it answers, no stamp comes of it, and the reason is said."""
    with serving(lambda body: answer(authority, body)) as url, pytest.raises(TimestampError, match=named):
        stamped(settings(url), MANIFEST)


@pytest.mark.parametrize(("status", "named"), [(500, "HTTP 500"), (307, "HTTP 307")])
def test_an_authority_that_answers_with_another_status_is_refused(
    authority: StampAuthority, status: int, named: str
) -> None:
    """Redirects are not followed."""
    with serving(authority.answer, status=status) as url, pytest.raises(TimestampError, match=named):
        stamped(settings(url), MANIFEST)


def test_an_authority_that_drips_is_left_at_the_deadline(authority: StampAuthority) -> None:
    """The whole answer has to be there within `fetch_deadline`."""
    with serving(authority.answer, drip=0.2) as url, pytest.raises(TimestampError, match="not finished after 1 sec"):
        stamped(settings(url, fetch_deadline=1), MANIFEST)


def test_a_private_address_is_refused(authority: StampAuthority) -> None:
    """The rules of fetching hold for authorities too."""
    with serving(authority.answer) as url, pytest.raises(TimestampError, match="not a public address"):
        stamped(settings(url, allow_private_addresses=False), MANIFEST)


@pytest.mark.parametrize("url", ["tsa.example", "ftp://tsa.example/", "https://user:secret@tsa.example/"])
def test_what_is_no_address_of_an_authority_is_refused(url: str) -> None:
    """Only http and https, and no password in it."""
    with pytest.raises(ValueError, match="timestamp_authority"):
        Settings(timestamp_authority=url)


@pytest.fixture
def change_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> str:
    """A store in the working directory, with a change."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_ALLOW_PRIVATE_ADDRESSES", "true")
    with closing(open_store(Settings())) as database:
        return told(World.build(database, clock)).changes()[0].id


def test_the_commands_stamp_and_check_a_bundle(
    change_id: str, authority: StampAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`evidence` puts the stamp in; `verify` says how deep it looked, and refuses it over another manifest."""
    run = CliRunner()
    with serving(authority.answer) as url:
        monkeypatch.setenv("TRACKER_TIMESTAMP_AUTHORITY", url)
        made = run.invoke(app, ["evidence", change_id, "--out", "bundle.zip"])
    assert (made.exit_code, "2026-03-05 12:00:00 UTC by CN=tests stamps" in made.output) == (0, True), made.output
    alone = run.invoke(app, ["verify", "bundle.zip"])
    assert (alone.exit_code, "was not checked: name its roots" in alone.output) == (0, True), alone.output
    whole = run.invoke(app, ["verify", "bundle.zip", "--trust", str(authority.roots(tmp_path)), "--json"])
    assert whole.exit_code == 0, whole.output
    assert json.loads(whole.stdout)["checked"]["time stamps"] == 1
    assert "lead to a root you trust" in json.loads(whole.stdout)["notes"][0]
    strange = run.invoke(app, ["verify", "bundle.zip", "--trust", str(StampAuthority().roots(tmp_path))])
    assert (strange.exit_code, "lead to none of the roots" in strange.output) == (1, True), strange.output

    files = contents(Path("bundle.zip").read_bytes())
    stamp = files.pop("manifest.tsr")
    files["README.txt"] += b"Believe me."
    forged = packed(tmp_path / "forged.zip", files)
    with zipfile.ZipFile(forged, "a") as bundle:
        bundle.writestr("manifest.tsr", stamp)
    refused = run.invoke(app, ["verify", "forged.zip"])
    assert (refused.exit_code, "time stamp: it was made over other bytes" in refused.output) == (1, True)


def test_a_failing_authority_leaves_a_whole_bundle(
    change_id: str, authority: StampAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle is written without a stamp, that is said, and the exit status is 1; nothing else lies about."""
    run = CliRunner()
    with serving(lambda body: b"garbage") as url:
        monkeypatch.setenv("TRACKER_TIMESTAMP_AUTHORITY", url)
        made = run.invoke(app, ["evidence", change_id, "--out", "bundle.zip"])
    assert made.exit_code == 1
    assert "bundle.zip has no time stamp" in made.output
    assert "manifest.tsr" not in contents(Path("bundle.zip").read_bytes())
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["bundle.zip"]
    assert run.invoke(app, ["verify", "bundle.zip"]).exit_code == 0
    wanted = run.invoke(app, ["verify", "bundle.zip", "--trust", str(authority.roots(tmp_path))])
    assert (wanted.exit_code, "there is none to be checked" in wanted.output) == (1, True)


def test_without_the_extra_it_says_what_to_install(
    change_id: str, authority: StampAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stamp is asked for, none is taken for checked."""
    run = CliRunner()
    with serving(authority.answer) as url:
        monkeypatch.setenv("TRACKER_TIMESTAMP_AUTHORITY", url)
        run.invoke(app, ["evidence", change_id, "--out", "stamped.zip"])
        monkeypatch.setattr(timestamps, "installed", lambda: False)
        monkeypatch.setattr("tracker.export.evidence_check.installed", lambda: False)
        made = run.invoke(app, ["evidence", change_id, "--out", "bundle.zip"])
    assert (made.exit_code, "pip install 'tracker[timestamp]'" in made.output) == (1, True)
    checked = run.invoke(app, ["verify", "stamped.zip"])
    assert (checked.exit_code, "The time stamp was not checked" in checked.output) == (0, True)
    with pytest.raises(UsageError, match="pip install"):
        read_roots(authority.roots(tmp_path))


def test_trust_without_a_bundle_is_bad_usage() -> None:
    """The store has no time stamps."""
    assert CliRunner().invoke(app, ["verify", "--trust", "roots.pem"]).exit_code != 0


def test_what_holds_no_certificates_is_bad_usage(tmp_path: Path) -> None:
    """A missing file, and one of something else."""
    with pytest.raises(UsageError, match="cannot read"):
        read_roots(tmp_path / "roots.pem")
    (tmp_path / "roots.pem").write_text("no certificate")
    with pytest.raises(UsageError, match="holds no certificates"):
        read_roots(tmp_path / "roots.pem")
