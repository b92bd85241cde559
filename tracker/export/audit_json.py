"""The audit report as plain data, in JSON."""

import json
from collections.abc import Iterator
from textwrap import indent
from typing import Any

from tracker.history.audit import AuditedApproval, AuditedChange, AuditReport, Gap, SourceAudit, TextInForce
from tracker.moments import iso_seconds
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.people_tables import Review, TrailEntry
from tracker.store.schema.tables import Delivery


def json_pieces(report: AuditReport) -> Iterator[str]:
    """Yield a report as one JSON object, source by source."""
    head = {
        "title": report.title,
        "since": iso_seconds(report.since),
        "until": iso_seconds(report.until),
        "generated_at": iso_seconds(report.generated_at),
        "gap_days": report.gap_days,
    }
    # The object is left open for the list of sources, its last member.
    yield _json(head).removesuffix("\n}") + ',\n  "sources": ['
    for number, one in enumerate(report.sources):
        yield (",\n" if number else "\n") + indent(_json(_source(one)), "    ")
    yield "\n  ]\n}\n" if len(report.sources) else "]\n}\n"


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _source(one: SourceAudit) -> dict[str, Any]:
    row = one.source
    return {
        "source": row.id,
        "name": row.name,
        "organisation": row.organisation,
        "document_type": row.document_type,
        "url": row.url,
        "text_at_start": _text(one.at_start),
        "text_at_end": _text(one.at_end),
        "observations": one.observations,
        "changes": [_change(audited) for audited in one.changes],
        "reviews": [_review(review) for review in one.reviews],
        "approvals": [_approval(given) for given in one.approvals],
        "gaps": [_gap(gap) for gap in one.gaps],
        "deliveries": [_delivery(delivery, title) for delivery, title in one.deliveries],
        "held": [_held(held) for held in one.held],
        "deeds": [_deed(deed) for deed in one.deeds],
        "proof": {"captures": row.chain_length, "chain_head": one.proof},
    }


def _text(text: TextInForce | None) -> dict[str, Any] | None:
    if text is None:
        return None
    return {
        "version": text.number,
        "first_seen": iso_seconds(text.first_seen),
        "stated_date": text.version.stated_date,
        "words": text.version.words,
        "text_sha256": text.version.text_sha256,
    }


def _change(audited: AuditedChange) -> dict[str, Any]:
    return {
        "id": audited.change.id,
        "version_before": audited.before,
        "version_after": audited.after,
        "last_seen_before": iso_seconds(audited.change.last_seen_before),
        "first_seen_after": iso_seconds(audited.change.first_seen_after),
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


def _review(review: Review) -> dict[str, Any]:
    return {
        "at": iso_seconds(review.at),
        "change": review.change_id,
        "class": review.clause_class,
        "topics": review.topics,
        "direction": review.direction,
        "reviewer": review.reviewer,
        "note": review.note,
        "before": review.before,
        "after": review.after,
    }


def _approval(given: AuditedApproval) -> dict[str, Any]:
    return {
        "at": iso_seconds(given.approval.at),
        "version": given.number,
        "by": given.approval.by,
        "note": given.approval.note,
        "review_by": given.approval.review_by,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "start": iso_seconds(gap.start),
        "end": iso_seconds(gap.end),
        "days": round(gap.days, 2),
        "unfollowed": gap.unfollowed,
    }


def _delivery(delivery: Delivery, title: str) -> dict[str, Any]:
    return {
        "created_at": iso_seconds(delivery.created_at),
        "sent_at": iso_seconds(delivery.sent_at) if delivery.sent_at else None,
        "state": delivery.state,
        "route": delivery.route,
        "destination": delivery.label,
        "change": delivery.change_id,
        "notice": delivery.notice_id,
        "title": title,
    }


def _held(held: HeldText) -> dict[str, Any]:
    return {
        "first_seen_at": iso_seconds(held.first_seen_at),
        "last_seen_at": iso_seconds(held.last_seen_at),
        "reason": held.reason,
        "detail": held.detail,
        "state": held.state,
    }


def _deed(deed: TrailEntry) -> dict[str, Any]:
    return {
        "at": iso_seconds(deed.at),
        "actor": deed.actor,
        "action": deed.action,
        "subject": deed.subject,
        "detail": deed.detail,
        "chain_hash": deed.chain_hash,
    }
