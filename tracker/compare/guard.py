"""Is this the policy at all? Pure tests of a text before it becomes a version."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from statistics import median
from urllib.parse import urlsplit

from tracker.compare.language import UNDETERMINED, main_language
from tracker.compare.model import Document

_SHORT = 200  #: words; a longer text that mentions a log-in is no log-in page
_SHRANK, _GREW = 0.4, 2.5  #: of the median length of the recent texts
_KNOWN_SHARE = 0.02  #: of clauses known from before, below which it is another document
_ENOUGH = 20  #: clauses from which that share says something


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a text is held instead of judged."""

    reason: str  #: stable name, such as "login" or "shrank"
    detail: str


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Sequence[str]]:
    text = resources.files("tracker.lexicon").joinpath("not_policy.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _no_policy(text: str, title: str, words: int) -> Suspicion | None:
    if words >= _SHORT:
        return None
    said = f"{title} {text}".lower().replace("’", "'")
    for reason, phrases in _phrases().items():
        for phrase in phrases:
            if phrase in said:
                return Suspicion(reason, f"a text of {words} words says “{phrase}”")
    return None


def _other_size(words: int, recent_words: Sequence[int]) -> Suspicion | None:
    usual = median(recent_words) if recent_words else 0
    if not usual:
        return None
    if words < _SHRANK * usual:
        return Suspicion("shrank", f"{words} words, usually about {usual:.0f}")
    if words > _GREW * usual:
        return Suspicion("grew", f"{words} words, usually about {usual:.0f}")
    return None


def _redirected(asked_url: str, final_url: str) -> Suspicion | None:
    if not asked_url or not final_url:
        return None
    asked, final = urlsplit(asked_url), urlsplit(final_url)
    hosts = [(parts.hostname or "").removeprefix("www.") for parts in (asked, final)]
    if hosts[0] != hosts[1]:
        return Suspicion("other_host", f"led from {hosts[0]} to {hosts[1]}")
    if asked.path.strip("/") and not final.path.strip("/"):
        return Suspicion("home_page", "led to the home page")
    return None


def guard(
    after: Document,
    *,
    title: str = "",
    before: Document | None = None,
    recent_words: Sequence[int] = (),
    language: str | None = None,
    asked_url: str = "",
    final_url: str = "",
) -> Suspicion | None:
    """Return why a text may not be the policy, None where nothing speaks against it.

    `recent_words` are the lengths of the last good texts, `language` the expected ISO 639-1 code.
    """
    text, words = " ".join(clause.text for clause in after.clauses), after.words
    found = _no_policy(text, title, words) or _redirected(asked_url, final_url) or _other_size(words, recent_words)
    if found:
        return found
    spoken = main_language((clause.language, len(clause.text.split())) for clause in after.clauses)
    if language and spoken not in {UNDETERMINED, language.split("-")[0].lower()}:
        return Suspicion("other_language", f"the text is in {spoken}, not in {language}")
    if before and min(len(before.clauses), len(after.clauses)) >= _ENOUGH:
        known = {clause.key for clause in before.clauses}
        share = sum(clause.key in known for clause in after.clauses) / len(after.clauses)
        if share < _KNOWN_SHARE:
            return Suspicion("other_document", f"{share:.0%} of its clauses are known")
    return None
