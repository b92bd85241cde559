"""Finds secrets that stand in a sources file as they are, where they go wherever the file goes."""

import re
import tomllib
from typing import Any

#: A password before the host, or a token where the service has it: what `${NAME}` is for.
_PASSWORD = re.compile(r"\w+://[^/@?#]*:(?!\$\{)[^/@?#]+@")
_TOKEN = re.compile(r"slack://(?!\$\{)[^/?#]+|.*[?&]secret=(?!\$\{)", re.DOTALL)


def routes_with_plain_secrets(text: str) -> list[str]:
    """Return the names of routes of which an address holds a secret as it stands; `text` is that of a valid file."""
    tables: list[dict[str, Any]] = tomllib.loads(text).get("route", [])
    return [str(table.get("name", "")) for table in tables if any(map(_is_plain, _addresses(table)))]


def _is_plain(address: str) -> bool:
    return _PASSWORD.match(address) is not None or _TOKEN.match(address) is not None


def _addresses(value: Any) -> list[str]:
    """Return every address in a table, whatever key it stands under."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in _addresses(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _addresses(inner)]
    return [value] if isinstance(value, str) and "://" in value else []
