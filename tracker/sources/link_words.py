"""Tells links to policies from other links, by their words and addresses in ten languages."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

from tracker.extract.links import Link

#: How sure each sign alone is.
_REL = 0.9
_SAYS, _SAYS_TOO, _MENTIONS = 0.8, 0.6, 0.25  #: nothing else, among a few words, within a sentence
_NAMED, _NAMED_TOO, _FOLDER = 0.6, 0.4, 0.25  #: the last part of the address, a part of it, a folder
_FOOTER = 0.3
_NO_DOCUMENT, _ABOUT = 0.15, 0.3  #: what is left of a link to settings, or to a text about policies

_FEW_WORDS = 6
_ENDING = re.compile(r"\.(html?|php|aspx?|jsp|md|txt|pdf)$")
_FILE = re.compile(r"\.(jpe?g|png|gif|svg|webp|ico|css|js|json|zip|gz|mp[34]|webm|exe|dmg|docx?|xlsx?)$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_EDGES = " \t\n.:;,!?›»>→–—-|*()[]\"“”'"


@dataclass(frozen=True, slots=True)
class Sign:
    """What speaks for a link being one to a policy."""

    type: str  #: of document
    confidence: float  #: from 0 to 1
    reasons: tuple[str, ...]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("tracker.lexicon").joinpath("policy_links.toml").read_text(encoding="utf-8"))


@cache
def _by(kind: str) -> tuple[tuple[str, str], ...]:
    """Return (words, type of document) of all `texts` or `slugs`, the longest first."""
    found = ((words, name) for name, told in _words()["documents"].items() for words in told[kind])
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


def usual_paths(language: str) -> tuple[str, ...]:
    """Return the paths at which sites of a language keep their documents, English ones where it is not known."""
    return tuple(_words()["usual_paths"].get(language, _words()["usual_paths"]["en"]))


def archive_stems() -> tuple[str, ...]:
    """Return stems of which one stands in the address of most documents."""
    return tuple(_words()["archive"]["stems"])


def sure(*signs: float) -> float:
    """Return how sure independent signs make together."""
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - sign
    return 1 - doubt


def sign_of(link: Link) -> Sign | None:
    """Return what speaks for a link being one to a policy, None where nothing does."""
    if _FILE.search(urlsplit(link.url).path):
        return None
    by_rel = next((kind for rel, kind in _words()["rel"].items() if rel in link.rel), None)
    said, said_type = _by_text(link.text)
    named, named_type = _by_address(link.url)
    found = by_rel or said_type or named_type
    if found is None:
        return None
    reasons, signs = [], []
    if by_rel:
        reasons.append("marked as such by the site")
        signs.append(_REL)
    if said_type:
        reasons.append(f"linked as “{link.text}”" + (" in the footer" if link.in_footer else ""))
        signs += [said, _FOOTER] if link.in_footer else [said]
    if named_type == found:
        reasons.append("its address says so")
        signs.append(named)
    confidence = sure(*signs)
    text = folded(link.text)
    if any(words in text for words in _words()["not_documents"]):
        return Sign(
            found, confidence * _NO_DOCUMENT, (*reasons, "but speaks of something else than a document in force")
        )
    if not set(_parts(link.url)[:-1]).isdisjoint(_words()["not_folders"]):
        return Sign(found, confidence * _ABOUT, (*reasons, "but stands among other texts"))
    return Sign(found, confidence, tuple(reasons))


def is_hub(link: Link) -> bool:
    """Return whether a link leads to a page from which the documents of a site are linked."""
    hubs: Mapping[str, Any] = _words()["hubs"]
    return folded(link.text) in hubs["texts"] or (_parts(link.url) or ("",))[-1] in hubs["slugs"]


def type_said(title: str) -> str | None:
    """Return the type of document that a title or heading names, None where it names none."""
    return _by_text(title)[1]


def folded(text: str) -> str:
    """Return text for comparing: lower case, straight quotes, nothing around the words."""
    return " ".join(text.casefold().replace("’", "'").replace("&amp;", "&").split()).strip(_EDGES)


def _by_text(text: str) -> tuple[float, str | None]:
    said = folded(text)
    words = len(said.split())
    for phrase, kind in _by("texts"):
        if said == phrase:
            return _SAYS, kind
        if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", said):
            # A short word says little within others: "terms" in "in terms of speed".
            few = words <= _FEW_WORDS and len(phrase) > 3
            return (_SAYS_TOO if few else _MENTIONS), kind
    return 0.0, None


def _by_address(url: str) -> tuple[float, str | None]:
    parts = _parts(url)
    last = parts[-1] if parts else ""
    for slug, kind in _by("slugs"):
        if last == slug:
            return _NAMED, kind
    for slug, kind in _by("slugs"):
        if f"-{slug}-" in f"-{last}-":
            return _NAMED_TOO, kind
    for slug, kind in _by("slugs"):
        if slug in parts[:-1]:
            return _FOLDER, kind
    return 0.0, None


def _parts(url: str) -> tuple[str, ...]:
    """Return the parts of an address's path as slugs: lower case, without accents and ending."""
    path = unicodedata.normalize("NFKD", unquote(urlsplit(url).path)).encode("ascii", "ignore").decode().lower()
    slugs = (_SEPARATORS.sub("-", _ENDING.sub("", part)).strip("-") for part in path.split("/"))
    return tuple(slug for slug in slugs if slug)
