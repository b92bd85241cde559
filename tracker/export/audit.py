"""The audit report as a table for spreadsheets, one row per fact, and as plain data."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import chain
from textwrap import indent
from typing import Any

from tracker.export.spreadsheet import safe_cell
from tracker.history.audit import AuditReport, SourceAudit, TextInForce

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


def json_pieces(report: AuditReport) -> Iterator[str]:
    """Yield a report as one JSON object, source by source."""
    head = {
        "title": report.title,
        "since": _iso(report.since),
        "until": _iso(report.until),
        "generated_at": _iso(report.generated_at),
        "gap_days": report.gap_days,
    }
    # The object is left open for the list of sources, its last member.
    yield _json(head).removesuffix("\n}") + ',\n  "sources": ['
    for number, one in enumerate(report.sources):
        yield (",\n" if number else "\n") + indent(_json(_source_json(one)), "    ")
    yield "\n  ]\n}\n" if len(report.sources) else "]\n}\n"


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _facts(one: SourceAudit, report: AuditReport) -> Iterator[dict[str, Any]]:
    for kind, text, at in (("text_at_start", one.at_start, report.since), ("text_at_end", one.at_end, report.until)):
        what = "nothing had been observed" if text is None else f"version {text.number}"
        yield {"kind": kind, "at": _iso(at), "what": what, "reference": text.version.text_sha256 if text else ""}
    for audited in one.changes:
        change, triage = audited.change, audited.triage
        yield {
            "kind": "change",
            "at": _iso(change.first_seen_after),
            "what": change.summary,
            "severity": change.severity,
            "direction": change.direction,
            "topics": ", ".join(change.topics),
            "state": f"{change.state}, {triage.state if triage else 'new'}",
            "by": triage.by if triage else "",
            "note": triage.note if triage else "",
            "reference": change.id,
        }
    for review in one.reviews:
        yield {
            "kind": "review",
            "at": _iso(review.at),
            "what": f"{review.clause_class}: {review.after or review.before}",
            "direction": review.direction,
            "topics": ", ".join(review.topics or ()),
            "by": review.reviewer,
            "note": review.note,
            "reference": review.change_id,
        }
    for given in one.approvals:
        approval = given.approval
        yield {
            "kind": "approval",
            "at": _iso(approval.at),
            "until": approval.review_by,
            "what": f"version {given.number}",
            "by": approval.by,
            "note": approval.note,
        }
    for gap in one.gaps:
        what = "not observed before" if gap.unfollowed else "no observation"
        yield {"kind": "gap", "at": _iso(gap.start), "until": _iso(gap.end), "what": f"{what}: {gap.days:.1f} days"}
    for delivery, title in one.deliveries:
        yield {
            "kind": "delivery",
            "at": _iso(delivery.sent_at or delivery.created_at),
            "what": title,
            "state": delivery.state,
            "by": f"{delivery.route}: {delivery.label}",
            "reference": delivery.change_id or f"notice {delivery.notice_id}",
        }
    for held in one.held:
        span = {"at": _iso(held.first_seen_at), "until": _iso(held.last_seen_at)}
        what = f"{held.reason}: {held.detail}"
        yield {"kind": "held", **span, "what": what, "state": held.state, "reference": held.text_sha256}
    for deed in one.deeds:
        yield {
            "kind": "deed",
            "at": _iso(deed.at),
            "what": deed.action,
            "by": deed.actor,
            "note": json.dumps(deed.detail, ensure_ascii=False, sort_keys=True),
            "reference": deed.subject,
        }
    links = f"{one.source.chain_length} captures in the hash chain"
    yield {"kind": "proof", "at": _iso(report.generated_at), "what": links, "reference": one.proof}


def _source_json(one: SourceAudit) -> dict[str, Any]:
    row = one.source
    return {
        "source": row.id,
        "name": row.name,
        "organisation": row.organisation,
        "document_type": row.document_type,
        "url": row.url,
        "text_at_start": _text_json(one.at_start),
        "text_at_end": _text_json(one.at_end),
        "observations": one.observations,
        "changes": [
            {
                "id": audited.change.id,
                "version_before": audited.before,
                "version_after": audited.after,
                "last_seen_before": _iso(audited.change.last_seen_before),
                "first_seen_after": _iso(audited.change.first_seen_after),
                "state": audited.change.state,
                "alert": audited.change.alert,
                "severity": audited.change.severity,
                "direction": audited.change.direction,
                "topics": audited.change.topics,
                "flags": audited.change.flags,
                "summary": audited.change.summary,
                "triage": audited.triage.state if audited.triage else "new",
                "assignee": audited.triage.assignee if audited.triage else "",
                "clauses_reviewed": len(audited.reviewed),
            }
            for audited in one.changes
        ],
        "reviews": [
            {
                "at": _iso(review.at),
                "change": review.change_id,
                "class": review.clause_class,
                "topics": review.topics,
                "direction": review.direction,
                "reviewer": review.reviewer,
                "note": review.note,
                "before": review.before,
                "after": review.after,
            }
            for review in one.reviews
        ],
        "approvals": [
            {
                "at": _iso(given.approval.at),
                "version": given.number,
                "by": given.approval.by,
                "note": given.approval.note,
                "review_by": given.approval.review_by,
            }
            for given in one.approvals
        ],
        "gaps": [
            {"start": _iso(gap.start), "end": _iso(gap.end), "days": round(gap.days, 2), "unfollowed": gap.unfollowed}
            for gap in one.gaps
        ],
        "deliveries": [
            {
                "created_at": _iso(delivery.created_at),
                "sent_at": _iso(delivery.sent_at) if delivery.sent_at else None,
                "state": delivery.state,
                "route": delivery.route,
                "destination": delivery.label,
                "change": delivery.change_id,
                "notice": delivery.notice_id,
                "title": title,
            }
            for delivery, title in one.deliveries
        ],
        "held": [
            {
                "first_seen_at": _iso(held.first_seen_at),
                "last_seen_at": _iso(held.last_seen_at),
                "reason": held.reason,
                "detail": held.detail,
                "state": held.state,
            }
            for held in one.held
        ],
        "deeds": [
            {
                "at": _iso(deed.at),
                "actor": deed.actor,
                "action": deed.action,
                "subject": deed.subject,
                "detail": deed.detail,
                "chain_hash": deed.chain_hash,
            }
            for deed in one.deeds
        ],
        "proof": {"captures": row.chain_length, "chain_head": one.proof},
    }


def _text_json(text: TextInForce | None) -> dict[str, Any] | None:
    if text is None:
        return None
    return {
        "version": text.number,
        "first_seen": _iso(text.first_seen),
        "stated_date": text.version.stated_date,
        "words": text.version.words,
        "text_sha256": text.version.text_sha256,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
