"""What happens in the demo: the real commands, run one after the other while the world around them changes."""

import contextlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.demo.scenery import ERROR_PAGE, Policy, policies
from tracker.demo.servers import DemoServer

#: Runs one command of the command line and returns its exit status.
RunCommand = Callable[[Sequence[str]], int]

#: Prints a line of the story.
Say = Callable[[str], None]

#: Seconds between a material change and the fetch that confirms it; half an hour where nobody watches.
CONFIRM_DELAY = 1.0


@dataclass
class Stage:
    """The world, the installation that follows it, and how the story is told."""

    home: Path
    server: DemoServer
    run: RunCommand
    say: Say
    policies: Mapping[str, Policy] = field(default_factory=lambda: {policy.id: policy for policy in policies()})
    _visits: int = 0
    _told: int = 0

    def show(self, ident: str, version: int) -> None:
        """Let the live site show a version of a policy; its visitor counter moves on, as counters do."""
        self._visits += 7
        self.server.site.update(self.policies[ident].pages(version, self._visits))

    def command(self, *arguments: str) -> int:
        """Run a command of the tracker, shown as a user would type it."""
        self.say(f"$ tracker {' '.join(arguments)}")
        return self.run(arguments)

    def ask(self, *arguments: str) -> Any:
        """Return what a command prints as JSON, without showing it."""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.run([*arguments, "--json"])
        return json.loads(printed.getvalue())

    def wait(self) -> None:
        """Let the confirming delay pass."""
        time.sleep(CONFIRM_DELAY + 0.2)

    def new_mail(self) -> list[dict[str, Any]]:
        """Print the alerts that arrived since last time, and return them."""
        fresh = self.server.inbox[self._told :]
        self._told = len(self.server.inbox)
        for alert in fresh:
            self.say(f">> an alert arrived: {alert['subject']}")
        if not fresh:
            self.say(">> no alert")
        return fresh


def tell(stage: Stage) -> list[str]:
    """Play the story; return what did not come out as it should (nothing, if all is well)."""
    _follow(stage)
    wrong = _first_look(stage)
    wrong += _material_changes(stage)
    wrong += _lost_not(stage)
    _ask_questions(stage)
    return wrong + _history_as_told(stage)


def write_installation(home: Path, server: DemoServer) -> None:
    """Write the sources file of the demo: three policies, a local archive, one webhook."""
    host = server.url.removeprefix("http://")
    archive = f'cdx = "{server.url}/cdx"\nreplay = "{server.url}/replay"\ndelay = 0\n'
    parts = [
        f'[[archive]]\nname = "demo-archive"\ndialect = "pywb"\n{archive}',
        f'[[route]]\nname = "inbox"\nurl = "json://{host}/inbox"\n',
    ]
    for policy in policies():
        aliases = ", ".join(f'"{name}"' for name in policy.aliases)
        addresses = ", ".join(f'"{server.url}/{path}"' for path in policy.paths)
        parts.append(
            f'[[source]]\nid = "{policy.id}"\nname = "{policy.name}"\ntype = "Privacy Policy"\n'
            f'organisation = "{policy.organisation}"\naliases = [{aliases}]\nurls = [{addresses}]\n'
            'backfill = {archives = ["demo-archive"]}\n'
        )
    (home / "sources.toml").write_text("\n".join(parts), encoding="utf-8")


@contextmanager
def settings_of(home: Path) -> Iterator[None]:
    """Let the commands of this process use the demo's own store and settings."""
    told = {
        "TRACKER_DATA_DIR": str(home),
        "TRACKER_SOURCES": str(home / "sources.toml"),
        "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
        "TRACKER_HOST_DELAY": "0",
        "TRACKER_CONFIRM_DELAY": str(CONFIRM_DELAY),
        "TRACKER_LOG_LEVEL": "error",
        "NO_PROXY": "127.0.0.1",
    }
    others = {name: value for name, value in os.environ.items() if name.startswith("TRACKER_") or name in told}
    for name in others:
        del os.environ[name]
    os.environ.update(told)
    # A tracker.toml beside the user must not lead the demo into a real store.
    with contextlib.chdir(home):
        try:
            yield
        finally:
            for name in told:
                del os.environ[name]
            os.environ.update(others)


def _follow(stage: Stage) -> None:
    stage.say("Three invented services, each with a privacy policy and several years of it in an archive.")
    stage.say("First the past: every archived capture becomes an observation; changes are judged and alert nobody.")
    stage.command("backfill", "--all")
    stage.say("Parcelbird was renamed Birdpost in 2022, in every sentence. That is history, but no material change:")
    stage.command("log", "birdpost")
    stage.say("Brightmail kept the date at its top while 30 days became 13 months; the change is flagged as silent:")
    stage.command("log", "brightmail")


def _first_look(stage: Stage) -> list[str]:
    stage.say("Now the live pages. The step from archive to live alerts nobody; counters and menus are not policy.")
    stage.show("brightmail", 3)
    stage.show("birdpost", 2)
    stage.show("northlake", 2)
    stage.command("check")
    return _unless(not stage.new_mail(), "the first live look alerted")


def _material_changes(stage: Stage) -> list[str]:
    stage.say("Brightmail turns an opt-in into an opt-out and trains AI on mail.")
    stage.say("Northlake only moves a section, renumbers and sets a new date. Birdpost shows a sale of data ...")
    stage.show("brightmail", 4)
    stage.show("birdpost", 3)
    stage.show("northlake", 3)
    stage.command("check")
    wrong = _unless(not stage.new_mail(), "an alert went out before a second fetch confirmed the change")
    stage.say("... that is gone at the second look, a moment later; and Northlake's site is in trouble.")
    stage.show("birdpost", 2)
    stage.server.site.update(dict.fromkeys(stage.policies["northlake"].paths, ERROR_PAGE))
    stage.wait()
    stage.command("check")
    sources = [alert["change"]["source"]["id"] for alert in stage.new_mail()]
    return wrong + _unless(sources == ["brightmail"], f"alerts came for {sources}, not for brightmail alone")


def _lost_not(stage: Stage) -> list[str]:
    stage.say("Northlake is back, and on its second page one small word is gone.")
    stage.show("northlake", 4)
    stage.command("check")
    stage.wait()
    stage.command("check")
    sources = [alert["change"]["source"]["id"] for alert in stage.new_mail()]
    return _unless(sources == ["northlake"], f"alerts came for {sources}, not for northlake alone")


def _ask_questions(stage: Stage) -> None:
    stage.say("Everything can be asked for: what mattered lately, what it means, and whether the store is intact.")
    stage.command("changes")
    stage.command("diff", "brightmail")
    stage.command("show", "northlake", "--topic", "international_transfer")
    stage.command("verify")


def _history_as_told(stage: Stage) -> list[str]:
    """Ask for the changes as a program would, and compare with what the world's files say was done."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in stage.ask("changes", "--all"):
        found.setdefault(change["source"], []).append(change)
    rename = min(found["birdpost"], key=lambda change: str(change["first_seen_after"]))
    flapping = [change["state"] for change in found["birdpost"] if change is not rename]
    silent = [change for change in found["brightmail"] if "silent" in change["flags"]]
    moved = [change for change in found["northlake"] if not change["alert"]]
    return [
        *_unless(not rename["alert"], "a renamed company was taken for a material change"),
        *_unless(flapping == ["flapping", "flapping"], f"the text that was gone again is {flapping}, not flapping"),
        *_unless(len(silent) == 1 and silent[0]["alert"], "the edit behind an old date is not flagged as silent"),
        *_unless(bool(moved), "a moved section was taken for a material change"),
    ]


def _unless(fine: bool, complaint: str) -> list[str]:
    return [] if fine else [complaint]
