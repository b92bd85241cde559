"""Changes as an Atom feed (RFC 4287), read page by page (RFC 5005)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree
from markupsafe import Markup

from tracker import __version__
from tracker.compare.model import Verdict
from tracker.compare.reasons import sentences_of
from tracker.hosts import host_of
from tracker.store.history.history import ChangeEntry
from tracker.web.parts import Links
from tracker.web.redline import inline
from tracker.web.rendering import words_of

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA = "application/atom+xml"

#: Material clause changes shown of a change; the page of the change has all.
MOST_CLAUSES = 20

#: Characters of a clause on either side that are shown.
LONGEST_CLAUSE = 5_000

#: Who names the entries where nobody said where the pages are; a name that can belong to nobody.
NOBODY = "tracker.invalid"

#: An empty feed was last updated before anything was.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

#: What no XML document may hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed is, besides its entries."""

    name: str  #: path without the suffix: `all`, `sources/acme`
    title: str
    address: str  #: absolute, of this page of it
    first: str  #: absolute, of its first page
    next: str | None  #: absolute, of the page that follows
    site: str  #: absolute, where the pages are, without a slash at the end
    authority: str  #: host that names the entries

    @property
    def ident(self) -> str:
        """Return its name for ever."""
        return f"tag:{self.authority},2026:feed/{self.name}"


def authority_of(public_url: str | None) -> str:
    """Return the host that names entries: that of the setting, since that of a request may be any."""
    return host_of(public_url or "") or NOBODY


def updated_of(entry: ChangeEntry) -> datetime:
    """Return when there was last something new to tell of a change."""
    return max(moment for moment in (entry.change.created_at, entry.change.confirmed_at) if moment is not None)


def feed_updated(entries: Sequence[ChangeEntry]) -> datetime:
    """Return when a page of a feed last changed."""
    return max((updated_of(entry) for entry in entries), default=NEVER)


def write_feed(feed: Feed, entries: Sequence[ChangeEntry]) -> bytes:
    """Return a page of a feed as XML.

    Args:
        feed: what it is.
        entries: with their verdicts, in the order of the page.

    """
    root = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE})
    _text(root, "id", feed.ident)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed_updated(entries)))
    _link(root, "self", feed.address, MEDIA)
    _link(root, "first", feed.first, MEDIA)
    if feed.next is not None:
        _link(root, "next", feed.next, MEDIA)
    _link(root, "alternate", f"{feed.site}/changes", "text/html")
    _author(root, "tracker")
    generator = _text(root, "generator", "tracker")
    generator.set("version", __version__)
    for entry in entries:
        _entry(root, feed, entry)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def content_of(verdict: Verdict) -> Markup:
    """Return what changed materially as HTML: why, and the redline of each clause."""
    parts = []
    material = verdict.material()
    for change in material[:MOST_CLAUSES]:
        parts += [Markup("<p>{}</p>").format(sentence) for sentence in sentences_of(change)]
        if change.section:
            parts.append(Markup("<p><em>{}</em></p>").format(change.section))
        words = inline(change.before[:LONGEST_CLAUSE], change.after[:LONGEST_CLAUSE])
        parts.append(Markup("<blockquote>{}</blockquote>").format(words))
    if len(material) > MOST_CLAUSES:
        parts.append(Markup("<p>and {} more</p>").format(len(material) - MOST_CLAUSES))
    if not material:
        parts.append(Markup("<p>No clause changed in meaning.</p>"))
    return Markup("").join(parts)


def _entry(root: etree._Element, feed: Feed, entry: ChangeEntry) -> None:
    row, verdict = entry.change, Verdict.from_json(entry.change.verdict)
    node = etree.SubElement(root, f"{{{NAMESPACE}}}entry")
    _text(node, "id", f"tag:{feed.authority},2026:change/{row.id}")
    weight = f"{row.severity}, {row.direction}: " if row.alert else ""
    _text(node, "title", f"{entry.source.name}: {weight}{row.summary}")
    _text(node, "published", _moment(row.first_seen_after))
    _text(node, "updated", _moment(updated_of(entry)))
    _author(node, entry.source.organisation or entry.source.name)
    _link(node, "alternate", f"{feed.site}{Links.change(row.id)}", "text/html")
    for topic in row.topics:
        category = etree.SubElement(node, f"{{{NAMESPACE}}}category", term=topic)
        category.set("label", words_of(topic))
    sentences = [sentence for change in verdict.material()[:MOST_CLAUSES] for sentence in sentences_of(change)]
    _text(node, "summary", " ".join(dict.fromkeys(sentences)) or row.summary)
    # The writer of the XML escapes the markup once more: a feed holds HTML as text.
    _text(node, "content", str(content_of(verdict))).set("type", "html")


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    node.text = clean(text)
    return node


def _link(parent: etree._Element, rel: str, address: str, media: str) -> None:
    etree.SubElement(parent, f"{{{NAMESPACE}}}link", rel=rel, href=clean(address), type=media)


def _author(parent: etree._Element, name: str) -> None:
    author = etree.SubElement(parent, f"{{{NAMESPACE}}}author")
    _text(author, "name", name)


def clean(text: str) -> str:
    """Return text without characters that no XML document may hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
