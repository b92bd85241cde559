"""Slack: blocks within Slack's limits. What was fetched stands in plain text objects, where nothing is interpreted."""

from html import escape, unescape
from itertools import accumulate
from typing import Any

from tracker.alerts.destinations import Channel
from tracker.alerts.message import AlertMessage, ConfirmMessage, Digest, Message, TestMessage
from tracker.alerts.notices import NoticeMessage
from tracker.alerts.render.mail import is_web, moment, subject_by, values_of
from tracker.alerts.render.model import Rendered
from tracker.alerts.render.templates import SLACK, Templates
from tracker.alerts.wording import DIRECTIONS, FLAGS, line, plain, sides, topics_in_words
from tracker.counting import counted
from tracker.words import Severity

#: Slack takes 150 characters in a header, 3,000 in a section and 50 blocks.
HEADER_LENGTH = 150
SECTION_LENGTH = 2_900
MOST_BLOCKS = 50
MOST_CLAUSES = 3
MOST_CHANGES = 12
MOST_NOTICES = 8
QUOTE_LENGTH = 500

#: Stands for lines that were left out.
_REST = "\n\N{HORIZONTAL ELLIPSIS}"

COLOURS = {
    Severity.NONE: "#8c959f",
    Severity.LOW: "#8c959f",
    Severity.MEDIUM: "#d4a72c",
    Severity.HIGH: "#d1242f",
    Severity.CRITICAL: "#82071e",
}

Block = dict[str, Any]


def render_slack(message: Message, templates: Templates) -> Rendered:
    """Return a message as a Slack attachment of blocks."""
    subject = subject_by(message, templates)
    header = {"type": "header", "text": _plain(subject, HEADER_LENGTH)}
    if isinstance(message, TestMessage):
        blocks = [header, _section(f"The route {message.route} works. Nothing changed anywhere; this is only a test.")]
        severity = Severity.NONE
    elif isinstance(message, ConfirmMessage):
        blocks = [header, _section("\n".join((*message.lines, message.link)))]
        severity = Severity.NONE
    elif isinstance(message, Digest):
        blocks = [header, *_digest(message)]
        severity = message.severity
    elif isinstance(message, NoticeMessage):
        blocks = [header, *_notice(message)]
        severity = message.severity
    else:
        blocks = [header, _facts(message), *_clauses(message), _links(message)]
        severity = message.severity
    own = templates.own_or_none(SLACK, values_of(message, subject))
    if own is not None:
        blocks = [header, *(_section(part) for part in own.strip().split("\n\n") if part.strip())]
    blocks = blocks[:MOST_BLOCKS]
    attachment = {"fallback": _text(subject, HEADER_LENGTH), "color": COLOURS[severity], "blocks": blocks}
    # For workflows and other ways to Slack that take no blocks.
    text = "\n\n".join(unescape(block["text"]["text"]) for block in blocks[1:] if "text" in block)
    return Rendered(Channel.SLACK, subject, subject, attachment, text=text)


def _facts(message: AlertMessage) -> Block:
    dates = [f"old text last seen {moment(message.last_seen_before, message)}", _stated(message.stated_before)]
    dates += [f", new text first seen {moment(message.first_seen_after, message)}", _stated(message.stated_after)]
    lines = [
        f"{message.severity.value}; {DIRECTIONS[message.direction]}; {topics_in_words(message.topics)}",
        "".join(dates),
        *([f"The same change in: {message.also_in}"] if message.also else []),
        *([message.timing] if message.timing else []),
        *(FLAGS[flag] for flag in message.flags),
        *message.notes,
    ]
    return _section("\n".join(lines))


def _stated(date: str | None) -> str:
    return f" (dated {date})" if date else ""


def _clauses(message: AlertMessage) -> list[Block]:
    blocks = []
    shown = [clause for clause in message.clauses if clause.heading][:MOST_CLAUSES]
    for clause in shown:
        before, after = (plain(side) for side in sides(clause.before, clause.after, QUOTE_LENGTH))
        quotes = [f"Before: {before}"] if before else []
        quotes += [f"After: {after}"] if after else []
        what = f"{clause.heading} ({clause.severity.value}; {DIRECTIONS[clause.direction]})"
        blocks.append(_section("\n".join([what, *quotes])))
    more = message.more + len(message.clauses) - len(shown)
    return [*blocks, _section(f"and {more} more")] if more else blocks


def _digest(digest: Digest) -> list[Block]:
    blocks: list[Block] = []
    for message in digest.messages[:MOST_CHANGES]:
        about = f"{DIRECTIONS[message.direction]}; {topics_in_words(message.topics)}"
        told = [f"[{message.severity.value}] {message.headline}", about, *([message.timing] if message.timing else [])]
        blocks += [_section("\n".join(told)), _links(message)]
    more = len(digest.messages) - MOST_CHANGES
    if more > 0:
        blocks.append(_section(f"and {counted(more, 'more change')}: tracker changes"))
    for notice in digest.notices[:MOST_NOTICES]:
        blocks += _notice(notice, f"[{notice.severity.value}] {notice.headline}")
    more = len(digest.notices) - MOST_NOTICES
    return [*blocks, _section(f"and {counted(more, 'more notice')}")] if more > 0 else blocks


def _notice(notice: NoticeMessage, *head: str) -> list[Block]:
    blocks = [_section("\n".join([*head, *notice.lines]))] if head or notice.lines else []
    if notice.read_more:
        more: Block = {"type": "mrkdwn", "text": _link(notice.read_more, "Read more")}
    elif is_web(notice.page_url):
        more = {"type": "mrkdwn", "text": _link(notice.page_url, "Followed page")}
    else:
        return blocks
    return [*blocks, {"type": "context", "elements": [more]}]


def _links(message: AlertMessage) -> Block:
    if message.read_more:
        return {"type": "context", "elements": [{"type": "mrkdwn", "text": _link(message.read_more, "Read more")}]}
    page: Block = _plain(message.page_url, SECTION_LENGTH)
    if is_web(message.page_url):
        page = {"type": "mrkdwn", "text": _link(message.page_url, "Followed page")}
    return {"type": "context", "elements": [page, _plain(message.command, 500)]}


def _link(url: str, label: str) -> str:
    # Inside <...> a bar would end the address and a bracket the link.
    safe = line(url, 1_500).replace(" ", "%20").replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return f"<{safe.replace('&', '&amp;')}|{label}>"


def _section(text: str) -> Block:
    return {"type": "section", "text": _plain(text, SECTION_LENGTH, lines=True)}


def _plain(text: str, limit: int, *, lines: bool = False) -> Block:
    shown = _lines(text, limit) if lines else _text(text, limit)
    # Slack refuses a whole message for one text that is empty.
    return {"type": "plain_text", "text": shown.strip() or "\N{EN DASH}", "emoji": False}


def _lines(text: str, limit: int) -> str:
    """Return the lines of a text, escaped, as many whole ones as are within a limit; a mark stands for the rest."""
    parts = [_text(part, limit - len(_REST)) for part in text.split("\n")]
    whole = "\n".join(parts)
    if len(whole) <= limit:
        return whole
    ends = accumulate(len(part) + len("\n") for part in parts)
    kept = [part for part, end in zip(parts, ends, strict=True) if end - len("\n") <= limit - len(_REST)]
    return "\n".join(kept) + _REST


def _text(text: str, limit: int) -> str:
    """Return text on one line, with Slack's three control characters escaped, within a limit also as escaped."""
    cut = limit
    while len(shown := escape(line(text, cut), quote=False)) > limit:
        cut -= max(1, (len(shown) - limit) // 5)
    return shown
