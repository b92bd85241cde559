"""An evidence bundle for one change: what was received, what was read in it, what it means, and how to check all that.

A ZIP file with the captures of both sides exactly as received, their place in the source's hash chain up to its head,
both texts, the verdict and a redline. The same store gives the same bytes. `evidence_check` reads it back.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from sqlmodel import Session

from tracker import __version__
from tracker.clock import exact
from tracker.compare.model import Verdict
from tracker.errors import PayloadRemoved
from tracker.export.evidence_pages import README, redline_page
from tracker.extract.writing import write_markdown
from tracker.history.texts import stored_blocks
from tracker.store.history.evidence import extraction_behind, links_from, snapshots_of
from tracker.store.history.history import ChangeEntry
from tracker.store.schema.tables import Change, Snapshot, Version
from tracker.store.texts.snapshots import read_payload, snapshot_link
from tracker.store.texts.versions import StoredClause, read_version
from tracker.store.work.copies import copies_of

FORMAT = "policy-tracker evidence 1"
MANIFEST = "manifest.json"
STAMP = "manifest.tsr"  #: a time stamp over the manifest, where there is one

#: The oldest time a ZIP file can hold: none of the store's times is one of the file's.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_evidence(session: Session, entry: ChangeEntry, out: BinaryIO) -> bytes:
    """Write the bundle of a change and return its manifest, whose SHA-256 stands for all of it.

    One file of it at a time is in memory: what that takes does not grow with the captures and the chain.

    Args:
        session: of a reader.
        entry: the change.
        out: the file.

    Raises:
        DamagedError: what the store holds does not fit its hashes.

    """
    row, source = entry.change, entry.source
    told: dict[str, Any] = {
        "program": __version__,
        "change": row.id,
        "source": {"id": source.id, "name": source.name, "organisation": source.organisation, "url": source.url},
        "last_seen_before": exact(row.last_seen_before),
        "first_seen_after": exact(row.first_seen_after),
        "origin": row.origin,
        "state": row.state,
        "summary": row.summary,
        "verdict": row.verdict,
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        bundle = _Bundle(packed)
        bundle.add("README.txt", README.encode())
        first = source.chain_length + 1
        for side, version_id, at in (
            ("before", row.before_version_id, row.last_seen_before),
            ("after", row.after_version_id, row.first_seen_after),
        ):
            told[side], sequences = _side(session, bundle, side, row, version_id, at)
            first = min([first, *sequences])
        # Of the chain as it was read: the row of the source may be older or younger than this session's links.
        told["chain_length"], told["chain_head"] = source.chain_length, source.chain_head
        with bundle.adding("chain.json") as add:
            for piece in _chain(session, row.source_key, first, told):
                add(piece)
        told["copies"] = [
            {"url": copy.url, "memento": copy.memento, "saved_at": copy.saved_at and exact(copy.saved_at)}
            for copy in copies_of(session, row.id)
            if copy.memento is not None
        ]
        change_json = plain_json(told)
        bundle.add("change.json", change_json)
        texts = [read_version(session, version_id) for version_id in (row.before_version_id, row.after_version_id)]
        bundle.add("redline.html", change_page(json.loads(change_json), *texts))
        manifest = plain_json({"format": FORMAT, "change": row.id, "files": dict(bundle.listed)})
        bundle.add(MANIFEST, manifest)
    return manifest


def add_stamp(bundle: BinaryIO, token: bytes) -> None:
    """Put a time stamp over the manifest into a bundle, a file open for reading and writing."""
    with zipfile.ZipFile(bundle, "a") as packed:
        _Bundle(packed).add(STAMP, token)


class _Bundle:
    """A ZIP file being written, and what its manifest will say."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.listed: dict[str, dict[str, Any]] = {}

    def add(self, name: str, data: bytes) -> None:
        """Write a file."""
        with self.adding(name) as add:
            add(data)

    @contextmanager
    def adding(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Give what writes a file piece by piece."""
        member = zipfile.ZipInfo(name, _EPOCH)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.external_attr = 0o644 << 16
        hashed, size = hashlib.sha256(), 0
        with self._packed.open(member, "w") as file:

            def add(piece: bytes) -> None:
                nonlocal size
                file.write(piece)
                hashed.update(piece)
                size += len(piece)

            yield add
        self.listed[name] = {"sha256": hashed.hexdigest(), "size": size}


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
    session: Session, bundle: _Bundle, side: str, row: Change, version_id: int, at: datetime
) -> tuple[dict[str, Any], list[int]]:
    """Add the files of a side; return what is told of it, and the places of its captures in the chain."""
    clauses = read_version(session, version_id)
    version = session.get_one(Version, version_id)
    bundle.add(f"{side}/text.md", text_page(clauses))
    bundle.add(f"{side}/clauses.json", plain_json([asdict(clause) for clause in clauses]))
    extraction = extraction_behind(session, row.source_key, version_id, at)
    snapshots = [] if extraction is None else snapshots_of(session, extraction)
    removed = []
    for number, snapshot in enumerate(snapshots, 1):
        bundle.add(f"{side}/captures/{number}.json", plain_json(_link(snapshot)))
        try:
            bundle.add(f"{side}/captures/{number}.body", read_payload(session, snapshot))
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
    return told, [snapshot.sequence for snapshot in snapshots]


def _chain(session: Session, source_key: int, first: int, told: dict[str, Any]) -> Iterator[bytes]:
    """Yield the links from one place on as `plain_json` would write them, and tell where the last one stands."""
    opened = False
    for snapshot in links_from(session, source_key, first):
        told["chain_length"], told["chain_head"] = snapshot.sequence, snapshot.chain_hash
        yield b",\n" if opened else b"[\n"
        yield b" " + plain_json(_link(snapshot)).rstrip().replace(b"\n", b"\n ")
        opened = True
    yield b"\n]\n" if opened else b"[]\n"


def _link(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot_link(snapshot) | {"chain_hash": snapshot.chain_hash}
