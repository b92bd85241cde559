"""What tests of pages in a browser share: settings for a Chromium that is there, and a page as if it had come."""

import os
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

from tracker.fetch.browser import find_browser
from tracker.fetch.model import Page
from tracker.settings import Settings


def browser_settings(**told: Any) -> Settings:
    """Return settings with a Chromium; skip the test where there is none, or fail where everything has to be there."""
    from tests.conftest import unavailable

    settings = Settings(
        **(
            {
                "allow_private_addresses": True,
                "host_delay": 0,
                "browser": os.environ.get("TRACKER_TEST_CHROMIUM"),
                "browser_sandbox": False,
            }
            | told
        )
    )
    if find_spec("playwright") is None:
        unavailable("playwright is not installed")
    if find_browser(settings) is None:
        unavailable("there is no Chromium")
    return settings


def came(body: str, url: str = "http://policy.example/legal") -> Page:
    """Return a page as if it had come from an address."""
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Page(url, url, 200, headers, body.encode(), datetime(2026, 3, 1, 12, tzinfo=UTC))
