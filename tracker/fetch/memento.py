"""What an archive's replay says: the time it played, where an archived redirect leads, what the site once sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from tracker.fetch.cdx import normal_url
from tracker.hosts import server_of
from tracker.moments import http_date

Headers = Sequence[tuple[str, str]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_ORIGINAL = "x-archive-orig-"
#: Headers that replay passes on under their own names; all others without the prefix are the archive's.
_PASSED_ON = frozenset({"content-type", "content-language", "content-disposition", "location"})
_REPLAYED = re.compile(r"(?P<timestamp>[0-9]{1,14})(?:[a-z]{2}_)?/(?P<url>https?:/.*)", re.IGNORECASE | re.DOTALL)
_ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)
_EXCLUDED = re.compile(
    rb"AdministrativeAccessControl|RobotAccessControl|Blocked Site Error|blocked by robots|"
    rb"has been excluded from the wayback machine",
    re.IGNORECASE,
)
_LOOKED_AT = 65_536


@dataclass(frozen=True, slots=True)
class Target:
    """An original address at a time, as a replay address names them."""

    timestamp: str  #: 1 to 14 digits
    url: str


def replay_address(replay: str, target: Target, modifier: str = "id_") -> str:
    """Return where an archive plays a capture; `id_` asks for the original bytes, an empty modifier is for people."""
    return f"{replay.rstrip('/')}/{target.timestamp}{modifier}/{target.url}"


def header(headers: Headers, name: str) -> str | None:
    """Return the first header of this (lower-case) name."""
    return next((value for key, value in headers if key.lower() == name), None)


def played_at(headers: Headers) -> datetime | None:
    """Return the time of the capture that was played; None means that this is no archived page, whatever the status."""
    return http_date(header(headers, "memento-datetime"))


def original_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Return the headers the archived site sent, in order, without those of the archive."""
    prefixed = [(key[len(_ORIGINAL) :], value) for key, value in headers if key.lower().startswith(_ORIGINAL)]
    named = {key.lower() for key, _ in prefixed}
    passed = [(key, value) for key, value in headers if key.lower() in _PASSED_ON - named]
    return tuple(passed + prefixed)


def is_excluded(status: int, body: bytes) -> bool:
    """Return whether an answer that is no archived page says that the archive may not show the address.

    The Internet Archive says so with status 200 or 403, pywb with 451. A bare 403 may as well be a firewall's and is no
    ground to give an address up for good.
    """
    return status == 451 or bool(_EXCLUDED.search(body[:_LOOKED_AT]))


def replayed_target(location: str, replay: str, asked: str) -> Target | None:
    """Return what a `Location` names if it is a replay address of this archive, in any of three shapes.

    Args:
        location: absolute, without scheme (`//host/web/...`) or without host (`/web/...`).
        replay: the archive's replay address.
        asked: the replay address that answered.

    """
    try:
        whole, base = urlsplit(urljoin(asked, _readable(location))), urlsplit(replay.rstrip("/") + "/")
        if whole.scheme not in {"http", "https"} or server_of(whole.geturl()) != server_of(replay):
            return None
    except ValueError:
        return None
    path = whole._replace(scheme="", netloc="", fragment="").geturl()
    if not path.startswith(base.path):
        return None
    found = _REPLAYED.fullmatch(path[len(base.path) :])
    url = normal_url(_ONE_SLASH.sub(r"\1://", found["url"])) if found else None
    return Target(found["timestamp"], url) if found and url else None


def redirect_target(location: str, replay: str, asked: str, current: Target) -> Target | None:
    """Return where an archived redirect leads inside the archive, or None where it leads to no web address.

    pywb passes the site's own `Location` on, absolute or relative; that is the fourth shape. The result is always
    played by the archive itself, at the time of the redirect unless the archive names another.
    """
    inside = replayed_target(location, replay, asked)
    if inside is not None:
        return inside
    try:
        url = normal_url(urljoin(current.url, _readable(location)).partition("#")[0])
    except ValueError:
        return None
    return Target(current.timestamp, url) if url else None


def _readable(location: str) -> str:
    """Return a Location as the UTF-8 it mostly is; HTTP libraries hand headers over as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return location.strip()
