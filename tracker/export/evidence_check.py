"""Checks an evidence bundle with nothing else at hand. The file may come from anyone: nothing of it is unpacked."""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracker import __version__
from tracker.errors import UsageError
from tracker.export.evidence import FORMAT, MANIFEST, change_page, text_page
from tracker.store.snapshots import link_hash
from tracker.store.verify import Damage, VerifyReport
from tracker.store.versions import StoredClause, text_hash

MOST_MEMBERS = 2_000
MOST_BYTES = 512 * 1024 * 1024  #: of all members, unpacked

_NAME = re.compile(r"[A-Za-z]+\.[a-z]+|(before|after)/([a-z]+\.[a-z]+|captures/[0-9]{1,4}\.(body|json))")
#: What reading JSON of any shape as if it had ours raises.
_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
#: What a damaged, encrypted or strangely packed ZIP file raises.
_NO_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_SIDES = ("before", "after")


def verify_bundle(path: Path) -> VerifyReport:
    """Check the manifest, payloads, chain and texts of a bundle and name what does not fit.

    Raises:
        UsageError: the file cannot be read, is no bundle, or is larger than a bundle may be.

    """
    try:
        with zipfile.ZipFile(path) as bundle:
            files = _contents(bundle, path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except _NO_ZIP as error:
        raise UsageError(f"{path} is no evidence bundle: {error}") from error
    report = VerifyReport()
    checks = {
        "files": _manifest(files),
        "links": _chain(files),
        "captures": _captures(files, report),
        "texts": _texts(files),
    }
    for what, check in checks.items():
        done = 0
        try:
            for damage in check:
                done += 1
                if damage:
                    report.damages.append(Damage(what.removesuffix("s"), damage))
        except _UNREADABLE as error:
            report.damages.append(Damage(what.removesuffix("s"), f"what is told of them cannot be read: {error!r}"))
        report.checked[what] = done
    return report


def _contents(bundle: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    """Return the members by name, after their number, names and sizes were looked at."""
    members = bundle.infolist()
    names = [member.filename for member in members]
    if MANIFEST not in names:
        raise UsageError(f"{path} is no evidence bundle: it has no {MANIFEST}")
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_BYTES:
        raise UsageError(f"{path} holds more than an evidence bundle may: {MOST_MEMBERS} files, {MOST_BYTES} bytes")
    if len(set(names)) != len(names):
        raise UsageError(f"{path} is no evidence bundle: two of its files have the same name")
    if any(member.compress_type not in _PACKED for member in members):
        raise UsageError(f"{path} is no evidence bundle: it is packed in another way")
    strange = next((name for name in names if not _NAME.fullmatch(name)), None)
    if strange is not None:
        raise UsageError(f"{path} is no evidence bundle: no file of one is named {strange!r}")
    found = {}
    for member in members:
        with bundle.open(member) as file:
            # Told sizes may lie; no more than was told is unpacked.
            found[member.filename] = file.read(member.file_size)
    return found


def _manifest(files: dict[str, bytes]) -> Iterator[str]:
    manifest = json.loads(files[MANIFEST])
    listed = manifest["files"]
    if manifest["format"] != FORMAT:
        yield f"the manifest says {manifest['format']!r}; this program reads {FORMAT!r}"
    for name in sorted(listed.keys() | files.keys() - {MANIFEST}):
        if name not in files:
            yield f"{name} is missing"
        elif name not in listed:
            yield f"{name} is not in the manifest"
        elif len(files[name]) != listed[name]["size"] or _sha256(files[name]) != listed[name]["sha256"]:
            yield f"{name} does not fit its hash"
        else:
            yield ""


def _chain(files: dict[str, bytes]) -> Iterator[str]:
    change, links = _change(files), json.loads(files["chain.json"])
    before: dict[str, Any] | None = None
    for link in links:
        number = link["sequence"]
        if link_hash(_unhashed(link)) != link["chain_hash"]:
            yield f"link {number} does not fit its hash"
        elif before is not None and number != before["sequence"] + 1:
            yield f"link {number} follows link {before['sequence']}"
        elif before is not None and link["chain_previous"] != before["chain_hash"]:
            yield f"link {number} does not hold the hash of the link before it"
        else:
            yield ""
        before = link
    if before is None:
        if any(change[side]["captures"] for side in _SIDES):
            yield "there is no link"
    elif (before["sequence"], before["chain_hash"]) != (change["chain_length"], change["chain_head"]):
        yield "the last link is not the head of the chain"


def _captures(files: dict[str, bytes], report: VerifyReport) -> Iterator[str]:
    change = _change(files)
    links = {link["chain_hash"]: link for link in json.loads(files["chain.json"])}
    for side in _SIDES:
        removed = change[side]["removed_payloads"]
        for number in range(1, min(change[side]["captures"], MOST_MEMBERS) + 1):
            name = f"{side}/captures/{number}"
            capture = json.loads(files[f"{name}.json"])
            body = files.get(f"{name}.body")
            if links.get(capture["chain_hash"]) != capture:
                yield f"{name} is no link of the chain"
            elif body is None and number in removed:
                report.removed += 1
                yield ""
            elif body is None:
                yield f"the payload of {name} is missing"
            elif (_sha256(body), len(body)) != (capture["payload_sha256"], capture["payload_size"]):
                yield f"the payload of {name} is not what was received"
            else:
                yield ""


def _texts(files: dict[str, bytes]) -> Iterator[str]:
    change = _change(files)
    texts = {side: [_clause(told) for told in json.loads(files[f"{side}/clauses.json"])] for side in _SIDES}
    # What people read is made from what is hashed. Other releases may write it in another form.
    same_program = change["program"] == __version__
    for side, clauses in texts.items():
        fits = text_hash(clauses) == change[side]["text_sha256"]
        yield "" if fits else f"the clauses of {side} do not fit the hash of their text"
        if same_program:
            fits = files[f"{side}/text.md"] == text_page(clauses)
            yield "" if fits else f"{side}/text.md does not say what the clauses say"
    if same_program:
        fits = files["redline.html"] == change_page(change, texts["before"], texts["after"])
        yield "" if fits else "redline.html does not show the two texts"


def _change(files: dict[str, bytes]) -> dict[str, Any]:
    told = json.loads(files["change.json"])
    if not isinstance(told, dict):
        raise TypeError("change.json holds no object")
    return told


def _clause(told: dict[str, Any]) -> StoredClause:
    shape = {name: tuple(told[name]) for name in ("cells", "header")}
    return StoredClause(**(told | shape))


def _unhashed(link: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in link.items() if name != "chain_hash"}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
