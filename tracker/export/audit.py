"""The audit report as a table for spreadsheets, one row per fact."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from typing import Any

from tracker.counting import counted
from tracker.export.spreadsheet import safe_cell
from tracker.history.audit import AuditedApproval, AuditedChange, AuditReport, Gap, SourceAudit
from tracker.moments import iso_seconds
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Review, TrailEntry
from tracker.store.schema.tables import Delivery

COLUMNS = (
    "source",
    "organisation",
    "kind",  #: text_at_start, text_at_end, change, review, approval, gap, delivery, held, deed or proof
    "at",
    "until",
    "what",
    "severity",
    "direction",
    "topics",
    "state",
    "by",
    "note",
    "reference",
)


def csv_lines(report: AuditReport) -> Iterator[str]:
    """Yield a report as CSV (RFC 4180), line by line after a heading; times are ISO 8601 in UTC, no cell is a formula.

    A byte order mark at its beginning tells spreadsheets that it is UTF-8.
    """
    line = StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    for row in chain([dict(zip(COLUMNS, COLUMNS, strict=True))], rows_of(report)):
        writer.writerow([safe_cell(row.get(column)) for column in COLUMNS])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def rows_of(report: AuditReport) -> Iterator[dict[str, Any]]:
    """Yield the facts of a report, each with those columns that it fills."""
    for one in report.sources:
        head = {"source": one.source.id, "organisation": one.source.organisation}
        for row in _facts(one, report):
            yield head | row


def _facts(one: SourceAudit, report: AuditReport) -> Iterator[dict[str, Any]]:
    yield from _texts(one, report)
    yield from map(_change, one.changes)
    yield from map(_review, one.reviews)
    yield from map(_approval, one.approvals)
    yield from map(_gap, one.gaps)
    yield from (_delivery(delivery, title) for delivery, title in one.deliveries)
    yield from map(_held, one.held)
    yield from map(_deed, one.deeds)
    links = f"{counted(one.source.chain_length, 'capture')} in the hash chain"
    yield {"kind": "proof", "at": iso_seconds(report.generated_at), "what": links, "reference": one.proof}


def _texts(one: SourceAudit, report: AuditReport) -> Iterator[dict[str, Any]]:
    for kind, text, at in (("text_at_start", one.at_start, report.since), ("text_at_end", one.at_end, report.until)):
        what = "nothing had been observed" if text is None else f"version {text.number}"
        yield {"kind": kind, "at": iso_seconds(at), "what": what, "reference": text.version.text_sha256 if text else ""}


def _change(audited: AuditedChange) -> dict[str, Any]:
    change, triage = audited.change, audited.triage
    return {
        "kind": "change",
        "at": iso_seconds(change.first_seen_after),
        "what": change.summary,
        "severity": change.severity,
        "direction": change.direction,
        "topics": ", ".join(change.topics),
        "state": f"{change.state}, {triage.state if triage else 'new'}",
        "by": triage.by if triage else "",
        "note": triage.note if triage else "",
        "reference": change.id,
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "kind": "review",
        "at": iso_seconds(review.at),
        "what": f"{review.clause_class}: {review.after or review.before}",
        "direction": review.direction,
        "topics": ", ".join(review.topics or ()),
        "by": review.reviewer,
        "note": review.note,
        "reference": review.change_id,
    }


def _approval(given: AuditedApproval) -> dict[str, Any]:
    approval = given.approval
    return {
        "kind": "approval",
        "at": iso_seconds(approval.at),
        "until": approval.review_by,
        "what": f"version {given.number}",
        "by": approval.by,
        "note": approval.note,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    what = "not observed before" if gap.unfollowed else "no observation"
    return {
        "kind": "gap",
        "at": iso_seconds(gap.start),
        "until": iso_seconds(gap.end),
        "what": f"{what}: {gap.days:.1f} days",
    }


def _delivery(delivery: Delivery, title: str) -> dict[str, Any]:
    return {
        "kind": "delivery",
        "at": iso_seconds(delivery.sent_at or delivery.created_at),
        "what": title,
        "state": delivery.state,
        "by": f"{delivery.route}: {delivery.label}",
        "reference": delivery.change_id or f"notice {delivery.notice_id}",
    }


def _held(held: HeldText) -> dict[str, Any]:
    span = {"at": iso_seconds(held.first_seen_at), "until": iso_seconds(held.last_seen_at)}
    what = f"{held.reason}: {held.detail}"
    return {"kind": "held", **span, "what": what, "state": held.state, "reference": held.text_sha256}


def _deed(deed: TrailEntry) -> dict[str, Any]:
    return {
        "kind": "deed",
        "at": iso_seconds(deed.at),
        "what": deed.action,
        "by": deed.actor,
        "note": json.dumps(deed.detail, ensure_ascii=False, sort_keys=True),
        "reference": deed.subject,
    }
