"""What settings may be: numbers that lead to no time beyond the calendar, addresses that can be asked, and the like."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

_DAY = 86_400
_TEN_YEARS_OF_DAYS = 3_650
_TEN_YEARS = _TEN_YEARS_OF_DAYS * _DAY

#: Seconds that something may take: more than none, a day at most.
Patience = Annotated[float, Field(gt=0, le=_DAY, allow_inf_nan=False)]
#: Seconds between two requests to one host, a day at most.
Spacing = Annotated[float, Field(ge=0, le=_DAY, allow_inf_nan=False)]
#: Seconds that pass before something is done, ten years at most.
Delay = Annotated[float, Field(ge=0, le=_TEN_YEARS, allow_inf_nan=False)]
#: The same where none at all would be a loop.
Wait = Annotated[float, Field(gt=0, le=_TEN_YEARS, allow_inf_nan=False)]
#: Days, ten years at most.
Days = Annotated[float, Field(ge=0, le=_TEN_YEARS_OF_DAYS, allow_inf_nan=False)]
#: The same where none at all would mean always.
SomeDays = Annotated[float, Field(gt=0, le=_TEN_YEARS_OF_DAYS, allow_inf_nan=False)]
#: Hours, ten years at most.
SomeHours = Annotated[float, Field(gt=0, le=_TEN_YEARS_OF_DAYS * 24, allow_inf_nan=False)]
#: How often something happens before it counts.
Times = Annotated[int, Field(gt=0, le=10_000)]
#: Bytes of memory of a process, of which less would let none start.
Memory = Annotated[int, Field(ge=300_000_000, le=1_000_000_000_000)]


def can_be_asked(address: str) -> bool:
    """Return whether a text is a whole web address, so that a request to it can be made."""
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a host that cannot be
        return False
    # Those who take addresses apart drop some of these characters, each in a way of its own.
    plain = all(character.isprintable() and not character.isspace() for character in address)
    return named and plain and parts.scheme in {"http", "https"}


def listed(value: Any, mark: str) -> list[str]:
    """Return the texts of a list, or of a text as a variable holds it: a JSON list, or parts that a mark sets off."""
    if isinstance(value, str) and not value.lstrip().startswith("["):
        value = [part.strip() for part in value.split(mark) if part.strip()]
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"no list: {error}") from error
    if not isinstance(value, list | tuple | set) or not all(isinstance(part, str | Path) for part in value):
        raise ValueError("write a list of texts")
    return list(map(str, value))


def _web_address(value: str) -> str:
    if not can_be_asked(value):
        raise ValueError("is no web address; write one such as https://tracker.example.com")
    return value


def _readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read: {error.strerror}") from None


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a control character, such as the end of a line; write it without")
    return value


#: Address that a browser can open.
WebAddress = Annotated[str, AfterValidator(_web_address)]
#: A file that is there.
ReadableFile = Annotated[Path, AfterValidator(_readable)]
#: Text that can stand in a header.
OneLine = Annotated[str, AfterValidator(_one_line)]
