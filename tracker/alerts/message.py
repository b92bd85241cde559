"""What an alert says, before it takes the shape of a mail, a Slack post or a webhook."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from tracker.alerts.notices import COVERAGE, NoticeMessage
from tracker.alerts.subscriptions import CONFIRM_SPAN, Purpose, in_words, link
from tracker.alerts.wording import line, timing_in_words
from tracker.compare.model import ClauseChange, Verdict, When
from tracker.compare.reasons import sentences_of, told_once
from tracker.settings import Settings
from tracker.store.people.subscriptions import subscription
from tracker.store.schema.tables import Change, Notice, SourceRow, Version
from tracker.words import ChangeKind, ClauseClass, Direction, Flag, Severity

#: Clauses a message quotes; what is beyond is counted and found under the link.
MOST_CLAUSES = 12

SUBJECT_LENGTH = 160
NAME_LENGTH = 80
#: Sources named of those that share a change.
MOST_NAMED = 20
SENTENCE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class ClauseNote:
    """One clause change as a message tells it."""

    kind: ChangeKind
    severity: Severity
    direction: Direction
    topics: tuple[str, ...]
    sentence: str  #: what changed, from the reasons of the verdict
    heading: str  #: the same as far as no clause before says it, with the number of clauses it holds for; may be blank
    section: str
    before: str  #: whole, as displayed; empty where the clause is new
    after: str  #: whole; empty where the clause is gone


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another source that shows the same change."""

    change_id: str
    source_id: str
    source_name: str


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """Everything a message may say about one change. Texts are plain and hostile: every renderer escapes them."""

    change_id: str
    source_id: str
    source_name: str
    organisation: str
    document_type: str
    page_url: str
    tags: tuple[str, ...]
    severity: Severity
    direction: Direction
    topics: tuple[str, ...]
    flags: tuple[Flag, ...]
    summary: str
    notes: tuple[str, ...]  #: reasons about the whole document
    clauses: tuple[ClauseNote, ...]  #: weightiest first
    more: int  #: material clause changes beyond these
    last_seen_before: datetime
    first_seen_after: datetime
    stated_before: str | None
    stated_after: str | None
    effective_after: str | None
    effective: When | None  #: when the change takes effect, where its text says so
    objection: When | None  #: until when one may object to it
    rules_version: str
    read_more: str | None  #: address of the change on the web pages, where they can be reached
    command: str  #: shows the change
    time_zone: str
    pair: tuple[str, str] = ("", "")  #: hashes of the texts before and after: equal where sources share one document
    also: tuple["AlsoIn", ...] = ()  #: other sources whose text changed in the very same way

    @property
    def timing(self) -> str:
        """Return when it takes effect and until when one may object; blank where the text does not say."""
        return timing_in_words(self.effective, self.objection, ahead=Flag.ANNOUNCED in self.flags)

    @property
    def headline(self) -> str:
        """Return source and what changed in one line."""
        others = f" and {len(self.also)} more" if self.also else ""
        return line(f"{line(self.source_name, NAME_LENGTH)}{others}: {self.summary}", SUBJECT_LENGTH)

    @property
    def also_in(self) -> str:
        """Return the names of the other sources that changed alike; blank where there are none."""
        named = [line(one.source_name, NAME_LENGTH) for one in self.also[:MOST_NAMED]]
        more = len(self.also) - len(named)
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Digest:
    """Several changes in one message, grouped by source, the weightiest first; then notices."""

    title: str
    messages: tuple[AlertMessage, ...]
    notices: tuple[NoticeMessage, ...] = ()

    @property
    def sources(self) -> int:
        """Return the number of sources that changed."""
        return len({one for message in self.messages for one in _sources(message)})

    @property
    def changes(self) -> int:
        """Return the number of changes; one that several sources share counts for each."""
        return len(self.messages) + sum(len(message.also) for message in self.messages)

    @property
    def quiet(self) -> bool:
        """Return whether it says no more than that nothing happened."""
        return not self.messages and all(notice.kind == COVERAGE for notice in self.notices)

    @property
    def severity(self) -> Severity:
        """Return the severity of the weightiest change or notice."""
        found = [*(one.severity for one in self.messages), *(one.severity for one in self.notices)]
        return max(found, key=lambda severity: severity.rank)


@dataclass(frozen=True, slots=True)
class TestMessage:
    """Says that a route works, and cannot be mistaken for an alert."""

    __test__ = False  # pytest: no test case, whatever the name says

    route: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmMessage:
    """Asks whoever reads the mails of an address whether they want what was asked for in their name."""

    lines: tuple[str, ...]  #: what would be sent
    link: str  #: shows the button
    until: datetime  #: the link holds
    time_zone: str


Message = AlertMessage | NoticeMessage | Digest | TestMessage | ConfirmMessage


def alert_message(session: Session, change: Change, settings: Settings) -> AlertMessage:
    """Return what there is to say about a stored change."""
    row = session.get(SourceRow, change.source_key)
    before = session.get(Version, change.before_version_id)
    after = session.get(Version, change.after_version_id)
    assert row is not None
    assert before is not None
    assert after is not None
    verdict = Verdict.from_json(change.verdict)
    told = _weightiest(verdict)
    public = settings.public_url.rstrip("/") if settings.public_url else None
    return AlertMessage(
        change_id=change.id,
        source_id=row.id,
        source_name=row.name,
        organisation=row.organisation,
        document_type=row.document_type,
        page_url=row.url,
        tags=tuple(row.tags),
        severity=verdict.severity,
        direction=verdict.direction,
        topics=tuple(topic.value for topic in verdict.topics),
        flags=verdict.flags,
        summary=line(change.summary, SENTENCE_LENGTH),
        notes=tuple(line(reason, SENTENCE_LENGTH) for reason in verdict.reasons[:5]),
        clauses=_notes(told)[:MOST_CLAUSES],
        more=max(0, len(told) - MOST_CLAUSES),
        last_seen_before=change.last_seen_before,
        first_seen_after=change.first_seen_after,
        stated_before=before.stated_date,
        stated_after=after.stated_date,
        effective_after=after.effective_date,
        effective=verdict.effective,
        objection=verdict.objection,
        rules_version=change.rules_version,
        read_more=f"{public}/changes/{change.id}" if public else None,
        command=f"tracker diff {row.id} --change {change.id}",
        time_zone=settings.time_zone,
        pair=(before.text_sha256, after.text_sha256),
    )


def confirm_message(session: Session, notice: Notice, settings: Settings) -> ConfirmMessage:
    """Return what there is to say about a subscription that is to be confirmed; blank where it has ended meanwhile."""
    ident = int(notice.key.rpartition(":")[2])
    row = subscription(session, ident)
    lines, address = (in_words(row), link(session, settings, Purpose.CONFIRM, row)) if row else ((), "")
    return ConfirmMessage(lines, address, notice.created_at + CONFIRM_SPAN, settings.time_zone)


def shared(messages: Sequence[AlertMessage]) -> AlertMessage:
    """Return messages of one change of a text that several sources share as one message."""
    first, *others = messages
    also = tuple(AlsoIn(one.change_id, one.source_id, one.source_name) for one in others)
    return replace(first, also=also)


def grouped(messages: Sequence[AlertMessage]) -> list[AlertMessage]:
    """Return messages with those of the same two texts as one, in the order of the first of each."""
    groups: list[list[AlertMessage]] = []
    for message in messages:
        # A source that changed so twice has a history of its own to tell.
        alike = (
            group
            for group in groups
            if all(message.pair)
            and group[0].pair == message.pair
            and message.source_id not in {one.source_id for one in group}
        )
        group = next(alike, None)
        if group is None:
            groups.append([message])
        else:
            group.append(message)
    return [shared(group) for group in groups]


def _sources(message: AlertMessage) -> list[str]:
    return [message.source_id, *(one.source_id for one in message.also)]


def digest_of(title: str, messages: Sequence[AlertMessage], notices: Sequence[NoticeMessage] = ()) -> Digest:
    """Return a digest: the source with the weightiest change first, within a source the weightiest change first.

    One change of a text that several sources share stands there once. Notices follow the changes, the weightiest first.
    """
    messages = grouped(messages)
    weight: dict[str, int] = {}
    for message in messages:
        weight[message.source_id] = max(weight.get(message.source_id, 0), message.severity.rank)

    def place(message: AlertMessage) -> tuple[int, str, str, int, datetime]:
        rank = message.severity.rank
        return -weight[message.source_id], message.source_name, message.source_id, -rank, message.first_seen_after

    told = sorted(notices, key=lambda notice: (-notice.severity.rank, notice.notice_id))
    return Digest(title, tuple(sorted(messages, key=place)), tuple(told))


def _weightiest(verdict: Verdict) -> tuple[ClauseChange, ...]:
    """Return the material clause changes; where an alert has none (a review), what is more than noise."""
    material = verdict.material()
    if material:
        return material
    rest = [
        change for change in verdict.changes if change.judgement.cls not in {ClauseClass.NOISE, ClauseClass.COSMETIC}
    ]
    return tuple(sorted(rest or verdict.changes, key=lambda change: -change.judgement.severity.rank))


def _notes(changes: Sequence[ClauseChange]) -> tuple[ClauseNote, ...]:
    """Return notes on clause changes; those of which the same is said stand together, and it is said once."""
    found = []
    for group in told_once([sentences_of(change) for change in changes]):
        heading = " ".join(map(_sentence, group.said)) or f"A clause was {changes[group.members[0]].kind.value}."
        for place, member in enumerate(group.members):
            found.append(_note(changes[member], "" if place else line(heading, SENTENCE_LENGTH)))
    return tuple(found)


def _note(change: ClauseChange, heading: str) -> ClauseNote:
    judgement = change.judgement
    sentences = " ".join(map(_sentence, sentences_of(change)))
    return ClauseNote(
        kind=change.kind,
        severity=judgement.severity,
        direction=judgement.direction,
        topics=tuple(topic.value for topic in judgement.topics),
        sentence=line(sentences or f"A clause was {change.kind.value}.", SENTENCE_LENGTH),
        heading=heading,
        section=line(change.section, NAME_LENGTH),
        before=change.before,
        after=change.after,
    )


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if not stripped or stripped[-1] in ".!?" else f"{stripped}."
