"""The small words that turn a statement, from `lexicon/grammar.toml`, compiled into the patterns that read them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracker.compare.cues import compile_cue
from tracker.compare.lexicons import active, cached


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


@lru_cache(maxsize=512)
def _expression(form: str) -> str:
    return compile_cue(form).pattern.pattern


def _any(forms: Iterable[str]) -> str:
    return "|".join(_expression(form) for form in forms) or r"(?!)"


def _pattern(table: Mapping[str, Any]) -> re.Pattern[str]:
    followers = table.get("unless_before", ())
    forms = sorted(table["forms"], key=lambda form: (-len(form.split()), form))
    ending = rf"(?![^\w]+(?:{_any(followers)}))" if followers else ""
    return re.compile(f"(?:{_any(forms)}){ending}")


@cached(1)
def grammar() -> Grammar:
    """Return the grammar in force."""
    return Grammar({name: _pattern(table) for name, table in active().table("grammar.toml").items()})
