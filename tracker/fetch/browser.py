"""The Chromium that pages are read in: where it is, how it is started, what it may take, and that it ends.

It reaches no network by itself: its proxy is a port on which nothing listens, its resolver finds no name. What a page
asks for is handed to whoever opened it; all else (WebSockets, WebRTC, prefetching, reports of its own) leads nowhere.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

_ARGUMENTS = (
    "--blink-settings=imagesEnabled=false",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-remote-fonts",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
)

#: What the browser gets to see of the environment: nothing that may be a secret.
_ENVIRONMENT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)

#: Takes away what no text needs, and what would speak past the gate.
_BEFORE_ALL = "for (const name of ['RTCPeerConnection', 'WebTransport', 'open']) delete window[name];"

_CLOSING = 5.0  #: seconds that the browser has to end by itself
_LOOK = 0.25  #: seconds between two looks at its memory


def find_browser(settings: Settings) -> Path | None:
    """Return the Chromium to use: the one that is set, else the system's; None where there is none."""
    if settings.browser is not None:
        return settings.browser if os.access(settings.browser, os.X_OK) else None
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else None


def lacking(settings: Settings) -> str:
    """Return what is missing to read pages in a browser, and what to do; blank where nothing is."""
    if find_spec("playwright") is None:
        return 'reading pages in a browser needs an extra: pip install "tracker[browser]"'
    if find_browser(settings) is None:
        where = "among the programs of this machine" if settings.browser is None else f"at {settings.browser}"
        return f"there is no Chromium {where}: install the package `chromium`, or name one in the setting `browser`"
    return ""


class Chromium:
    """One running browser with one empty context, and the processes it consists of."""

    def __init__(self, browser: "Browser", context: "BrowserContext", processes: "CDPSession") -> None:
        self.browser = browser
        self.context = context
        self._processes = processes
        self._known: set[int] = set()  # ids of its processes

    @property
    def name(self) -> str:
        """Return name and version."""
        return f"Chromium {self.browser.version}"

    async def outgrows(self, limit: int) -> None:
        """Return once all its processes together hold more than `limit` bytes of memory of their own."""
        while True:
            await asyncio.sleep(_LOOK)
            told = await self._processes.send("SystemInfo.getProcessInfo")
            self._known = {int(one["id"]) for one in told["processInfo"]}
            if sum(map(own_memory, self._known)) > limit:
                return

    def kill(self) -> None:
        """End what is left of it."""
        for ident in self._known:
            with contextlib.suppress(OSError):
                os.kill(ident, signal.SIGKILL)


def own_memory(process: int) -> int:
    """Return the bytes of memory that a process holds and does not share with files; 0 where nobody can tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


@asynccontextmanager
async def running_chromium(settings: Settings, path: Path, language: str | None) -> "AsyncIterator[Chromium]":
    """Start a browser and end it, whatever state it is in then.

    Raises:
        playwright.async_api.Error: it does not start.

    """
    from playwright.async_api import async_playwright

    with socket.socket() as nobody:
        # Bound and not listening: whoever connects is refused, and nobody else can take the port meanwhile.
        nobody.bind(("127.0.0.1", 0))
        playwright = await async_playwright().start()
        chromium = None
        try:
            chromium = await _start(playwright, settings, path, nobody.getsockname()[1], language)
            yield chromium
        finally:
            ended = chromium is None or await _in_time(chromium.browser.close())
            if chromium is not None and not ended:
                chromium.kill()
            await _in_time(playwright.stop())


async def _start(
    playwright: "Playwright", settings: Settings, path: Path, dead_port: int, language: str | None
) -> Chromium:
    heap = settings.render_memory // 2_000_000
    browser = await playwright.chromium.launch(
        executable_path=path,
        chromium_sandbox=settings.browser_sandbox and os.name == "posix" and os.geteuid() != 0,
        proxy={"server": f"http://127.0.0.1:{dead_port}", "bypass": "<-loopback>"},
        args=[*_ARGUMENTS, f"--js-flags=--max-old-space-size={heap}"],
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    context = await browser.new_context(
        accept_downloads=False,
        service_workers="block",
        permissions=[],
        user_agent=settings.user_agent,
        locale=language,
    )
    await context.add_init_script(_BEFORE_ALL)
    return Chromium(browser, context, await browser.new_browser_cdp_session())


async def _in_time(step: Awaitable[None]) -> bool:
    """Do a step of ending; return whether it came to its end in time."""
    try:
        await asyncio.wait_for(step, _CLOSING)
    except Exception:  # what is being closed may be broken in any way
        return False
    return True
