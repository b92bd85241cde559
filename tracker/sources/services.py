"""Which kinds of address a route may name: what Apprise knows, but for what only reaches the machine it runs on."""

from functools import cache
from typing import Any

#: Sent by channels of our own; known without asking Apprise.
OWN_SCHEMES = ("mailto", "mailtos", "slack", "json", "jsons")

#: Pop-ups, lights and logs of this machine: nobody would be alerted.
LOCAL_SCHEMES = frozenset(
    {"blink1", "dbus", "gio", "glib", "gnome", "growl", "kde", "macosx", "qt", "rsyslog", "syslog", "windows"}
)


def is_known(scheme: str) -> bool:
    """Return whether an address that begins with `scheme://` can be a destination."""
    return scheme in OWN_SCHEMES or (scheme not in LOCAL_SCHEMES and scheme in _known_to_apprise())


@cache
def _known_to_apprise() -> frozenset[str]:
    # Imported when needed: it costs a third of a second.
    from apprise.manager_plugins import NotificationManager

    manager: Any = NotificationManager
    return frozenset(manager().schemas())
