"""An evidence bundle for one change: what was received, what was read in it, what it means, and how to check all that.

A ZIP file with the captures of both sides exactly as received, their place in the source's hash chain up to its head,
both texts, the verdict and a redline. The same store gives the same bytes. `evidence_check` reads it back.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, BinaryIO

from sqlmodel import Session

from tracker import __version__
from tracker.compare.model import Verdict
from tracker.errors import PayloadRemoved
from tracker.export.evidence_pages import README, redline_page
from tracker.extract.writing import write_markdown
from tracker.history.texts import stored_blocks
from tracker.store.evidence import extraction_behind, links_from, snapshots_of
from tracker.store.history import ChangeEntry
from tracker.store.snapshots import read_payload, snapshot_link
from tracker.store.tables import Change, Snapshot, Version
from tracker.store.versions import StoredClause, read_version

FORMAT = "policy-tracker evidence 1"
MANIFEST = "manifest.json"

#: The oldest time a ZIP file can hold: none of the store's times is one of the file's.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_evidence(session: Session, entry: ChangeEntry, out: BinaryIO) -> str:
    """Write the bundle of a change and return the SHA-256 of its manifest, which stands for all of it.

    Args:
        session: of a reader.
        entry: the change.
        out: the file.

    Raises:
        DamagedError: what the store holds does not fit its hashes.

    """
    row, source = entry.change, entry.source
    files: dict[str, bytes] = {"README.txt": README.encode()}
    told: dict[str, Any] = {
        "program": __version__,
        "change": row.id,
        "source": {"id": source.id, "name": source.name, "organisation": source.organisation, "url": source.url},
        "last_seen_before": _moment(row.last_seen_before),
        "first_seen_after": _moment(row.first_seen_after),
        "origin": row.origin,
        "state": row.state,
        "summary": row.summary,
        "verdict": row.verdict,
    }
    snapshots: list[Snapshot] = []
    for side, version_id, at in (
        ("before", row.before_version_id, row.last_seen_before),
        ("after", row.after_version_id, row.first_seen_after),
    ):
        told[side], found = _side(session, files, side, row, version_id, at)
        snapshots += found
    first = min((snapshot.sequence for snapshot in snapshots), default=source.chain_length + 1)
    links = [_link(snapshot) for snapshot in links_from(session, row.source_key, first)]
    files["chain.json"] = plain_json(links)
    # Of the chain as it was read: the row of the source may be older or younger than this session's links.
    told["chain_length"] = links[-1]["sequence"] if links else source.chain_length
    told["chain_head"] = links[-1]["chain_hash"] if links else source.chain_head
    files["change.json"] = plain_json(told)
    texts = [read_version(session, version_id) for version_id in (row.before_version_id, row.after_version_id)]
    files["redline.html"] = change_page(json.loads(files["change.json"]), *texts)
    listed = {name: {"sha256": _sha256(data), "size": len(data)} for name, data in sorted(files.items())}
    files[MANIFEST] = plain_json({"format": FORMAT, "change": row.id, "files": listed})
    _pack(files, out)
    return _sha256(files[MANIFEST])


def plain_json(value: Any) -> bytes:
    """Return a value as JSON that is the same each time and that people can read."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def text_page(clauses: Sequence[StoredClause]) -> bytes:
    """Return a text as people read it."""
    return write_markdown(stored_blocks(clauses)).encode()


def change_page(told: Mapping[str, Any], before: Sequence[StoredClause], after: Sequence[StoredClause]) -> bytes:
    """Return the redline of a change, given what its `change.json` tells and both texts."""
    verdict = Verdict.from_json(told["verdict"])
    title = f"{told['source']['name']}: {told['last_seen_before'][:10]} to {told['first_seen_after'][:10]}"
    return redline_page(title, verdict.language, verdict.changes, before, after).encode()


def _side(
    session: Session, files: dict[str, bytes], side: str, row: Change, version_id: int, at: datetime
) -> tuple[dict[str, Any], list[Snapshot]]:
    """Add the files of a side; return what is told of it, and its captures."""
    clauses = read_version(session, version_id)
    version = session.get_one(Version, version_id)
    files[f"{side}/text.md"] = text_page(clauses)
    files[f"{side}/clauses.json"] = plain_json([asdict(clause) for clause in clauses])
    extraction = extraction_behind(session, row.source_key, version_id, at)
    snapshots = [] if extraction is None else snapshots_of(session, extraction)
    removed = []
    for number, snapshot in enumerate(snapshots, 1):
        files[f"{side}/captures/{number}.json"] = plain_json(_link(snapshot))
        try:
            files[f"{side}/captures/{number}.body"] = read_payload(session, snapshot)
        except PayloadRemoved:
            removed.append(number)
    told = {
        "text_sha256": version.text_sha256,
        "stated_date": version.stated_date,
        "extractor_version": None if extraction is None else extraction.extractor_version,
        "rules_hash": None if extraction is None else extraction.rules_hash,
        "captures": len(snapshots),
        "removed_payloads": removed,
    }
    return told, snapshots


def _link(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot_link(snapshot) | {"chain_hash": snapshot.chain_hash}


def _pack(files: Mapping[str, bytes], out: BinaryIO) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            bundle.writestr(member, data)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
