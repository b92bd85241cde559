"""Sentences that state nothing: where more is to be read, what a word means, kind words, questions, texts broken off.

So do figures of the past, whom to ask, and what a text says of itself. Nobody may do more or less because such a
sentence came or went.
"""

import re
from dataclasses import dataclass

from tracker.compare.judging.boilerplate import boilerplate, is_title
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.sentences import SENTENCE_END
from tracker.words import ClauseClass

_SAID = ("courtesy", "about_text", "about_company", "statistic", "contact", "stamp", "illustration")
_LONGEST = 600  #: characters of such a sentence
_LETTER = re.compile(r"[^\W\d_]")
_LED = re.compile(r"^[\W_]*")
_ASIDE = r"(?:,[^,.]{3,60},| ?\([^()]{2,60}\))?"  #: "also known as pixels" between a subject and its verb
_ARTICLE = re.compile(r"^(?:a|an|the) ")
_TITLED = r"\b(?:[A-Z][\w&-]*,? (?:(?:and|of|for|&) )*)+(?:{})\b"
_CUT = re.compile(r"[A-Za-z](?:…|\.\.\.)[\"”')]*$")
_LEAST_CUT = 10  #: words of a sentence that breaks off; a shorter one may be a label
_MOST_KIND = 30  #: words of a kind sentence
_MOST_STAMPED = 8  #: words of a line that counts the days since
_TAIL = 8  #: words before the break in which a list left open would be announced


@dataclass(frozen=True, slots=True)
class Inert:
    """Why a sentence states nothing."""

    rule: str
    cls: ClauseClass
    sentence: str


_POINTER = Inert("pointer", ClauseClass.MINOR, "This only tells where more is to be read.")
_QUESTION = Inert("question", ClauseClass.COSMETIC, "A question states nothing: its answer is judged by itself.")
_EXPLANATION = Inert("explanation", ClauseClass.MINOR, "This only explains what a word means.")
_COURTESY = Inert("courtesy", ClauseClass.COSMETIC, "Kind words: this states nothing that anybody may or must do.")
_ABOUT_TEXT = Inert("about_text", ClauseClass.MINOR, "This only says how the text is laid out or is to be read.")
_ABOUT_COMPANY = Inert("about_company", ClauseClass.MINOR, "This only tells who the company is.")
_STATISTIC = Inert("statistic", ClauseClass.MINOR, "These are figures of the past: they bind nobody.")
_CONTACT = Inert("contact", ClauseClass.MINOR, "This only tells whom to write to with questions.")
_STAMP = Inert("stamp", ClauseClass.NOISE, "This only counts the days since something was shown or edited.")
_ILLUSTRATION = Inert("illustration", ClauseClass.MINOR, "This only names a case of the rule in front of it.")
_TITLE = Inert("boilerplate", ClauseClass.MINOR, "This is a title of what such texts say of themselves.")
_CUT_SHORT = Inert("cut_short", ClauseClass.NOISE, "The sentence breaks off: it opens a text that stands elsewhere.")


@dataclass(frozen=True, slots=True)
class _Said:
    """Cues of which a sentence holds one, and cues of which it holds none."""

    says: tuple[Cue, ...]
    unless: tuple[Cue, ...]

    def holds(self, lowered: str) -> bool:
        return any_match(self.says, lowered) and not any_match(self.unless, lowered)


@dataclass(frozen=True, slots=True)
class _Words:
    sends: tuple[Cue, ...]
    about: tuple[Cue, ...]
    where: tuple[Cue, ...]
    unless: tuple[Cue, ...]
    before: re.Pattern[str]
    document: re.Pattern[str]
    open_list: tuple[Cue, ...]
    subjects: tuple[Cue, ...]
    being: re.Pattern[str]
    practice: tuple[Cue, ...]
    asks: tuple[Cue, ...]
    courtesy: _Said
    about_text: _Said
    about_company: _Said
    statistic: _Said
    contact: _Said
    stamp: _Said
    illustration: _Said


@cached(1)
def _words() -> _Words:
    table = active().table("inert.toml")
    pointer, explanation = table["pointer"], table["explanation"]

    led = "|".join(map(re.escape, pointer["before"]))
    nouns = "|".join(re.escape(word) for phrase in explanation["is"] for word in phrase.split("|"))
    return _Words(
        compile_cues(pointer["sends"]),
        compile_cues(pointer["about"]),
        compile_cues(pointer["where"]),
        compile_cues(pointer["unless"]),
        re.compile(rf"(?:(?:{led})\b[\W_]*)*"),
        re.compile(_TITLED.format("|".join(map(str.capitalize, pointer["documents"])))),
        compile_cues(table["cut_short"]["open"]),
        compile_cues(explanation["subjects"]),
        re.compile(rf"{_ASIDE} (?:is|are) (?:(?:usually|typically|simply|generally|often|just) )?(?:{nouns})\b"),
        compile_cues(explanation["unless"]),
        compile_cues(table["contact"]["asks"]),
        *(_Said(compile_cues(table[name]["says"]), compile_cues(table[name]["unless"])) for name in _SAID),
    )


def inert(text: str, *, alone: bool, facts: bool) -> Inert | None:
    """Say why a clause states nothing, None where it may state something or is too long to tell.

    `alone` says whether it came or went, rather than was worded anew: who "we" stands for may matter where it is said
    otherwise. `facts` says whether it may hold facts: kind words beside a fact are no mere kind words. What the others
    mention is none.
    """
    sentences = _sentences(text)
    if not sentences:
        return None
    if _is_cut(text.strip()):
        return _CUT_SHORT
    told = [sentence for sentence in sentences if not is_title(_lowered(sentence))]
    found = [_kind(sentence, alone=alone, facts=facts) for sentence in told] or [_TITLE]
    return found[0] if all(found) else None


def _kind(sentence: str, *, alone: bool, facts: bool) -> Inert | None:
    words, lowered = _words(), _lowered(sentence)
    if sentence.rstrip("\"”’')").endswith("?"):
        return _QUESTION
    if _is_pointer(sentence):
        return _POINTER
    if _is_explanation(sentence):
        return _EXPLANATION
    if words.statistic.holds(lowered):
        return _STATISTIC
    if len(lowered.split()) <= _MOST_STAMPED and words.stamp.holds(lowered):
        return _STAMP
    if (reason := boilerplate(lowered)) is not None:
        return Inert("boilerplate", ClauseClass.MINOR, reason)
    if not alone and any_match(words.asks, lowered) and words.contact.holds(lowered):
        return _CONTACT
    if alone and words.about_text.holds(lowered):
        return _ABOUT_TEXT
    if alone and words.about_company.holds(lowered):
        return _ABOUT_COMPANY
    if alone and words.illustration.holds(lowered):
        return _ILLUSTRATION
    return _COURTESY if alone and not facts and _is_courtesy(lowered) else None


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text that is not too long; a number in front is none."""
    return [] if len(text) > _LONGEST else [part.strip() for part in SENTENCE_END.split(text) if _LETTER.search(part)]


def _lowered(sentence: str) -> str:
    """Return a sentence as cues are searched in it, without what may stand in front."""
    lowered = sentence.lower().replace("’", "'")
    return _LED.sub("", lowered, count=1)


def _is_cut(text: str) -> bool:
    words = text.lower().split()
    return (
        len(words) >= _LEAST_CUT
        and _CUT.search(text) is not None
        and not any_match(_words().open_list, " ".join(words[-_TAIL:]))
    )


def _opens(cues: tuple[Cue, ...], lowered: str) -> bool:
    return any(cue.pattern.match(lowered) is not None for cue in cues)


def _is_pointer(sentence: str) -> bool:
    words, lowered = _words(), _lowered(sentence)
    if ";" in sentence:
        return False  # what stands behind it is a sentence of its own
    opening = words.before.sub("", lowered, count=1)
    if not _opens(words.sends, opening) and not (_opens(words.about, opening) and any_match(words.where, opening)):
        return False
    return not any_match(words.unless, _lowered(words.document.sub("it", sentence)))


def _is_explanation(sentence: str) -> bool:
    words, opening = _words(), _ARTICLE.sub("", _lowered(sentence), count=1)
    named = (cue.pattern.match(opening) for cue in words.subjects)
    return any(
        match is not None and words.being.match(opening, match.end()) is not None for match in named
    ) and not any_match(words.practice, opening)


def _is_courtesy(lowered: str) -> bool:
    return len(lowered.split()) <= _MOST_KIND and _words().courtesy.holds(lowered)
