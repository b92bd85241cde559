"""The small words that turn a statement, from `lexicon/grammar.toml`, compiled into the patterns that read them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.compare.vocabulary.cues import expression_of
from tracker.compare.vocabulary.lexicons import active, cached


@dataclass(frozen=True, slots=True)
class Grammar:
    """Patterns by the name of their group."""

    patterns: Mapping[str, re.Pattern[str]]

    def __getitem__(self, group: str) -> re.Pattern[str]:
        """Return the pattern that finds any form of one group in a lower-case text."""
        return self.patterns[group]

    def source(self, *groups: str) -> str:
        """Return an expression for any form of some groups, to build a pattern around it."""
        return "(?:" + "|".join(self.patterns[group].pattern for group in groups) + ")"


def _any(forms: Sequence[str]) -> str:
    """Return an expression for any of some cue phrases, which looks no further where none can start."""
    if not forms:
        return r"(?!)"
    starts = {re.escape(word[0]) for form in forms for word in form.split()[0].split("|")}
    # The edges once around all of them: many times faster than around each.
    return rf"(?=[{''.join(sorted(starts))}])(?<!\w)(?:{'|'.join(map(expression_of, forms))})(?!\w)"


def _pattern(table: Mapping[str, Any]) -> re.Pattern[str]:
    followers = table.get("unless_before", ())
    forms = sorted(table["forms"], key=lambda form: (-len(form.split()), form))
    ending = rf"(?![^\w]+(?:{_any(followers)}))" if followers else ""
    return re.compile(_any(forms) + ending)


@cached(1)
def grammar() -> Grammar:
    """Return the grammar in force."""
    return Grammar({name: _pattern(table) for name, table in active().table("grammar.toml").items()})


def phrases(group: str, text: str, ending: str = "") -> list[tuple[int, str]]:
    """Return where the forms of a group stand in a lower-case text, and their words up to one of some characters."""
    found: list[tuple[int, str]] = []
    for match in grammar()[group].finditer(text):
        end = match.end()
        while ending and end < len(text) and text[end] not in ending:
            end += 1
        if not found or match.start() >= found[-1][0] + len(found[-1][1]):
            found.append((match.start(), text[match.start() : end]))
    return found


def said(found: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """Return the words of phrases, each once, with single spaces."""
    return tuple(dict.fromkeys(" ".join(words.split()) for _, words in found))
