"""Makes the store that queries are timed on: many sources, each with many versions of many clauses.

`python -m tests.benchmarks.big_history STORE.sqlite [--sources 1000] [--versions 100] [--clauses 150]`. The same sizes
give the same history. Rows go in as they are, past the daemon, so that a history of years is there in a minute or two.
Some clauses stand in every source, as boilerplate does, and one more source has a text of 2,000 clauses.
"""

import argparse
import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, text
from sqlmodel import Session, SQLModel

from tests.benchmarks.made_up import clause_like
from tracker.compare.rules import rules_version
from tracker.store.database import Database
from tracker.store.schema.people_tables import Approval, Triage
from tracker.store.schema.tables import (
    Blob,
    Change,
    CheckLog,
    ClauseRun,
    Delivery,
    Extraction,
    Observation,
    Snapshot,
    SourceRow,
    Version,
)
from tracker.store.texts.bulk import put_changes
from tracker.store.texts.layouts import pack_layout
from tracker.store.upkeep.moving import write_rows
from tracker.store.upkeep.upgrade import create_store
from tracker.words import Direction, Severity, Topic

START = datetime(2012, 1, 1, tzinfo=UTC)
CLAUSES: Table = SQLModel.metadata.tables["clause"]

#: Days a version stands on average, how many it may come late, and looks at it, a day apart.
STANDS = 50
LATE = 40
LOOKS = 3

#: Changes of a source that were seen as they happened.
LIVE = 5

#: The source with the long text, how many clauses it has, and how many of them a step rewords.
LONG = "long-policy"
LONG_CLAUSES = 2_000
LONG_REPLACED = 100
LONG_VERSIONS = 4

#: Of its words that a clause keeps when it is reworded.
KEPT = 0.85

TOPICS = [topic for topic in Topic if topic is not Topic.OTHER]
SAID = "One clause took the place of another."
BODY = b"<html><body><p>A page.</p></body></html>"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    sources: int = 1_000
    versions: int = 100
    clauses: int = 150
    replaced: int = 2  #: clauses that a step rewords
    common: int = 12  #: clauses that every source has, half of them known before all others, half last

    @property
    def own(self) -> int:
        """Return how many clauses a source has to itself over time."""
        return self.clauses - self.common + self.replaced * (self.versions - 1)


def make(url: str, sizes: Sizes) -> None:
    """Make a store of these sizes in a database that is empty."""
    long = replace(sizes, clauses=LONG_CLAUSES, replaced=LONG_REPLACED, versions=LONG_VERSIONS)
    common = _common(sizes, long)
    with closing(Database(url)) as database:
        create_store(database)
        with database.write() as session:
            _insert(session, Blob, [_blob()])
            write_rows(session, CLAUSES, _clauses(common))
        first = 1 + sizes.common // 2
        for number in range(1, sizes.sources + 1):
            with database.write() as session:
                _source(session, _row(number, sizes), sizes, common, (first, 1 + (number - 1) * sizes.versions))
            first += sizes.own
        with database.write() as session:
            row = _row(sizes.sources + 1, long) | {"id": LONG}
            _source(session, row, long, common, (first, 1 + sizes.sources * sizes.versions))
        with database.engine.begin() as connection:
            connection.execute(text("analyze"))


def _common(sizes: Sizes, long: Sizes) -> dict[int, str]:
    """Return the clauses of all sources by id."""
    dice = random.Random(0)
    half = sizes.common // 2
    beyond = 1 + half + sizes.sources * sizes.own + long.own
    idents = [*range(1, 1 + half), *range(beyond, beyond + sizes.common - half)]
    return {ident: clause_like(dice) for ident in idents}


def _source(
    session: Session, row: dict[str, Any], sizes: Sizes, common: dict[int, str], firsts: tuple[int, int]
) -> None:
    """Insert a source with its whole history; `firsts` are the ids of its first clause and version."""
    number = row["key"]
    dice = random.Random(number)
    _insert(session, SourceRow, [row])
    first_clause, first_version = firsts
    own = range(first_clause, first_clause + sizes.own)
    fresh = iter(own[sizes.clauses - sizes.common :])
    text_of = common | {ident: clause_like(dice) for ident in own[: sizes.clauses - sizes.common]}
    masks = {ident: dice.choice(TOPICS).bit for ident in (*common, *own)}
    shown = [*own[: sizes.clauses - sizes.common], *common]
    dice.shuffle(shown)
    places = [place for place, ident in enumerate(shown) if ident not in common]
    appeared: dict[int, tuple[datetime | None, datetime]] = dict.fromkeys(shown, (None, START))
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        table: []
        for table in (Version, Snapshot, Extraction, Observation, Change, ClauseRun, Triage, Approval, Delivery)
    }
    moments = _moments(number, sizes.versions)
    for step, moment in enumerate(moments):
        version_id = first_version + step
        if step:
            seen = moments[step - 1] + timedelta(days=LOOKS - 1)
            swapped = []
            for place in sorted(dice.sample(places, sizes.replaced)):
                old, new = shown[place], next(fresh)
                text_of[new] = _reworded(dice, text_of[old])
                rows[ClauseRun].append(_run(number, old, appeared.pop(old), moment, masks))
                shown[place] = new
                appeared[new] = seen, moment
                swapped.append((place, old, new))
            change = _change(number, version_id, (seen, moment), swapped, text_of, masks, dice)
            # The last ones were seen live, and nobody has looked at the very last.
            change["state"] = "confirmed" if step >= sizes.versions - LIVE else "history"
            rows[Change].append(change)
        rows[Version].append(_version(number, version_id, shown))
        rows[Snapshot].append(_snapshot(number, version_id, step, moment))
        rows[Extraction].append(_extraction(number, version_id, moment))
        rows[Observation] += _observations(number, version_id, moment)
    write_rows(session, CLAUSES, _clauses({ident: text_of[ident] for ident in own}))
    last = START + timedelta(days=STANDS * (sizes.versions - 1))
    rows[ClauseRun] += [_run(number, ident, at, None, masks) for ident, at in appeared.items()]
    rows[Triage] = [
        {"change_id": row["id"], "state": "seen", "assignee": "", "note": "", "by": "somebody", "at": last}
        for row in rows[Change][:-1]
    ]
    rows[Approval] = [
        {
            "source_key": number,
            "version_id": first_version + sizes.versions - 2,
            "by": "somebody",
            "note": "",
            "at": last,
        }
    ]
    rows[Delivery] = [_delivery(row, last) for row in rows[Change][-3:] if row["alert"]]
    for table, told in rows.items():
        if table is Change:
            put_changes(session, list(map(_judged, told)))
        else:
            _insert(session, table, told)
    looks = [last + timedelta(hours=12 * at) for at in range(20)]
    _insert(
        session,
        CheckLog,
        [{"source_key": number, "at": at, "outcome": "unchanged", "failure": None, "detail": ""} for at in looks],
    )


def _moments(number: int, versions: int) -> list[datetime]:
    """Return when the versions of a source were first seen: each source at its own times, the first and last alike."""
    dice = random.Random(f"moments {number}")
    late = [0, *(dice.randrange(LATE * 86_400) for _ in range(versions - 2)), 0][:versions]
    return [START + timedelta(days=STANDS * step, seconds=seconds) for step, seconds in enumerate(late)]


def _reworded(dice: random.Random, told: str) -> str:
    """Return a clause with some of its words replaced."""
    words = told.removesuffix(".").split()
    fresh = clause_like(dice).removesuffix(".").lower().split()
    return " ".join(word if dice.random() < KEPT else dice.choice(fresh) for word in words) + "."


def _judged(told: dict[str, Any]) -> Change:
    change = Change(**{name: value for name, value in told.items() if name != "verdict"})
    change.verdict = told["verdict"]
    return change


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if rows:
        described: Table = SQLModel.metadata.tables[str(table.__tablename__)]
        session.execute(insert(described), rows)


def _row(number: int, sizes: Sizes) -> dict[str, Any]:
    last = START + timedelta(days=STANDS * (sizes.versions - 1) + LOOKS)
    failing = number % 50 == 0
    return {
        "key": number,
        "id": f"vendor-{number:04}",
        "name": f"Vendor {number} Privacy Policy",
        "organisation": f"Vendor {number}",
        "document_type": "Privacy Policy",
        "url": f"https://vendor-{number}.example/privacy",
        "tags": [f"group-{number % 20}", "vendor"],
        "language": "en",
        "state": "active",
        "paused": number % 97 == 0,
        "next_check_at": last + timedelta(hours=number % 12),
        "last_checked_at": last,
        "last_success_at": last,
        "last_changed_at": START + timedelta(days=STANDS * (sizes.versions - 1)),
        "failures": 5 if failing else 0,
        "last_failure": "timeout" if failing else None,
        "onboarded_at": START,
        "runs_until": last,
        "runs_rules": rules_version(),
        "chain_length": sizes.versions,
        "chain_head": _hash(f"chain {number} {sizes.versions - 1}"),
    }


def _blob() -> dict[str, Any]:
    sha256 = hashlib.sha256(BODY).hexdigest()
    return {"sha256": sha256, "size": len(BODY), "encoding": "raw", "base_sha256": None, "depth": 0, "data": BODY}


def _clauses(texts: dict[int, str]) -> Iterator[dict[str, Any]]:
    for ident, said in texts.items():
        told = f"{said} ({ident})"
        yield {"id": ident, "sha256": _hash(told), "text": told}


def _version(number: int, version_id: int, shown: Sequence[int]) -> dict[str, Any]:
    rows = [
        [ident, "heading" if place % 10 == 0 else "paragraph", 2 * (place % 10 == 0), "", place, (), ()]
        for place, ident in enumerate(shown)
    ]
    return {
        "id": version_id,
        "source_key": number,
        "text_sha256": _hash(f"text {version_id}"),
        "key_sha256": _hash(f"key {version_id}"),
        "canon_version": "made up",
        "layout": pack_layout(rows).data,
        "clauses": len(shown),
        "words": 20 * len(shown),
        "language": "en",
    }


def _snapshot(number: int, version_id: int, step: int, moment: datetime) -> dict[str, Any]:
    url = f"https://vendor-{number}.example/privacy"
    return {
        "id": version_id,
        "source_key": number,
        "sequence": step + 1,
        "url": url,
        "final_url": url,
        "status": 200,
        "origin": "archive",
        "archive": "wayback",
        "captured_at": moment,
        "arrived_at": moment,
        "headers": [["Content-Type", "text/html"]],
        "redirects": [],
        "payload_sha256": hashlib.sha256(BODY).hexdigest(),
        "payload_size": len(BODY),
        "chain_previous": _hash(f"chain {number} {step - 1}") if step else "",
        "chain_hash": _hash(f"chain {number} {step}"),
    }


def _extraction(number: int, version_id: int, moment: datetime) -> dict[str, Any]:
    return {
        "id": version_id,
        "source_key": number,
        "snapshots_sha256": _hash(f"snapshots {version_id}"),
        "snapshot_ids": [version_id],
        "extractor_version": "made up",
        "rules_hash": "made up",
        "version_id": version_id,
        "created_at": moment,
    }


def _observations(number: int, version_id: int, moment: datetime) -> Iterator[dict[str, Any]]:
    for look in range(LOOKS):
        yield {
            "source_key": number,
            "observed_at": moment + timedelta(days=look),
            "origin": "archive",
            "archive": "wayback",
            "version_id": version_id,
            "extraction_id": version_id,
        }


def _run(
    number: int, ident: int, appeared: tuple[datetime | None, datetime], gone: datetime | None, masks: dict[int, int]
) -> dict[str, Any]:
    unseen, since = appeared
    return {
        "source_key": number,
        "clause_id": ident,
        "appeared_at": since,
        "unseen_at": unseen,
        "gone_at": gone,
        "topics": masks[ident],
    }


def _change(
    number: int,
    version_id: int,
    step: tuple[datetime, datetime],
    swapped: list[tuple[int, int, int]],
    text_of: dict[int, str],
    masks: dict[int, int],
    dice: random.Random,
) -> dict[str, Any]:
    seen, moment = step
    alert = dice.random() < 0.3
    severity = dice.choice(list(Severity)[1:]) if alert else Severity.NONE
    direction = dice.choice(list(Direction)) if alert else Direction.NEUTRAL
    topics = list(Topic.in_mask(masks[swapped[0][2]])) if alert else []
    clauses = [
        {
            "kind": "changed",
            "class": "material" if alert and not at % 4 else "minor",
            "topics": [str(topic) for topic in topics],
            "direction": direction.value,
            "severity": severity.value,
            "before": f"{text_of[old]} ({old})",
            "after": f"{text_of[new]} ({new})",
            "reasons": [
                {"rule": "made_up", "sentence": f"{SAID[:-1]} in place {place}.", "before": "data", "after": "data"}
            ],
            "before_at": [place],
            "after_at": [place],
        }
        for at, (place, old, new) in enumerate(swapped)
    ]
    flags = ["silent"] if dice.random() < 0.2 else []
    return {
        "id": _hash(f"change {version_id}")[:12],
        "source_key": number,
        "before_version_id": version_id - 1,
        "after_version_id": version_id,
        "last_seen_before": seen,
        "first_seen_after": moment,
        "origin": "archive",
        "state": "history",
        "created_at": moment,
        "alert": alert,
        "severity": severity.value,
        "direction": direction.value,
        "topics": [str(topic) for topic in topics],
        "flags": flags,
        "rules_version": rules_version(),
        "summary": SAID,
        "effective_on": f"{moment + timedelta(days=30):%Y-%m-%d}" if dice.random() < 0.05 else None,
        "topic_mask": Topic.mask(topics),
        "verdict": {
            "alert": alert,
            "severity": severity.value,
            "topics": [str(topic) for topic in topics],
            "direction": direction.value,
            "flags": flags,
            "language": "en",
            "rules_version": rules_version(),
            "reasons": [],
            "changes": clauses,
        },
    }


def _delivery(change: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "idempotency_key": _hash(f"delivery {change['id']}"),
        "route": "team",
        "destination": "d",
        "label": "mail",
        "change_id": change["id"],
        "state": "sent",
        "attempts": 1,
        "next_attempt_at": now,
        "created_at": now,
        "sent_at": now,
    }


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


def main() -> None:
    """Read the command line and make the store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    for name, size in (("sources", 1_000), ("versions", 100), ("clauses", 150)):
        parser.add_argument(f"--{name}", type=int, default=size)
    asked = parser.parse_args()
    if asked.store.exists():
        parser.error(f"{asked.store} is there already")
    make(f"sqlite:///{asked.store.absolute()}", Sizes(asked.sources, asked.versions, asked.clauses))


if __name__ == "__main__":
    main()
