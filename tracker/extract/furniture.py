"""Lines of a page that are not the document: skip links, menus, footers; words in `lexicon/page_furniture.toml`."""

import re

from tracker.compare.vocabulary.lexicons import active, cached

_EDGES = " \t.:!>»›→↑|-"
_NUMBERED = re.compile(r"[\d@]")


@cached(8)
def _words(name: str) -> frozenset[str]:
    return frozenset(active().table("page_furniture.toml")[name])


def consent_ids() -> frozenset[str]:
    """Return the ids of the containers in which consent managers put their dialogs."""
    return _words("consent_ids")


def is_junk(text: str) -> bool:
    """Return whether a block says nothing but how to move about in the page."""
    return len(text) < 48 and text.lower().strip(_EDGES) in _words("junk")


def is_contents_label(text: str) -> bool:
    """Return whether a line announces a table of contents."""
    return " ".join(text.lower().split()).strip(_EDGES) in _words("contents_labels")


def is_heading_anchor(text: str) -> bool:
    """Return whether a link or button inside a heading only points to that heading."""
    return " ".join(text.lower().split()).strip(_EDGES) in _words("heading_anchors") or is_junk(text)


def is_navigation(line: str) -> bool:
    """Return whether a line alone is an entry of a menu."""
    return len(line) < 48 and line.lower().strip(_EDGES) in _words("navigation")


def is_footer_menu(lines: list[str]) -> bool:
    """Return whether short lines behind the last sentence are a menu, and not an address or a closing."""
    if len(lines) < 2 or any(_NUMBERED.search(line) or line.endswith((",", ":", ";")) for line in lines):
        return False
    known = sum(1 for line in lines if not _words("footer_words").isdisjoint(re.findall(r"\w+", line.lower())))
    return known * 2 >= len(lines)
