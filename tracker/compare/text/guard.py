"""Is this the policy at all? Pure tests of a text before it becomes a version."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from tracker.compare.model import Document
from tracker.compare.text.damage import breaks_off, is_another
from tracker.compare.text.language import UNDETERMINED, main_language
from tracker.compare.text.word_count import word_count
from tracker.compare.vocabulary.lexicons import active

_WORD = re.compile(r"[^\W\d_]+")
_TITLE_PARTS = re.compile(r"\s+[|·•–—:-]+\s+|\s*[|–—:]\s*")
_BUTTONS = 2  #: of a dialog, from which a short text is one
_TELLING = 100  #: words from which the share of policy words says something
_POLICY_SHARE = 0.012
_LEAST_KNOWN_SHARE = 0.03  #: the least in 812 real policies and terms
SHORT = 200  #: words; a longer text that mentions a log-in is no log-in page
SIZES = (0.4, 2.5)  #: of the median length of the recent texts, what a text shrank below or grew beyond
_KNOWN_SHARE = 0.02  #: of clauses known from before, below which it is another document
_SHOWN = 60  #: characters quoted of a sentence that breaks off
_ENOUGH = 20  #: clauses from which that share says something


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a text is held instead of judged."""

    reason: str  #: stable name, such as "login" or "shrank"
    detail: str


def _lexicon() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return active().table("not_policy.toml")


def speaks_of_no_policy(text: str, title: str = "", lines: Sequence[str] = ()) -> Suspicion | None:
    """Return why a page is an error, login, consent or bot page by what it says, None where it does not say so.

    The title decides at any length; the text only while it is short, since a real policy may mention a log-in too.
    `lines` are the text's own, of which some may be buttons.
    """
    return _by_title(title) or _by_phrases(text, title, lines)


def _by_title(title: str) -> Suspicion | None:
    headline = _folded(title)
    if any(stem in headline for stem in _lexicon()["documents"]["stems"]):
        return None
    parts = {headline, *(part.strip() for part in _TITLE_PARTS.split(headline))}
    for reason, titles in _lexicon()["titles"].items():
        if not parts.isdisjoint(titles):
            return Suspicion(reason, f"the page is titled “{title.strip()}”")
    return None


def _by_phrases(text: str, title: str, lines: Sequence[str]) -> Suspicion | None:
    words = len(text.split(maxsplit=SHORT))  # of a longer text no more are counted
    # Where spaces set words apart, they are counted by now.
    if words >= SHORT or (words := word_count(text)) >= SHORT:
        return None
    said = _folded(f"{title} {text}")
    for reason, phrases in _lexicon()["phrases"].items():
        for phrase in phrases:
            if phrase in said:
                return Suspicion(reason, f"a text of {words} words says “{phrase}”")
    folded = {_folded(line).strip(" .!") for line in lines}
    for reason, buttons in _lexicon()["buttons"].items():
        found = [button for button in buttons if button in folded]
        if len(found) >= _BUTTONS:
            return Suspicion(reason, f"a text of {words} words has the buttons “{found[0]}” and “{found[1]}”")
    return None


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())


def _policy_share(text: str, language: str) -> float | None:
    """Return which share of a text's words policies and terms are made of; None where that says nothing."""
    vocabulary = _lexicon()["vocabulary"].get(language)
    spoken = _WORD.findall(text.lower())
    if vocabulary is None or len(spoken) < _TELLING:
        return None
    known = frozenset(word for word in vocabulary if not word.endswith("*"))
    stems = tuple(word[:-1] for word in vocabulary if word.endswith("*"))
    told = sum(1 for word in spoken if word in known or word.startswith(stems))
    return told / len(spoken)


def _without_policy_words(text: str, language: str) -> Suspicion | None:
    """Return a suspicion where hardly a word is one that policies and terms are made of."""
    share = _policy_share(text, language)
    if share is None or share >= _POLICY_SHARE:
        return None
    return Suspicion("no_policy_words", f"{share:.1%} of its words are such as policies and terms use")


def _spoken(document: Document) -> str:
    """Return the language most of a text is in."""
    return main_language((clause.language, word_count(clause.text)) for clause in document.clauses)


def is_doubtful(document: Document) -> bool:
    """Say whether a text reads less like a policy than any known one, though not so little that it is held alone."""
    share = _policy_share(" ".join(clause.text for clause in document.clauses), _spoken(document))
    return share is None or share < _LEAST_KNOWN_SHARE


def shared_on_host(sources: int, host: str) -> Suspicion:
    """Return the suspicion that a doubtful text is a host's answer to everything."""
    return Suspicion("same_on_host", f"{sources} other sources of {host} show this very text, and it may be no policy")


def _other_size(words: int, recent_words: Sequence[int], sizes: tuple[float, float]) -> Suspicion | None:
    usual = median(recent_words) if recent_words else 0
    if not usual:
        return None
    if words < sizes[0] * usual:
        return Suspicion("shrank", f"{words} words, usually about {usual:.0f}")
    if words > sizes[1] * usual:
        return Suspicion("grew", f"{words} words, usually about {usual:.0f}")
    return None


def redirected(asked_url: str, final_url: str, usual_url: str) -> Suspicion | None:
    """Return a suspicion where a page led somewhere it did not lead to before."""
    if not asked_url or not final_url or _place(final_url) == _place(usual_url):
        return None
    asked, final = _place(asked_url), _place(final_url)
    if asked[1] and not final[1]:
        return Suspicion("home_page", "led to the home page")
    if usual_url and final[0] not in {asked[0], _place(usual_url)[0]}:
        return Suspicion("other_host", f"led to {final[0]}, until now to {_place(usual_url)[0]}")
    return None


def _place(url: str) -> tuple[str, str]:
    """Return host and path of an address, as far as they tell one place from another."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.strip("/")


def guard_alone(text: str, title: str, lines: Sequence[str], *, asked_url: str, final_url: str) -> Suspicion | None:
    """Return why a text of a history may not be the policy, by what it says itself and where it was found.

    A collection keeps each text once, so that nothing would ever prove one that was held for differing from the others.
    """
    return speaks_of_no_policy(text, title, lines) or redirected(asked_url, final_url, "")


def guard(
    after: Document,
    *,
    title: str = "",
    before: Document | None = None,
    recent_words: Sequence[int] = (),
    language: str | None = None,
    asked_url: str = "",
    final_url: str = "",
    usual_url: str = "",
    sizes: tuple[float, float] = SIZES,
) -> Suspicion | None:
    """Return why a text may not be the policy, None where nothing speaks against it.

    `recent_words` are the lengths of the last good texts, `sizes` the shares of their median that are still usual,
    `language` the expected ISO 639-1 code, `usual_url` where the
    page led the last time it was good (empty where it never was).
    """
    text, words = " ".join(clause.text for clause in after.clauses), after.words
    spoken = _spoken(after)
    found = (
        speaks_of_no_policy(text, title, [clause.text for clause in after.clauses])
        or redirected(asked_url, final_url, usual_url)
        or _other_size(words, recent_words, sizes)
        or _without_policy_words(text, spoken)
    )
    if found:
        return found
    # A text in another language than was told, once accepted, is what the source says until it flips again.
    usual = (
        {UNDETERMINED, language.split("-")[0].lower(), _spoken(before) if before else UNDETERMINED} if language else ()
    )
    if language and spoken not in usual:
        return Suspicion("other_language", f"the text is in {spoken}, not in {language}")
    ending = breaks_off(before, after) if before else None
    if ending is not None:
        return Suspicion("cut_off", f"ends within a sentence that went on before: “{ending[-_SHOWN:]}”")
    if before and is_another(before, after):
        return Suspicion("other_document", "hardly a clause is known, and it is about other subjects")
    if before and min(len(before.clauses), len(after.clauses)) >= _ENOUGH:
        known = {clause.key for clause in before.clauses}
        share = sum(clause.key in known for clause in after.clauses) / len(after.clauses)
        if share < _KNOWN_SHARE:
            return Suspicion("other_document", f"{share:.0%} of its clauses are known")
    return None
