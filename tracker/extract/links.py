"""The links of a page: where they lead, what they say, and where on the page they stand."""

import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from lxml import etree

from tracker.extract.decoding import decode
from tracker.extract.html import parse
from tracker.hosts import is_public_address

#: Links read of one page, from its end backwards: footers come last, and link farms have no end.
MOST_LINKS = 2_000
_LONGEST_ADDRESS = 1_000
_TEXT = 120  #: characters of what a link says

_FOOT = re.compile(r"(^|[\s_-])(site-?)?foot(er)?([\s_-]|$)", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page."""

    url: str  #: absolute, without a fragment
    text: str = ""
    rel: frozenset[str] = frozenset()
    in_footer: bool = False


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """What a page says of itself and where it leads."""

    links: tuple[Link, ...]
    language: str = ""  #: as declared, without a region
    site_name: str = ""


def read_links(body: bytes, url: str, charset: str | None = None) -> LinkedPage:
    """Return the links of an HTML page found at an address; of what is no web address nothing is kept.

    Raises:
        ExtractionError: the page cannot be parsed.

    """
    root = parse(decode(body, charset, html=True))
    base = _base(root, url)
    found: list[Link] = []
    anchors = [element for element in root.iter("a", "link", "area") if element.get("href")]
    for element in anchors[: -MOST_LINKS - 1 : -1]:
        link = _link(element, base)
        if link is not None:
            found.append(link)
    language = (root.get("lang") or "").partition("-")[0].strip().lower()
    name = root.find(".//meta[@property='og:site_name']")
    site_name = _BLANKS.sub(" ", (name.get("content") or "") if name is not None else "").strip()[:_TEXT]
    return LinkedPage(tuple(reversed(found)), language, site_name)


def _base(root: etree._Element, url: str) -> str:
    element = root.find(".//base[@href]")
    return _joined(url, element.get("href") or "") if element is not None else url


def _link(element: etree._Element, base: str) -> Link | None:
    rel = frozenset((element.get("rel") or "").lower().split())
    if element.tag == "link" and not rel & {"privacy-policy", "terms-of-service"}:
        return None
    url = urldefrag(_joined(base, element.get("href") or ""))[0]
    if not is_public_address(url) or len(url) > _LONGEST_ADDRESS:
        return None
    return Link(url, _said(element), rel, _in_footer(element))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, _BLANKS.sub("", href.strip()[: _LONGEST_ADDRESS + 1]))
    except ValueError:
        return ""


def _said(element: etree._Element) -> str:
    """Return the words of a link, or those that stand for its picture."""
    pictures = (image.get("alt") or "" for image in element.iter("img"))
    told = ("".join(map(str, element.itertext())), element.get("aria-label"), element.get("title"), *pictures)
    return next((text for text in (_BLANKS.sub(" ", one or "").strip() for one in told) if text), "")[:_TEXT]


def _in_footer(element: etree._Element) -> bool:
    return any(
        above.tag == "footer"
        or (above.get("role") or "").lower() == "contentinfo"
        or _FOOT.search(f"{above.get('class') or ''} {above.get('id') or ''}")
        for above in element.iterancestors()
        if isinstance(above.tag, str)
    )
