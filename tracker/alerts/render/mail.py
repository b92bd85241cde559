"""Mail: HTML with inline styles, from which its plain text alternative is made word for word."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ClauseNote, ConfirmMessage, Digest, Message, TestMessage
from tracker.alerts.notices import COVERAGE, NoticeMessage
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.plain import plain_text
from tracker.alerts.render.templates import MAIL, SUBJECT, TEXT, Templates
from tracker.alerts.wording import DIRECTIONS, FLAGS, Pieces, line, sides, topics_in_words
from tracker.counting import counted
from tracker.words import Severity

#: Characters of one quote; mail programs cut what is longer than about 100 kB in all.
QUOTE_LENGTH = 1_200
#: In a digest, where many changes share one mail.
DIGEST_QUOTE_LENGTH = 300
DIGEST_CLAUSES = 3

#: The words by which templates and programs tell messages apart.
_KINDS: dict[type, str] = {
    AlertMessage: "change",
    NoticeMessage: "notice",
    Digest: "digest",
    TestMessage: "test",
    ConfirmMessage: "confirm",
}


def subject_of(message: Message) -> str:
    """Return the subject line of a message: one line of printable characters."""
    if isinstance(message, TestMessage):
        return line(f"[test] tracker: route {message.route} works", 160)
    if isinstance(message, ConfirmMessage):
        return "Please confirm your subscription to policy alerts"
    if isinstance(message, Digest):
        if message.quiet:
            said = message.notices[0].headline if message.notices else ""
            quiet = "" if message.severity.rank > Severity.LOW.rank else "all quiet, "
            return line(f"[{message.severity.value}] {message.title}: {quiet}{said}", 200)
        changes, sources = message.changes, message.sources
        notices = sum(notice.kind != COVERAGE for notice in message.notices)
        told = [f"{counted(changes, 'change')} in {counted(sources, 'source')}"] if changes else []
        told += [counted(notices, "notice")] if notices else []
        return line(f"[{message.severity.value}] {message.title}: {' and '.join(told)}", 200)
    return f"[{message.severity.value}] {message.headline}"


def render_mail(message: Message, templates: Templates, unsubscribe: str = "") -> Rendered:
    """Return a message as a mail; `unsubscribe` is the web address that ends the subscription it is sent for."""
    subject = subject_by(message, templates)
    values = values_of(message, subject, unsubscribe)
    html = templates.own_or_none(MAIL, values) or templates.shipped(MAIL, values)
    return Rendered(Channel.MAIL, subject, html, text=plain_text(html))


def render_text(message: Message, templates: Templates) -> Rendered:
    """Return a message as plain text, for services that take nothing else."""
    subject = subject_by(message, templates)
    values = values_of(message, subject)
    return Rendered(
        Channel.OTHER, subject, templates.own_or_none(TEXT, values) or plain_text(templates.shipped(MAIL, values))
    )


def subject_by(message: Message, templates: Templates) -> str:
    """Return the subject line of a message, as the user's own template has it where there is one."""
    subject = subject_of(message)
    own = templates.own_or_none(SUBJECT, values_of(message, subject))
    return line(own, 200) if own else subject


def values_of(message: Message, subject: str, unsubscribe: str = "") -> dict[str, Any]:
    """Return what templates see: the message, and functions that put it into words."""
    digest = message if isinstance(message, Digest) else None
    return {
        "subject": subject,
        "kind": _KINDS[type(message)],
        "message": message,
        "digest": digest,
        "test": message if isinstance(message, TestMessage) else None,
        "notice": message if isinstance(message, NoticeMessage) else None,
        "confirm": message if isinstance(message, ConfirmMessage) else None,
        "unsubscribe": unsubscribe,
        "directions": DIRECTIONS,
        "flags": FLAGS,
        "topics": topics_in_words,
        "moment": moment,
        "web": is_web,
        "clauses": _few_clauses if digest else _all_clauses,
    }


def moment(at: datetime, message: AlertMessage | ConfirmMessage) -> str:
    """Return a time as readers of a message know it."""
    return f"{at.astimezone(ZoneInfo(message.time_zone)):%Y-%m-%d %H:%M %Z}"


def is_web(url: str) -> bool:
    """Return whether an address may become a link."""
    return url.startswith(("https://", "http://"))


def _all_clauses(message: AlertMessage) -> Iterator[tuple[ClauseNote, Pieces, Pieces]]:
    for clause in message.clauses:
        yield clause, *sides(clause.before, clause.after, QUOTE_LENGTH)


def _few_clauses(message: AlertMessage) -> Iterator[tuple[ClauseNote, Pieces, Pieces]]:
    for clause in [clause for clause in message.clauses if clause.heading][:DIGEST_CLAUSES]:
        yield clause, *sides(clause.before, clause.after, DIGEST_QUOTE_LENGTH)
