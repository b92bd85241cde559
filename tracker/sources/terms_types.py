"""The types a followed document may have: the terms types of Open Terms Archive."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _data() -> dict[str, Any]:
    text = files("tracker.lexicon").joinpath("terms_types.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _lexicon() -> tuple[tuple[str, ...], dict[str, str]]:
    data = _data()
    types = tuple(data["types"])
    return types, {name.lower(): name for name in types} | data["retired"]


def terms_types() -> tuple[str, ...]:
    """Return the names of all 44 types."""
    return _lexicon()[0]


@cache
def short_types() -> frozenset[str]:
    """Return the types whose documents are often shorter than a policy."""
    return frozenset(_data()["short"])


def terms_type(name: str) -> str | None:
    """Return the type a name stands for, in any case, retired names included; None when it is none.

    Collections also file parts of a document as "Community Guidelines - Nudity": these are of the type before the dash.
    """
    known = _lexicon()[1]
    wanted = " ".join(name.lower().split())
    return known.get(wanted) or known.get(wanted.partition(" - ")[0])
