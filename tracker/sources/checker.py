"""Reads the tables of the sources file and collects every mistake with its line."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from tracker.errors import Problem
from tracker.sources.lines import Path
from tracker.sources.values import BadValue

Value = TypeVar("Value")

#: Keys that people write for others, too far apart for a look-alike search.
OTHER_WORDS = {
    "document_type": "type",
    "document": "type",
    "address": "url",
    "fetch": "url",
    "selector": "select",
    "selectors": "select",
    "exclude": "remove",
    "ignore": "remove",
    "organization": "organisation",
    "company": "organisation",
    "interval": "schedule",
    "every": "schedule",
    "cron": "schedule",
    "lang": "language",
    "country": "jurisdiction",
    "archives": "backfill",
    "previously": "formerly",
    "history": "earlier",
    "destination": "url",
    "destinations": "urls",
}


def near_word(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known word most like this one, else the known words where they are few."""
    words = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{words[near[0]]}"?'
    return f"one of: {', '.join(words.values())}" if 0 < len(words) <= 12 else ""


class Checker:
    """Collects problems of one file."""

    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []

    def add(self, path: Path, label: str, message: str, hint: str = "") -> None:
        """Note a mistake; the line is that of the path, or of the nearest thing around it."""
        line = next((self.lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self.lines), None)
        problem = Problem(self.file, line, label, message, hint)
        if problem not in self.problems:
            self.problems.append(problem)


class Table:
    """One table, with the defaults behind it. Reading a wrong value notes a problem and gives the fallback."""

    def __init__(
        self, checker: Checker, path: Path, label: str, data: Mapping[str, Any], behind: "Table | None" = None
    ) -> None:
        self.checker = checker
        self.path = path
        self.label = label
        self.data = data
        self.behind = behind

    def only(self, known: Iterable[str]) -> None:
        """Note every key that is not known."""
        words = tuple(known)
        for key in self.data:
            if key not in words:
                other = OTHER_WORDS.get(key.lower())
                hint = f'did you mean "{other}"?' if other in words else near_word(key, words)
                self.add(key, "unknown key", hint)

    def has(self, key: str) -> bool:
        """Return whether the table or its defaults hold a key."""
        return key in self.data or (self.behind is not None and self.behind.has(key))

    def add(self, key: str, message: str, hint: str = "", position: Path = ()) -> None:
        """Note a mistake at a key of this table, or of the table itself where the key is empty or missing."""
        if key and key not in self.data and self.behind is not None and self.behind.has(key):
            self.behind.add(key, message, hint, position)
            return
        field = ".".join(part for part in (self.label, key) if part)
        field += "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in position)
        self.checker.add((*self.path, key, *position) if key else self.path, field, message, hint)

    def raw(self, key: str) -> Any:
        """Return a value as the file has it, or None."""
        if key in self.data:
            return self.data[key]
        return self.behind.raw(key) if self.behind is not None else None

    def text(self, key: str, fallback: str = "", *, required: bool = False) -> str:
        """Return a text that is not blank."""
        if not self.has(key):
            if required:
                self.add(key, "missing", f"every {self.path[0]} needs one")
            return fallback
        found = self._text(key, self.raw(key), ())
        return fallback if found is None else found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, each once; a single text is a list of one."""
        return tuple(dict.fromkeys(text for _, text in self.numbered(key)))

    def numbered(self, key: str) -> list[tuple[Path, str]]:
        """Return the texts of a list with the place of each, for messages."""
        if not self.has(key):
            return []
        value = self.raw(key)
        if not isinstance(value, list):
            found = self._text(key, value, ())
            return [] if found is None else [((), found)]
        texts = [((position,), self._text(key, item, (position,))) for position, item in enumerate(value)]
        return [(position, text) for position, text in texts if text is not None]

    def read(self, key: str, reader: Callable[[str], Value], fallback: Value, *, required: bool = False) -> Value:
        """Return a text turned into a value."""
        text = self.text(key, required=required)
        return fallback if not text else self.convert(key, (), text, reader, fallback)

    def read_all(self, key: str, reader: Callable[[str], Value]) -> tuple[Value, ...]:
        """Return the texts of a list turned into values, wrong ones left out."""
        values = (self.convert(key, position, text, reader, None) for position, text in self.numbered(key))
        return tuple(dict.fromkeys(value for value in values if value is not None))

    def convert(
        self, key: str, position: Path, value: Any, reader: Callable[[Any], Value], fallback: Value | Any
    ) -> Value | Any:
        """Return what a reader makes of a value, or note what it complains of."""
        try:
            return reader(value)
        except BadValue as error:
            self.add(key, str(error), error.hint, position)
            return fallback

    def choice(self, key: str, known: Iterable[str], fallback: str, *, required: bool = False) -> str:
        """Return one of a few words."""
        words = tuple(known)
        return self.read(key, one_of(words), fallback, required=required)

    def number(self, key: str, fallback: float, least: float, most: float) -> float:
        """Return a number within bounds."""
        if not self.has(key):
            return fallback
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.add(key, f"must be a number from {least:g} to {most:g}")
            return fallback
        return value

    def whole(self, key: str, fallback: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        if not self.has(key):
            return fallback
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.add(key, f"must be a whole number from {least} to {most}")
            return fallback
        return value

    def flag(self, key: str, fallback: bool) -> bool:
        """Return true or false."""
        value = self.raw(key) if self.has(key) else fallback
        if not isinstance(value, bool):
            self.add(key, "must be true or false, without quotes")
            return fallback
        return value

    def table(self, key: str) -> "Table | None":
        """Return a table within this one; what it leaves out comes from the same table of the defaults."""
        behind = self.behind.table(key) if self.behind is not None else None
        if key not in self.data:
            return behind
        value = self.data[key]
        if not isinstance(value, dict):
            self.add(key, "must be a table", f"{key} = {{ ... }}")
            return behind
        return Table(self.checker, (*self.path, key), f"{self.label}.{key}", value, behind)

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables."""
        if key not in self.data:
            return []
        value = self.data[key]
        if not isinstance(value, list):
            self.add(key, "must be a list of tables", f"head each with [[{key}]]")
            return []
        found = []
        for position, item in enumerate(value):
            label = ".".join(part for part in (self.label, f"{key}[{position + 1}]") if part)
            if isinstance(item, dict):
                found.append(Table(self.checker, (*self.path, key, position), label, item))
            else:
                self.add(key, "must be a table", position=(position,))
        return found

    def _text(self, key: str, value: Any, position: Path) -> str | None:
        if not isinstance(value, str):
            self.add(key, "must be text in quotes", position=position)
        elif not value.strip():
            self.add(key, "is blank", position=position)
        else:
            return value.strip()
        return None


def one_of(known: Iterable[str]) -> Callable[[str], str]:
    """Return a reader that takes only known words."""
    words = tuple(known)

    def read(text: str) -> str:
        if text not in words:
            raise BadValue(f'unknown: "{text[:60]}"', near_word(text, words))
        return text

    return read


def exactly_one(table: Table, keys: tuple[str, ...], *, required: bool = True) -> None:
    """Note where more than one of some keys is given, or none of those of which one is required."""
    given = [key for key in keys if key in table.data]
    if len(given) > 1:
        table.add(given[1], f"{given[0]} is given already", f"write only one of: {', '.join(keys)}")
    elif not given and required:
        table.add(keys[0], "missing", f"every {table.path[0]} needs one of: {', '.join(keys)}")
