"""An evidence bundle for one change: what was received, what was read in it, what it means, and how to check all that.

A ZIP file with the captures of both sides exactly as received, their place in the source's hash chain up to its head,
both texts, the verdict and a redline. Same store, same bundle, byte by byte. `tracker verify BUNDLE` needs nothing else.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from sqlmodel import Session, col, select

from tracker.compare.model import Verdict
from tracker.compare.redline import Op, redline
from tracker.errors import PayloadRemoved, UsageError
from tracker.extract.writing import write_markdown
from tracker.history.texts import stored_blocks
from tracker.store.history import ChangeEntry
from tracker.store.snapshots import link_hash, read_payload, snapshot_link
from tracker.store.tables import Change, Extraction, Observation, Snapshot, Version
from tracker.store.versions import StoredClause, read_version, text_hash

FORMAT = "policy-tracker evidence 1"

#: Bytes of a bundle that are read when it is checked; what is larger is none of ours.
MOST_BYTES = 500_000_000
MOST_FILES = 5_000

#: The oldest time a ZIP file can hold: none of the store's times is one of the file's.
_EPOCH = (1980, 1, 1, 0, 0, 0)

_ABOUT = """\
EVIDENCE OF A CHANGE

What this is: the proof that the page of a source changed between two moments, as one program recorded it.

  manifest.json     the SHA-256 of every other file here
  verdict.json      what changed, clause by clause, and why it is judged as it is
  redline.html      the same for reading; open it in a browser
  before/, after/   for each side: text.md (as it reads), clauses.json (as it is compared), extraction.json (which program
                    and rules read it), and captures/ with the bytes exactly as they were received and their headers
  chain.json        the links of the source's hash chain from the first of these captures to its newest

How to check it: `tracker verify` with the name of this file recomputes every hash. By hand: the SHA-256 of each file
is in manifest.json; that of each payload is in its capture.json; each link of chain.json is hashed as canonical JSON
(keys sorted, no spaces, ASCII), holds the hash of the link before, and the hash of the payload. So no capture can be
changed, put in or taken out without every later hash being another one. Keep the SHA-256 of this file, or have it
time-stamped, to show later that the bundle existed then.
"""


@dataclass
class BundleReport:
    """What a bundle holds and what is wrong with it."""

    change: str = ""
    files: int = 0
    captures: int = 0
    links: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Return whether everything fits."""
        return not self.troubles


def write_bundle(session: Session, entry: ChangeEntry, out: BinaryIO) -> None:
    """Write the bundle of a change.

    Args:
        session: of a reader.
        entry: the change.
        out: the file.

    Raises:
        UsageError: a text of the change was imported without a capture.
        DamagedError: what the store holds does not fit its hashes.

    """
    change = entry.change
    files: dict[str, bytes] = {"README.txt": _ABOUT.encode()}
    sequences: list[int] = []
    for side, version_id, moment in (
        ("before", change.before_version_id, change.last_seen_before),
        ("after", change.after_version_id, change.first_seen_after),
    ):
        for name, content, sequence in _side(session, change, version_id, moment):
            files[f"{side}/{name}"] = content
            sequences += [sequence] if sequence else []
    if not sequences:
        raise UsageError(f"change {change.id} lies between texts that no capture shows; nothing proves it")
    files["chain.json"] = _json([*_chain(session, change.source_key, min(sequences))])
    files["verdict.json"] = _json(_verdict(entry))
    files["redline.html"] = _redline(entry).encode()
    manifest = {
        "format": FORMAT,
        "change": change.id,
        "source": entry.source.id,
        "files": {name: {"sha256": _sha256(data), "size": len(data)} for name, data in sorted(files.items())},
    }
    files["manifest.json"] = _json(manifest)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        for name, data in sorted(files.items()):
            about = zipfile.ZipInfo(name, _EPOCH)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            bundle.writestr(about, data)


def verify_bundle(path: Path) -> BundleReport:
    """Recompute every hash of a bundle.

    Raises:
        UsageError: the file cannot be read, is no bundle, or larger than any of ours.

    """
    report = BundleReport()
    try:
        with zipfile.ZipFile(path) as bundle:
            files = _contents(bundle, report)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{path}: no bundle of evidence: {error}") from None
    manifest = _read(files, "manifest.json", report)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UsageError(f"{path}: no bundle of evidence, or one of another program")
    report.change = str(manifest.get("change", ""))
    _check_manifest(manifest, files, report)
    links = _check_chain(files, report)
    for side in ("before", "after"):
        _check_side(side, files, links, report)
    return report


def _side(
    session: Session, change: Change, version_id: int, moment: datetime
) -> Iterator[tuple[str, bytes, int | None]]:
    """Yield the files of a side: name, content, and for captures their place in the chain."""
    clauses = read_version(session, version_id)
    version = session.get_one(Version, version_id)
    yield "text.md", write_markdown(stored_blocks(clauses)).encode(), None
    told = {"text_sha256": version.text_sha256, "clauses": [_clause(clause) for clause in clauses]}
    yield "clauses.json", _json(told), None
    extraction = _extraction(session, change, version_id, moment)
    if extraction is None:
        return
    yield (
        "extraction.json",
        _json(
            {
                "extractor_version": extraction.extractor_version,
                "rules_hash": extraction.rules_hash,
                "created_at": extraction.created_at.isoformat(),
                "text_sha256": version.text_sha256,
            }
        ),
        None,
    )
    for number, ident in enumerate(extraction.snapshot_ids, 1):
        snapshot = session.get_one(Snapshot, ident)
        folder = f"captures/{number}"
        link = snapshot_link(snapshot) | {"chain_hash": snapshot.chain_hash}
        yield f"{folder}/capture.json", _json(link), snapshot.sequence
        try:
            yield f"{folder}/payload.bin", read_payload(session, snapshot), None
        except PayloadRemoved:
            yield (
                f"{folder}/removed.txt",
                b"The bytes were removed by a retention rule; their hash still holds.\n",
                None,
            )


def _extraction(session: Session, change: Change, version_id: int, moment: datetime) -> Extraction | None:
    """Return the extraction that gave a text: the one observed at a moment, else the latest."""
    seen = (
        select(Extraction)
        .join(Observation, col(Observation.extraction_id) == col(Extraction.id))
        .where(Observation.source_key == change.source_key, Observation.observed_at == moment)
        .where(Extraction.version_id == version_id)
    )
    made = select(Extraction).where(Extraction.version_id == version_id).order_by(col(Extraction.id).desc())
    return session.exec(seen).first() or session.exec(made).first()


def _chain(session: Session, source_key: int, first: int) -> Iterator[dict[str, Any]]:
    query = select(Snapshot).where(Snapshot.source_key == source_key, Snapshot.sequence >= first)
    for snapshot in session.exec(query.order_by(col(Snapshot.sequence))):
        yield snapshot_link(snapshot) | {"chain_hash": snapshot.chain_hash}


def _verdict(entry: ChangeEntry) -> dict[str, Any]:
    change, source = entry.change, entry.source
    return {
        "change": change.id,
        "source": {"id": source.id, "name": source.name, "organisation": source.organisation, "url": source.url},
        "last_seen_before": change.last_seen_before.isoformat(),
        "first_seen_after": change.first_seen_after.isoformat(),
        "origin": change.origin,
        "state": change.state,
        "summary": change.summary,
        "verdict": change.verdict,
    }


def _redline(entry: ChangeEntry) -> str:
    """Return the redline as a page of its own; nothing in it runs or loads anything."""
    change, verdict = entry.change, Verdict.from_json(entry.change.verdict)
    parts = []
    for number, clause in enumerate(verdict.changes, 1):
        judged = clause.judgement
        said = " ".join(escape(reason.sentence) for reason in judged.reasons)
        text = "".join(_piece(op, piece) for op, piece in redline(clause.before, clause.after))
        about = f"{number}. {clause.kind.value}, {judged.cls.value}, {judged.direction.value}"
        parts.append(f"<h2>{escape(about)}</h2>\n<p>{said}</p>\n<blockquote>{text}</blockquote>\n")
    title = escape(f"{entry.source.name}: change {change.id}")
    when = f"between {change.last_seen_before:%Y-%m-%d %H:%M} and {change.first_seen_after:%Y-%m-%d %H:%M} UTC"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>' + title + "</title>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<style>body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "ins{background:#dff3e0}del{background:#fbe3e1}</style></head><body>\n"
        f"<h1>{title}</h1>\n<p>{escape(change.summary)} ({when})</p>\n{''.join(parts)}</body></html>\n"
    )


def _piece(op: Op, text: str) -> str:
    tag = {Op.EQUAL: "", Op.DELETE: "del", Op.INSERT: "ins"}[op]
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def _contents(bundle: zipfile.ZipFile, report: BundleReport) -> dict[str, bytes]:
    """Return the files by name; they are held in memory and their names lead nowhere."""
    entries = bundle.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise UsageError("this file is larger than any bundle of evidence")
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for entry in entries:
        if entry.filename in files:
            report.troubles.append(f"{entry.filename!r} is there twice")
            continue
        with bundle.open(entry) as file:
            # What a ZIP file says of its sizes may be wrong.
            data = file.read(left + 1)
        left -= len(data)
        if left < 0:
            raise UsageError("this file is larger than any bundle of evidence")
        files[entry.filename] = data
    report.files = len(files)
    return files


def _check_manifest(manifest: Mapping[str, Any], files: Mapping[str, bytes], report: BundleReport) -> None:
    told = manifest.get("files")
    told = told if isinstance(told, dict) else {}
    for name in sorted(files.keys() - told.keys() - {"manifest.json"}):
        report.troubles.append(f"{name!r} is not in the manifest")
    for name, about in sorted(told.items()):
        if name not in files:
            report.troubles.append(f"{name!r} is missing")
        elif not isinstance(about, dict) or about.get("sha256") != _sha256(files[name]):
            report.troubles.append(f"{name!r} is not the file that the manifest tells of")


def _check_chain(files: Mapping[str, bytes], report: BundleReport) -> set[str]:
    """Check that each link of the chain fits its hash and the one before; return the hashes of the sound ones."""
    links = _read(files, "chain.json", report)
    sound: set[str] = set()
    previous: str | None = None
    for place, link in enumerate(links if isinstance(links, list) else [], 1):
        told = dict(link) if isinstance(link, dict) else {}
        chain_hash = str(told.pop("chain_hash", ""))
        if link_hash(told) != chain_hash:
            report.troubles.append(f"chain.json: link {place} does not fit its hash")
        elif previous is not None and told.get("chain_previous") != previous:
            report.troubles.append(f"chain.json: link {place} does not follow the one before it")
        else:
            sound.add(chain_hash)
        previous = chain_hash
    report.links = len(sound)
    return sound


def _check_side(side: str, files: Mapping[str, bytes], links: set[str], report: BundleReport) -> None:
    told = _read(files, f"{side}/clauses.json", report)
    try:
        clauses = [_stored(clause) for clause in told["clauses"]]
        fits = text_hash(clauses) == told["text_sha256"]
    except (TypeError, KeyError, ValueError):
        fits = False
    if not fits:
        report.troubles.append(f"{side}/clauses.json does not fit the hash of the text")
    for name in sorted(files):
        path = PurePosixPath(name)
        if path.parts[:2] != (side, "captures") or path.name != "capture.json":
            continue
        capture = _read(files, name, report)
        capture = capture if isinstance(capture, dict) else {}
        report.captures += 1
        if capture.get("chain_hash") not in links:
            report.troubles.append(f"{name} is no link of the chain")
        payload = files.get(str(path.with_name("payload.bin")))
        if payload is None and str(path.with_name("removed.txt")) not in files:
            report.troubles.append(f"{path.with_name('payload.bin')} is missing")
        elif payload is not None and _sha256(payload) != capture.get("payload_sha256"):
            report.troubles.append(f"{path.with_name('payload.bin')} does not fit the hash of its capture")


def _clause(clause: StoredClause) -> dict[str, Any]:
    return {
        "kind": clause.kind,
        "level": clause.level,
        "marker": clause.marker,
        "block": clause.block,
        "text": clause.text,
        "cells": list(clause.cells),
        "header": list(clause.header),
    }


def _stored(told: Mapping[str, Any]) -> StoredClause:
    shape = {name: told[name] for name in ("kind", "level", "marker", "block")}
    return StoredClause(told["text"], **shape, cells=tuple(told["cells"]), header=tuple(told["header"]))


def _read(files: Mapping[str, bytes], name: str, report: BundleReport) -> Any:
    try:
        return json.loads(files[name])
    except KeyError:
        report.troubles.append(f"{name!r} is missing")
    except (ValueError, RecursionError):
        report.troubles.append(f"{name!r} is no JSON")
    return None


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
