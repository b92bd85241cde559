"""Mail: HTML with inline styles, from which its plain text alternative is made word for word."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ClauseNote, ConfirmMessage, Digest, Message, TestMessage
from tracker.alerts.notices import NoticeMessage
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.plain import plain_text
from tracker.alerts.wording import DIRECTIONS, FLAGS, Pieces, line, sides, topics_in_words

#: Characters of one quote; mail programs cut what is longer than about 100 kB in all.
QUOTE_LENGTH = 1_200
#: In a digest, where many changes share one mail.
DIGEST_QUOTE_LENGTH = 300
DIGEST_CLAUSES = 3


def subject_of(message: Message) -> str:
    """Return the subject line of a message: one line of printable characters."""
    if isinstance(message, TestMessage):
        return line(f"[test] tracker: route {message.route} works", 160)
    if isinstance(message, ConfirmMessage):
        return "Please confirm your subscription to policy alerts"
    if isinstance(message, Digest):
        changes, sources, notices = len(message.messages), message.sources, len(message.notices)
        told = [f"{_count(changes, 'change')} in {_count(sources, 'source')}"] if changes else []
        told += [_count(notices, "notice")] if notices else []
        return line(f"[{message.severity.value}] {message.title}: {' and '.join(told)}", 200)
    return f"[{message.severity.value}] {message.headline}"


def render_mail(message: Message, unsubscribe: str = "") -> Rendered:
    """Return a message as a mail; `unsubscribe` is the web address that ends the subscription it is sent for."""
    subject = subject_of(message)
    html = _html(message, subject, unsubscribe)
    return Rendered(Channel.MAIL, subject, html, text=plain_text(html))


def render_text(message: Message) -> Rendered:
    """Return a message as plain text, for services that take nothing else."""
    subject = subject_of(message)
    return Rendered(Channel.OTHER, subject, plain_text(_html(message, subject, "")))


def _html(message: Message, subject: str, unsubscribe: str) -> str:
    digest = message if isinstance(message, Digest) else None
    return _template().render(
        subject=subject,
        message=message,
        digest=digest,
        test=message if isinstance(message, TestMessage) else None,
        notice=message if isinstance(message, NoticeMessage) else None,
        confirm=message if isinstance(message, ConfirmMessage) else None,
        unsubscribe=unsubscribe,
        directions=DIRECTIONS,
        flags=FLAGS,
        topics=topics_in_words,
        moment=moment,
        web=is_web,
        clauses=_few_clauses if digest else _all_clauses,
    )


def moment(at: datetime, message: AlertMessage | ConfirmMessage) -> str:
    """Return a time as readers of a message know it."""
    return f"{at.astimezone(ZoneInfo(message.time_zone)):%Y-%m-%d %H:%M %Z}"


def is_web(url: str) -> bool:
    """Return whether an address may become a link."""
    return url.startswith(("https://", "http://"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _all_clauses(message: AlertMessage) -> Iterator[tuple[ClauseNote, Pieces, Pieces]]:
    for clause in message.clauses:
        yield clause, *sides(clause.before, clause.after, QUOTE_LENGTH)


def _few_clauses(message: AlertMessage) -> Iterator[tuple[ClauseNote, Pieces, Pieces]]:
    for clause in [clause for clause in message.clauses if clause.heading][:DIGEST_CLAUSES]:
        yield clause, *sides(clause.before, clause.after, DIGEST_QUOTE_LENGTH)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tracker.alerts.render", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html.jinja")
