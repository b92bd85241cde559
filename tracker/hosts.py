"""Hosts of web addresses: which one an address names, and whether two name the same.

An address that is none names no host, which is "".
"""

from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """Return the host that an address names, in lower case, without its port."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """Return the host that an address names as far as it tells one site from another: without `www.` and last dot."""
    return host_of(url).removeprefix("www.").rstrip(".")


def port_of(url: str) -> int:
    """Return the port that is asked for an address.

    Raises:
        ValueError: what it gives as its port is none.

    """
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme, _DEFAULT_PORTS["http"])


def server_of(url: str) -> str:
    """Return the host that an address names, with its port where that is none of the usual two; whatever the scheme."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return ""
    return parts.hostname if parts.port in {None, *_DEFAULT_PORTS.values()} else f"{parts.hostname}:{parts.port}"


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address, which is what browsers call one origin; ("", "", 0) for none."""
    parts = _parts(url)
    return (parts.scheme, parts.hostname, port_of(url)) if parts and parts.hostname else ("", "", 0)


def page_of(url: str) -> str:
    """Return what stays the same of an address when only its form differs: without scheme, `www.` and last slash."""
    parts = _parts(url)
    if parts is None:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{server_of(url).removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def is_within(host: str, domain: str) -> bool:
    """Return whether a host is a domain or lies below it; nothing lies within no domain."""
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def is_public_address(url: str) -> bool:
    """Return whether an address may be shown and handed on: http or https, and no user or password in it."""
    parts = _parts(url)
    return parts is not None and parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.username is None


def _parts(url: str) -> SplitResult | None:
    """Return an address taken apart; None where its host or port cannot be one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
