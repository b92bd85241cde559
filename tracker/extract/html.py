"""HTML to blocks: parse, find the region that holds the document, walk it."""

import re
from collections.abc import Iterable

from lxml import etree

from tracker.compare.model import Block, BlockKind
from tracker.compare.text.word_count import word_count
from tracker.errors import ExtractionError
from tracker.extract.furniture import consent_ids, is_navigation
from tracker.extract.link_lists import drop_link_lists
from tracker.extract.model import Extracted, ExtractionRules
from tracker.extract.rooted import put_roots_in_place
from tracker.extract.selecting import drop, remove, select
from tracker.extract.streamed import put_in_place
from tracker.extract.walked import WalkedParts
from tracker.extract.walker import Walker, words_over
from tracker.words import FailureKind

#: Never displayed as text.
_UNREAD = (
    "script", "style", "noscript", "template", "svg", "iframe", "select", "textarea", "object", "embed", "audio",
    "video", "canvas", "datalist",
)  # fmt: skip
_ASIDE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "dialog", "alertdialog", "search", "listbox", "menu", "menubar"}
)
_REGION_WORDS = 150  #: a main region with fewer does not hold the document
_MAX_CHARACTERS = 30_000_000
_TITLE_PARTS = re.compile(r"\s+")

_walked = WalkedParts()


def read_html(text: str, rules: ExtractionRules, url: str = "") -> Extracted:
    """Return the document an HTML page holds; `url` tells its own links from others.

    Raises:
        ExtractionError: the page is empty or cannot be read whole, nothing is selected, or it is a shell for a script.

    """
    root = parse(text)
    title = _TITLE_PARTS.sub(" ", root.findtext(".//title") or "").strip()
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    put_in_place(root)
    put_roots_in_place(root)
    etree.strip_elements(root, *_UNREAD, with_tail=False)
    remove(root, rules.remove)
    if rules.select:
        parts = select(root, rules.select)
        blocks = _walked.blocks(parts, "selected", lambda: _walk(parts))
        return Extracted(blocks, title, language or None, "select")
    region, part = main_region(root)
    blocks = _walked.blocks([part], f"of {url}", lambda: _walk_region(part, url))
    return Extracted(blocks, title, language or None, region)


def _walk(parts: Iterable[etree._Element]) -> tuple[Block, ...]:
    walker = Walker()
    for part in parts:
        walker.walk(part)
    return tuple(walker.finish())


def _walk_region(part: etree._Element, url: str) -> tuple[Block, ...]:
    drop_link_lists(part, url)
    return _without_menu(_walk([part]))


def _without_menu(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Drop the entries of a menu ("Contact us") that stand above the first heading."""
    first = next((number for number, block in enumerate(blocks) if block.kind is BlockKind.HEADING), 0)
    return tuple(block for block in blocks[:first] if not is_navigation(block.text)) + blocks[first:]


def parse(text: str) -> etree._Element:
    """Return the root of a page, however broken its markup is.

    Raises:
        ExtractionError: there is no element in it, or the parser would leave a part of it out.

    """
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    if len(text) > _MAX_CHARACTERS:
        raise ExtractionError(FailureKind.UNREADABLE, "the page is too long to be read whole")
    data = text.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ExtractionError(FailureKind.UNREADABLE, f"the page is no HTML: {error}") from error
    # The parser stops without an exception where elements nest too deeply.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise ExtractionError(FailureKind.UNREADABLE, "the page is nested too deeply to be read whole")
    if root is None:
        raise ExtractionError(FailureKind.UNREADABLE, "the page is empty")
    return root


def main_region(root: etree._Element) -> tuple[str, etree._Element]:
    """Return the name and element of the page's main text; what stands around it is taken out of the tree."""
    for element in _found(root, "//*[self::nav or @role or @id]"):
        if _is_aside(element):
            drop(element)
    for name, path in (("main", "//main | //*[@role='main']"), ("article", "//article")):
        candidates = _found(root, path)
        longest = max(candidates, key=_words) if len(candidates) > 1 else next(iter(candidates), None)
        if longest is not None and words_over(longest, _REGION_WORDS - 1):
            return name, longest
    body = root.find("body")
    body = root if body is None else body
    for element in list(body.iter("header", "footer", "aside")):
        drop(element)
    return "body", body


def _found(root: etree._Element, path: str) -> list[etree._Element]:
    found = root.xpath(path)
    return found if isinstance(found, list) else []


def _is_aside(element: etree._Element) -> bool:
    return (
        element.tag == "nav"
        or (element.get("role") or "").lower() in _ASIDE_ROLES
        or element.get("id") in consent_ids()
    )


def _words(element: etree._Element) -> int:
    return sum(word_count(str(text)) for text in element.itertext())
