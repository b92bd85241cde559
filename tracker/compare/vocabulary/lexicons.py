"""The words in force: the shipped lexicon files, extended by the overlays of the user.

`load` reads and checks them once; `activate` makes them those of the process, `use` those of one block of code. What is
computed from them is remembered by `cached`, apart for each set of words: no text is ever answered with what another
set made of it.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import lru_cache, update_wrapper
from importlib import resources
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from tracker.compare.vocabulary.schema import FILES
from tracker.compare.vocabulary.shapes import ENABLED, REPLACE, SEARCHED, Entries, Place, Shape, Table
from tracker.errors import LexiconError

P = ParamSpec("P")
R = TypeVar("R")

_LARGEST = 1_000_000  #: bytes of one overlay file
MOST_ABOVE = 30  #: entries that one may lie under, directly or by way of others


class Lexicons:
    """One set of words. Immutable; can be sent to other processes, which then need no file of the user."""

    def __init__(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        self._data = data
        #: 64 hexadecimal digits; equal ones promise equal words.
        self.fingerprint = hashlib.sha256(json.dumps(data, ensure_ascii=False).encode()).hexdigest()
        self.caches: dict[object, Any] = {}  #: what `cached` functions made of these words

    def __reduce__(self) -> tuple[type["Lexicons"], tuple[Mapping[str, Mapping[str, Any]]]]:
        return Lexicons, (self._data,)

    def table(self, file: str) -> Mapping[str, Any]:
        """Return what a lexicon file holds, overlays included. Do not change it."""
        return self._data[file]

    def fingerprint_of(self, *files: str) -> str:
        """Return 64 hexadecimal digits over some files alone."""
        part = {file: self._data[file] for file in files}
        return hashlib.sha256(json.dumps(part, ensure_ascii=False).encode()).hexdigest()


def _parsed(data: bytes, file: str) -> dict[str, Any]:
    if len(data) > _LARGEST:
        raise LexiconError(f"{file}: larger than {_LARGEST} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LexiconError(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except ValueError as error:
        raise LexiconError(f"{file}: not TOML: {error}") from error
    except RecursionError as error:
        raise LexiconError(f"{file}: nested too deeply") from error


@lru_cache(maxsize=1)
def shipped() -> Lexicons:
    """Return the words that come with the program. Raises LexiconError naming a bad entry."""
    folder = resources.files("tracker.lexicon")
    data: dict[str, dict[str, Any]] = {}
    for file, shape in FILES.items():
        data[file] = _parsed((folder / file).read_bytes(), file)
        shape.check(data[file], Place(file), part=False)
        check_references(data[file], Place(file))
    return Lexicons(data)


def _files_of(overlay: Path) -> list[Path]:
    """Return the lexicon files an overlay names: itself, or those of its folder. Other TOML files are mistakes."""
    if not overlay.exists():
        raise LexiconError(f"{overlay}: lexicon overlay not found; `lexicon_overlays` names files and folders")
    try:
        files = sorted(path for path in overlay.iterdir() if path.suffix == ".toml") if overlay.is_dir() else [overlay]
    except OSError as error:
        raise LexiconError(f"{overlay}: cannot be read ({error.strerror})") from error
    for path in files:
        if path.name not in FILES:
            near = get_close_matches(path.name, FILES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FILES)}"
            raise LexiconError(f"{path}: no lexicon file is called {path.name}; {hint}")
    if not files:
        raise LexiconError(f"{overlay}: the folder holds no lexicon file; there are {', '.join(FILES)}")
    return files


def load(overlays: Sequence[Path] = ()) -> Lexicons:
    """Return the shipped words, extended by overlay files and folders of them, in order.

    An overlay adds entries, adds to the lists of an entry, and takes the place of its single values; an entry of it
    with `replace = true` takes the shipped one's place as a whole, one with `enabled = false` is looked for no more.

    Raises:
        LexiconError: a file cannot be read, or has an entry that does not fit; the message names file, entry and key.

    """
    if not overlays:
        return shipped()
    data: dict[str, Mapping[str, Any]] = {file: shipped().table(file) for file in FILES}
    for overlay in overlays:
        for path in _files_of(overlay.expanduser()):
            try:
                body = path.read_bytes()
            except OSError as error:
                raise LexiconError(f"{path}: cannot be read ({error.strerror})") from error
            data[path.name] = _extended(FILES[path.name], data[path.name], _parsed(body, str(path)), Place(str(path)))
    return Lexicons({file: _without_disabled(table) for file, table in data.items()})


def _extended(shape: Table | Entries, base: Mapping[str, Any], over: dict[str, Any], place: Place) -> Mapping[str, Any]:
    """Return a lexicon file with one overlay laid over it, both checked."""
    shape.check(over, place, part=True)
    merged: dict[str, Any] = _merged(shape, base, over, place)
    shape.check(merged, place, part=False)
    check_references(merged, place)
    return merged


def _merged(shape: Shape, base: Any, over: Any, place: Place) -> Any:
    """Return what a value and that of an overlay make together; both fit the shape."""
    if isinstance(base, list):
        return [*base, *(item for item in dict.fromkeys(over) if item not in base)]
    if not isinstance(shape, Table | Entries):
        return over
    merged = dict(base)
    for name, value in over.items():
        below = place.below(name)
        if isinstance(shape, Entries):
            _check_switch(shape, base, name, value, below)
        if value is False and isinstance(shape, Entries):
            del merged[name]
        elif name in base and not _replaces(value):
            merged[name] = _merged(shape.inner(name), base[name], value, below)
        else:
            merged[name] = {key: item for key, item in value.items() if key != REPLACE} if _replaces(value) else value
    return merged


def _replaces(value: object) -> bool:
    return isinstance(value, dict) and value.get(REPLACE) is True


def _check_switch(shape: Entries, base: Mapping[str, Any], name: str, value: object, place: Place) -> None:
    """Refuse to switch off what is not there, and to add or take away what the program refers to by name."""
    off = value is False or (isinstance(value, dict) and value.get(ENABLED) is False)
    if name not in base:
        near = get_close_matches(name, base, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        if off:
            raise place.refuse(f"is no entry, so that it cannot be switched off{hint}")
        if shape.fixed:
            raise place.refuse(f"is no entry, and none can be added: {shape.fixed}{hint}")
    elif value is False and shape.fixed:
        raise place.refuse(f"cannot be switched off: {shape.fixed}")


def _without_disabled(table: Any) -> Any:
    """Return a table whose entries that are switched off hold nothing to look for; they keep their place and name."""
    if not isinstance(table, dict):
        return table
    off = table.get(ENABLED) is False
    return {key: [] if off and key in SEARCHED else _without_disabled(value) for key, value in table.items()}


def check_references(table: Mapping[str, Any], place: Place) -> None:
    """Raise LexiconError where an entry names another one that is not there, or lies under itself or too many."""
    entries = {name: entry for name, entry in table.items() if isinstance(entry, dict)}
    for name, entry in entries.items():
        for key, named in (
            ("under", entry.get("under", [])),
            ("denies", [entry["denies"]] if "denies" in entry else []),
        ):
            for other in named:
                if other not in entries:
                    raise place.below(name).refuse(f"names {other!r} in `{key}`, which is no entry")
    for name, entry in entries.items():
        containing = above(table, entry.get("under", ()))
        if name in containing:
            raise place.below(name).refuse("lies under itself")
        if len(containing) > MOST_ABOVE:
            raise place.below(name).refuse(f"lies under more than {MOST_ABOVE} other entries")


def above(table: Mapping[str, Any], names: Sequence[str]) -> frozenset[str]:
    """Return some entries and all that they lie under; in a table that was not checked, not many more than allowed."""
    found: set[str] = set()
    waiting = list(names)
    while waiting and len(found) <= MOST_ABOVE:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += table[name].get("under", ())
    return frozenset(found)


_default: Lexicons | None = None
_chosen: ContextVar[Lexicons | None] = ContextVar("lexicons", default=None)


def active() -> Lexicons:
    """Return the words in force here: those of `use`, else those of the process, else the shipped ones."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    return _default if _default is not None else shipped()


def activate(lexicons: Lexicons | None) -> None:
    """Make some words those of the process and all its threads; None stands for the shipped ones."""
    global _default  # noqa: PLW0603 - what a process judges by is one value, set when it starts
    _default = lexicons


@contextmanager
def use(lexicons: Lexicons) -> Iterator[None]:
    """Use some words in a block of code, whatever other threads use."""
    token = _chosen.set(lexicons)
    try:
        yield
    finally:
        _chosen.reset(token)


class Cached(Generic[P, R]):
    """A function whose results are remembered, apart for each set of words."""

    def __init__(self, function: Callable[P, R], maxsize: int) -> None:
        self._function, self._maxsize = function, maxsize
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the remembered result, or compute it."""
        # Called for every word list of every clause: what `active` does is done here once more.
        caches = (_chosen.get() or _default or shipped()).caches
        cache: Callable[P, R] | None = caches.get(self)
        if cache is None:
            cache = caches.setdefault(self, lru_cache(self._maxsize)(self._function))
        return cache(*args, **kwargs)

    def cache_clear(self) -> None:
        """Forget what was computed from the words in force."""
        active().caches.pop(self, None)


def cached(maxsize: int) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Remember the results of a pure function of its arguments and the words in force; the least used go first."""
    return lambda function: Cached(function, maxsize)
