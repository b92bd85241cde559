"""Containers of nothing but links: menus without a `nav` element, language lists, tables of contents."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from tracker.extract.furniture import is_contents_label
from tracker.extract.selecting import drop
from tracker.hosts import is_within, site_of

_CONTAINERS = frozenset({"div", "section", "ul", "ol", "menu", "p", "table", "dl"})
_SHARE = 0.85  #: of the words inside links, from which on a container holds nothing else
_MENU_LINKS, _CONTENTS_LINKS = 4, 3  #: the fewest links of a menu, of a table of contents
_SENTENCE = re.compile(r"[.!?。](?:\s|$)")
_LEAD_IN = (".", ":", ";", ",", "!", "?", "。", "：")  #: how text ends that opens a list, or a sentence


@dataclass(slots=True)
class _Count:
    """What one open container holds so far, or what all containers inside it add to it."""

    after_sentence: bool  #: the text before it ends like a sentence or a lead-in
    words: int = 0
    linked: int = 0  #: words inside links
    links: int = 0
    own: int = 0  #: links to pages of the same site
    anchors: int = 0  #: links to places in the same page
    sentence: bool = False

    def take(self, inner: "_Count") -> None:
        self.words += inner.words
        self.linked += inner.linked
        self.links += inner.links
        self.own += inner.own
        self.anchors += inner.anchors
        self.sentence |= inner.sentence

    @property
    def is_contents(self) -> bool:
        return self._only_links and self.links >= _CONTENTS_LINKS and self.anchors == self.links

    @property
    def is_menu(self) -> bool:
        # Partners and processors are listed by links too, but theirs lead to other sites.
        return self._only_links and self.links >= _MENU_LINKS and self.own >= _SHARE * self.links

    @property
    def _only_links(self) -> bool:
        return not self.sentence and self.linked >= _SHARE * self.words > 0


def drop_link_lists(root: etree._Element, url: str) -> None:
    """Take menus and tables of contents out of the tree.

    A list of links that a sentence or a lead-in opens is part of the text and stays.
    """
    host = site_of(url)
    menus: list[etree._Element] = []
    contents: list[etree._Element] = []
    protected: set[etree._Element] = set()
    open_counts = [_Count(False)]
    link_depth, led_in = 0, False

    def read(text: str | None) -> None:
        nonlocal led_in
        if not text or text.isspace():
            return
        count, words = open_counts[-1], len(text.split())
        count.words += words
        count.linked += words if link_depth else 0
        count.sentence = count.sentence or bool(_SENTENCE.search(text))
        led_in = text.rstrip().endswith(_LEAD_IN)

    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if element.tag in _CONTAINERS:
                open_counts.append(_Count(led_in))
            elif element.tag == "a" and element.get("href"):
                link_depth += 1
                _count_link(open_counts[-1], element.get("href", ""), host)
            read(element.text)
            continue
        if element.tag in _CONTAINERS:
            count = open_counts.pop()
            open_counts[-1].take(count)
            if element is root:
                continue
            if count.is_contents:
                contents.append(element)
            elif count.is_menu:
                menus.append(element)
            if count.after_sentence and (count.is_contents or count.is_menu):
                protected.add(element)
        elif element.tag == "a" and element.get("href"):
            link_depth -= 1
        if element is not root:
            read(element.tail)
    for element in contents:
        if protected.isdisjoint([element, *element.iterancestors()]):
            _drop_label(element)
            drop(element)
    for element in menus:
        if protected.isdisjoint([element, *element.iterancestors()]):
            drop(element)


def _count_link(count: _Count, href: str, host: str) -> None:
    count.links += 1
    target = href.strip()
    if target.startswith("#"):
        count.anchors += len(target) > 1
        return
    try:
        parts = urlsplit(target)
    except ValueError:
        return
    if parts.scheme in ("", "http", "https"):
        other = site_of(target)
        count.own += not other or is_within(other, host)


def _drop_label(element: etree._Element) -> None:
    """Drop the "Table of contents" that stands before a list, or before what the list alone fills."""
    before = element.getprevious()
    parent = element.getparent()
    if before is None and parent is not None and not (parent.text or "").strip():
        before = parent.getprevious()
    if before is not None and is_contents_label("".join(map(str, before.itertext()))[:200]):
        drop(before)
