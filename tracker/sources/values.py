"""Reads single values of the sources file: each function returns the value or raises ValueError with what is wrong.

No message quotes an address: it may hold a secret.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tracker.errors import ExtractionError
from tracker.extract.selecting import path_of
from tracker.sources.cron import cron_trigger
from tracker.sources.services import OWN_SCHEMES, is_known

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3660)
DURATION = re.compile(r"(\d{1,6})\s*([a-z]+)", re.ASCII)
IDENT = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


class BadValue(ValueError):
    """A value that cannot be used, and what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


def read_duration(text: str) -> timedelta:
    """Return a span written as a number and a unit, such as 90m, 12h, 30d or 1w."""
    found = DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise BadValue(f"{_quoted(text)} is no duration", 'write a number and a unit: "90m", "12h", "30d" or "1w"')
    number, unit = found.groups()
    if unit not in UNITS:
        near = f'did you mean "{int(number)}{unit[0]}"?' if unit[0] in UNITS else "the units are m, h, d and w"
        raise BadValue(f"{_quoted(text)} is no duration", near)
    span = timedelta(**{UNITS[unit]: int(number)})
    if not timedelta(minutes=1) <= span <= LONGEST:
        raise BadValue(f"{_quoted(text)} is out of bounds", "between 1m and 3660d")
    return span


def read_date(value: object) -> date:
    """Return a day given as a TOML date or as text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise BadValue(f"{_quoted(value)} is no date", "write one like 2026-03-01") from None
    raise BadValue("must be a date", "write one like 2026-03-01")


def read_ident(text: str) -> str:
    """Return an id that is safe in addresses, commands and file names."""
    if IDENT.fullmatch(text) is None:
        hint = slug(text)
        raise BadValue(
            f"{_quoted(text)} is no id: only a-z, 0-9 and -, starting with a letter or digit",
            f'did you mean "{hint}"?' if hint else "",
        )
    return text


def read_language(text: str) -> str:
    """Return a language tag."""
    if LANGUAGE.fullmatch(text) is None:
        raise BadValue(f"{_quoted(text)} is no language tag", 'write one like "en" or "pt-BR"')
    return text


def read_url(text: str) -> str:
    """Return a web address that can be fetched."""
    if any(character.isspace() or not character.isprintable() for character in text):
        raise BadValue("holds a blank or a control character", "write %20 for a blank")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadValue("is no web address", "check host and port") from None
    if parts.scheme not in ("http", "https"):
        raise BadValue("is no web address", "it must start with https:// or http://")
    if not host:
        raise BadValue("names no host", 'write one like "https://example.com/privacy"')
    if parts.username is not None or parts.password is not None:
        raise BadValue("holds a user name or password", "only public pages are followed")
    return text


def read_selector(text: str) -> str:
    """Return a CSS selector that compiles."""
    try:
        path_of(text)
    except ExtractionError as error:
        detail = " ".join(str(error.__cause__).split())[:120]
        raise BadValue(f"{_quoted(text)} is no CSS selector", detail) from None
    return text


def read_cron(text: str) -> str:
    """Return a cron line of five fields that the scheduler understands."""
    try:
        trigger = cron_trigger(text)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        detail = " ".join(str(error).split())[:120]
        raise BadValue(f"{_quoted(text)} is no cron line", detail or 'write one like "0 6 * * 1-5"') from None
    # From a fixed day on, so that the same file is right or wrong on every day; 29 February comes within eight years.
    if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise BadValue(f"{_quoted(text)} never fires", "no month has that day")
    return text


def read_destination(text: str, environ: Mapping[str, str]) -> str:
    """Return an Apprise address with its `${NAME}`s replaced; messages name variables and never their values."""
    values = {name: _value_of(name, environ) for name in VARIABLE.findall(text)}
    missing = sorted(name for name, value in values.items() if not value)
    if missing:
        plural = "variables" if len(missing) > 1 else "variable"
        raise BadValue(
            f"environment {plural} not set: {', '.join(missing)}", "set it, or write enabled = false for this route"
        )
    if "${" in VARIABLE.sub("", text):
        raise BadValue("holds a ${ without a name and a }", "write ${NAME}")
    expanded = VARIABLE.sub(lambda found: values[found[1]], text)
    scheme, separator, rest = expanded.partition("://")
    if not separator or not rest.strip() or not is_known(scheme.lower()):
        names = ", ".join(f"{name}://" for name in OWN_SCHEMES)
        raise BadValue("is not an allowed destination", f"write {names} or the address of a service Apprise knows")
    return expanded


def _value_of(name: str, environ: Mapping[str, str]) -> str:
    """Return a variable, or the first line of the file that NAME_FILE names, as containers have their secrets."""
    path = environ.get(f"{name}_FILE")
    if environ.get(name) or not path:
        return environ.get(name, "")
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        hint = "it has to be text that this user may read"
        raise BadValue(f"the file that {name}_FILE names cannot be read", hint) from None
    return lines[0].strip() if lines else ""


def slug(text: str) -> str:
    """Return text as an id, empty when nothing of it can stay."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower(), flags=re.ASCII).strip("-")[:100].rstrip("-")


def _quoted(text: str) -> str:
    short = text if len(text) <= 60 else text[:57] + "..."
    return f'"{short}"'
