"""Checks an evidence bundle with nothing else at hand. The file may come from anyone: nothing of it is unpacked."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import __version__
from tracker.damaged_zip import DAMAGED_ZIP
from tracker.errors import TimestampError, UsageError
from tracker.export.evidence import FORMAT, MANIFEST, STAMP, change_page, text_page
from tracker.store.texts.snapshots import link_hash
from tracker.store.texts.versions import StoredClause, text_hash
from tracker.store.upkeep.verify import Damage, VerifyReport
from tracker.timestamps import MISSING, check_stamp, installed, read_roots

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MOST_MEMBERS = 2_000
MOST_BYTES = 512 * 1024 * 1024  #: of all members, unpacked
MOST_READ = 128 * 1024 * 1024  #: of one that is read as a whole; payloads are not

_PIECE = 1024 * 1024

_NAME = re.compile(r"[A-Za-z]+\.[a-z]+|(before|after)/([a-z]+\.[a-z]+|captures/[0-9]{1,4}\.(body|json))")
#: What reading JSON of any shape as if it had ours raises.
_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_SIDES = ("before", "after")


def verify_bundle(path: Path, trust: Path | None = None) -> VerifyReport:
    """Check the manifest, payloads, chain, texts and time stamp of a bundle and name what does not fit.

    Args:
        path: the bundle.
        trust: a PEM file of roots to which the certificates of its time stamp have to lead. Without it only what the
            stamp is over and the signature by the certificate within are checked; the report's notes tell which it was.

    Raises:
        UsageError: a file cannot be read, is no bundle, or is larger than a bundle may be.

    """
    roots = [] if trust is None else read_roots(trust)
    try:
        with zipfile.ZipFile(path) as bundle:
            return _report(_Files(bundle, path), roots)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except DAMAGED_ZIP as error:
        raise UsageError(f"{path} is no evidence bundle: {error}") from error


def _report(files: "_Files", roots: "Sequence[Certificate]") -> VerifyReport:
    report = VerifyReport()
    checks = {
        "files": _manifest(files),
        "links": _chain(files),
        "captures": _captures(files, report),
        "texts": _texts(files),
    }
    if roots or STAMP in files.names:
        checks["time stamps"] = _stamp(files, report, roots)
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


class _Files:
    """The members of a bundle, whose number, names and sizes were looked at; one is in memory at a time."""

    def __init__(self, bundle: zipfile.ZipFile, path: Path) -> None:
        self._bundle = bundle
        self._members = _members(bundle, path)
        self.names = frozenset(self._members)
        self._measured: dict[str, tuple[str, int]] = {}

    def read(self, name: str) -> bytes:
        """Return a file; raise `KeyError` where it is missing."""
        member = self._members[name]
        if member.file_size > MOST_READ:
            raise ValueError(f"{name} has more than {MOST_READ} bytes")
        with self._bundle.open(member) as file:
            # Told sizes may lie; no more than was told is unpacked.
            return file.read(member.file_size)

    def measured(self, name: str) -> tuple[str, int]:
        """Return the SHA-256 and the size of a file."""
        if name not in self._measured:
            hashed, size = hashlib.sha256(), 0
            with self._bundle.open(self._members[name]) as file:
                while piece := file.read(min(_PIECE, self._members[name].file_size - size)):
                    hashed.update(piece)
                    size += len(piece)
            self._measured[name] = (hashed.hexdigest(), size)
        return self._measured[name]


def _members(bundle: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
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
    return dict(zip(names, members, strict=True))


def _manifest(files: _Files) -> Iterator[str]:
    manifest = json.loads(files.read(MANIFEST))
    listed = manifest["files"]
    if manifest["format"] != FORMAT:
        yield f"the manifest says {manifest['format']!r}; this program reads {FORMAT!r}"
    for name in sorted(listed.keys() | files.names - {MANIFEST, STAMP}):
        if name not in files.names:
            yield f"{name} is missing"
        elif name not in listed:
            yield f"{name} is not in the manifest"
        elif files.measured(name) != (listed[name]["sha256"], listed[name]["size"]):
            yield f"{name} does not fit its hash"
        else:
            yield ""


def _chain(files: _Files) -> Iterator[str]:
    change, links = _change(files), json.loads(files.read("chain.json"))
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


def _captures(files: _Files, report: VerifyReport) -> Iterator[str]:
    change = _change(files)
    links = {link["chain_hash"]: link for link in json.loads(files.read("chain.json"))}
    for side in _SIDES:
        removed = change[side]["removed_payloads"]
        for number in range(1, min(change[side]["captures"], MOST_MEMBERS) + 1):
            name = f"{side}/captures/{number}"
            capture = json.loads(files.read(f"{name}.json"))
            body = files.measured(f"{name}.body") if f"{name}.body" in files.names else None
            if links.get(capture["chain_hash"]) != capture:
                yield f"{name} is no link of the chain"
            elif body is None and number in removed:
                report.removed += 1
                yield ""
            elif body is None:
                yield f"the payload of {name} is missing"
            elif body != (capture["payload_sha256"], capture["payload_size"]):
                yield f"the payload of {name} is not what was received"
            else:
                yield ""


def _texts(files: _Files) -> Iterator[str]:
    change = _change(files)
    texts = {side: [_clause(told) for told in json.loads(files.read(f"{side}/clauses.json"))] for side in _SIDES}
    # What people read is made from what is hashed. Other releases may write it in another form.
    same_program = change["program"] == __version__
    for side, clauses in texts.items():
        fits = text_hash(clauses) == change[side]["text_sha256"]
        yield "" if fits else f"the clauses of {side} do not fit the hash of their text"
        if same_program:
            fits = files.read(f"{side}/text.md") == text_page(clauses)
            yield "" if fits else f"{side}/text.md does not say what the clauses say"
    if same_program:
        fits = files.read("redline.html") == change_page(change, texts["before"], texts["after"])
        yield "" if fits else "redline.html does not show the two texts"


def _stamp(files: _Files, report: VerifyReport, roots: "Sequence[Certificate]") -> Iterator[str]:
    if STAMP not in files.names:
        yield "there is none to be checked by the roots that were named"
    elif not installed():
        report.notes.append(f"The time stamp was not checked: {MISSING}.")
        yield ""
    else:
        try:
            report.notes.append(str(check_stamp(files.read(STAMP), files.read(MANIFEST), roots=roots)))
            yield ""
        except TimestampError as error:
            yield str(error)


def _change(files: _Files) -> dict[str, Any]:
    told = json.loads(files.read("change.json"))
    if not isinstance(told, dict):
        raise TypeError("change.json holds no object")
    return told


def _clause(told: dict[str, Any]) -> StoredClause:
    shape = {name: tuple(told[name]) for name in ("cells", "header")}
    return StoredClause(**(told | shape))


def _unhashed(link: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in link.items() if name != "chain_hash"}
