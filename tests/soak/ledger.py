"""Runs the soak to its end through all its restarts, and holds what people were told against the script."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.soak.machine import STOPPED
from tests.soak.script import PEOPLE, Policy, Script
from tests.support.nursery import ROOT

#: Points at which a process is killed; "stop" is an orderly end.
POINTS = ("accepted", "commit", "committed", "fetch", "send", "stop")

#: How late a change may be seen: two checks, the longest wait after failures, and the longest restart.
LATE = timedelta(days=2)

#: Samples after a start that tell of caches filling.
WARM_UP = 4

#: Weighings after a start that tell of what is made once.
SETTLED_IN = 3

#: How late operators may be told, who have receivers that are down at times.
NOTICED = timedelta(days=1)

#: Kinds of notices that people of a route get; operators get others.
EXPECTED_NOTICES = {"coverage", "deadline", "moved", "onboarding"}


@dataclass
class Soak:
    """One run: its script, its folder, and how often it is interrupted."""

    folder: Path
    order: dict[str, Any]
    kills: int
    undisturbed: float  #: share of the time, at its end, without restarts, in which memory is watched
    ended: list[str] = field(default_factory=list)  #: at which point each process ended

    @property
    def script(self) -> Script:
        """Return the script."""
        return Script.write(**self.order)

    def run(self, seconds: float) -> None:
        """Run it; `seconds` is what one process may take."""
        script, chance = self.script, random.Random(self.order["seed"])
        span = (script.end - script.begin) * (1 - self.undisturbed)
        moments = sorted(script.begin + span * chance.uniform(0.05, 1) for _ in range(self.kills))
        plans = [
            {"at": at.isoformat(), "point": POINTS[number % len(POINTS)], "count": chance.randint(1, 6)}
            for number, at in enumerate(moments)
        ]
        for plan in [*plans, None]:
            status = self._process(plan, seconds)
            if plan is None:
                assert status == 0, self.log()
            else:
                assert status in {STOPPED, -signal.SIGKILL}, f"{plan}: {status}\n{self.log()}"
                self.ended.append(str(plan["point"]))
                self._wait(chance.randint(0, 8))

    def _process(self, plan: dict[str, Any] | None, seconds: float) -> int:
        (self.folder / "order").write_text(json.dumps({"script": self.order, "plan": plan}), encoding="utf-8")
        ours = {
            "PYTHONPATH": str(ROOT),
            "TRACKER_DATA_DIR": str(self.folder),
            "TRACKER_SOURCES": str(self.folder / "sources.toml"),
            "TRACKER_HOST_DELAY": "0",
            "TRACKER_FETCH_THREADS": "2",
            "TRACKER_COMPARE_PROCESSES": "0",
            "TRACKER_ALARM_DISK_FREE": "0",
            "TRACKER_LOG_LEVEL": "warning",
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.run(
                [sys.executable, "-m", "tests.soak.machine", str(self.folder)],
                env=os.environ | ours,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                timeout=seconds,
                check=False,
            ).returncode

    def _wait(self, hours: int) -> None:
        """Let hours pass until the next start: one at which no page that flips shows its other text."""
        path = self.folder / "now"
        at = datetime.fromisoformat(path.read_text(encoding="ascii")) + timedelta(hours=hours)
        aligned = at.replace(minute=40) if at.minute <= 40 else at.replace(minute=40) + timedelta(hours=1)
        path.write_text(aligned.isoformat(), encoding="ascii")

    def log(self) -> str:
        """Return what the processes complained of, but for receivers that were down as scripted."""
        path = self.folder / "log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n".join(line for line in lines if "not delivered" not in line)[-8000:]

    def journal(self, key: str) -> list[dict[str, Any]]:
        """Return the lines of a kind; all of them where it is blank."""
        lines = (self.folder / "journal").read_text(encoding="utf-8").splitlines()
        return [line for line in map(json.loads, lines) if not key or key in line]


def doubled(soak: Soak) -> list[str]:
    """Return what was accepted twice outside of the window between acceptance and mark; raise nothing."""
    windows = {line["at"] for line in soak.journal("killed")}
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in soak.journal("route"):
        by_key[f"{line['route']} {line['key']}"].append(line)
    return [
        f"{key}: {[line['at'] for line in lines]}"
        for key, lines in by_key.items()
        if len(lines) > 2 or (len(lines) == 2 and lines[0]["at"] not in windows)
    ]


def accepted_once(soak: Soak) -> list[dict[str, Any]]:
    """Return what receivers accepted, each idempotency key of a route once."""
    return list({f"{line['route']} {line['key']}": line for line in soak.journal("route")}.values())


def untrue(soak: Soak) -> Iterator[str]:
    """Yield where what people were told differs from the script: lost, late, double, or false."""
    script = soak.script
    told: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in accepted_once(soak):
        for change in line["changes"]:
            told[line["route"], change["source"]].append(change)
    for route in PEOPLE:
        for policy in script.policies:
            found = sorted(told.pop((route, policy.name), []), key=lambda change: change["seen"])
            yield from (f"{route}, {policy.name}: {wrong}" for wrong in _compared(script, policy, found))
    yield from (f"to {route} of {name}: {changes}" for (route, name), changes in told.items())


def _compared(script: Script, policy: Policy, found: list[dict[str, Any]]) -> Iterator[str]:
    expected = policy.told()
    if len(found) != len(expected):
        yield f"{len(found)} alerts, {len(expected)} scripted: {found} / {expected}"
        return
    late = LATE + 2 * script.every
    for step, change in zip(expected, found, strict=True):
        seen = datetime.fromisoformat(change["seen"])
        if not step.at <= seen <= step.at + late:
            yield f"{step} was seen at {seen}"
        if step.words not in change["after" if step.on else "before"]:
            yield f"{step} is not what is quoted: {change}"
        if change["silent"] != step.silent:
            yield f"{step} is silent by the alert: {change['silent']}"


def unfitting_notices(soak: Soak) -> Iterator[str]:
    """Yield where people were told of something besides changes, or not told of it, otherwise than scripted."""
    script = soak.script
    counts: Counter[tuple[str, str]] = Counter()
    for line in accepted_once(soak):
        for notice in line["notices"]:
            counts[line["route"], notice["kind"]] += 1
    weeks = sum(
        (script.begin + timedelta(days=day + 1)).weekday() == 0 for day in range((script.end - script.begin).days)
    )
    expected = {
        "deadline": sum(policy.reminders((14, 3), script.end) for policy in script.policies),
        "moved": sum(policy.moved_at is not None for policy in script.policies),
        "onboarding": 1,
    }
    for route in PEOPLE:
        coverage = {"daily": (script.end - script.begin).days, "weekly": weeks}.get(route, 0)
        for kind, count in {**expected, "coverage": coverage}.items():
            if counts[route, kind] != count:
                yield f"{route}: {counts[route, kind]} notices of {kind}, {count} scripted"
    for (route, kind), count in counts.items():
        if route in PEOPLE and kind not in EXPECTED_NOTICES:
            yield f"{route}: {count} notices of {kind}"
    yield from _steady(soak)


def _steady(soak: Soak) -> Iterator[str]:
    """Yield the pages that operators were told to flip at a time at which they do not, or twice in one spell.

    Whether a short spell is told of at all is chance; that a page that flips is told of has its own tests.
    """
    policies = {policy.name: policy for policy in soak.script.policies}
    told: set[tuple[str, datetime]] = set()
    for line in accepted_once(soak):
        for notice in line["notices"]:
            if notice["kind"] == "unstable":
                name, at = notice["source"], datetime.fromisoformat(line["at"])
                flips = [one for one in policies[name].spells if one.kind == "flips"]
                spell = next((one.start for one in flips if one.start <= at <= one.end + NOTICED), None)
                if spell is None:
                    yield f"{name} was called unstable at {at}"
                elif (name, spell) in told:
                    yield f"{name} was called unstable a second time at {at}"
                else:
                    told.add((name, spell))


def disturbed_sleep(soak: Soak) -> list[str]:
    """Return the times at which the route with quiet hours was told of something within them."""
    berlin = ZoneInfo("Europe/Berlin")
    times = [
        datetime.fromisoformat(line["at"]).astimezone(berlin)
        for line in soak.journal("route")
        if line["route"] == "awake"
    ]
    return [str(at) for at in times if not 7 <= at.hour < 22]


def slope(samples: list[tuple[float, float]]) -> float:
    """Return the slope of the line that fits points best."""
    middle = sum(x for x, _ in samples) / len(samples)
    mean = sum(y for _, y in samples) / len(samples)
    spread = sum((x - middle) ** 2 for x, _ in samples)
    return sum((x - middle) * (y - mean) for x, y in samples) / spread


def slope_but_for_a_step(samples: list[tuple[float, float]]) -> float:
    """Return the slope of at least three points where the largest rise counts as if it were the second largest."""
    rises = [late - early for (_, early), (_, late) in pairwise(samples)]
    second, largest = sorted(rises)[-2:]
    step = rises.index(largest)
    return slope([(x, y - (largest - second) * (number > step)) for number, (x, y) in enumerate(samples)])


def life(soak: Soak) -> list[dict[str, Any]]:
    """Return the samples of the last process, with the weeks since the soak began, but for those of its warming up."""
    begin = soak.script.begin
    (last,) = soak.journal("started")[-1:]
    found = [line for line in soak.journal("sample") if line["sample"] >= last["started"]]
    weeks = [(datetime.fromisoformat(line["sample"]) - begin) / timedelta(days=7) for line in found]
    return [{**line, "week": week} for line, week in zip(found, weeks, strict=True)][WARM_UP:]


def leaks(soak: Soak) -> dict[str, float]:
    """Return by how many bytes and blocks of memory the last process grew with each check, its caches left aside.

    The first weighings after its start are left out: what is made once, and small caches, come with them. What is made
    once later, such as one more connection to the store, is a step; a leak is a slope.
    """
    (last,) = soak.journal("started")[-1:]
    weighed = [line for line in soak.journal("weighed") if line["weighed"] >= last["started"]]
    weighed = weighed[SETTLED_IN:]
    points = {name: [(one["fetches"], one[name]) for one in weighed] for name in ("bytes", "blocks")}
    return {name: slope_but_for_a_step(samples) for name, samples in points.items()}


def figures(soak: Soak) -> dict[str, Any]:
    """Return what a soak showed."""
    script, lasting = soak.script, life(soak)
    accepted = soak.journal("route")
    checks: dict[str, int] = {}
    start = ""
    for line in soak.journal(""):
        start = line.get("started", start)
        if "fetches" in line:
            checks[start] = line["fetches"]
    return {
        "sources": len(script.policies),
        "days": (script.end - script.begin).days,
        "changes scripted": sum(len(policy.told()) for policy in script.policies),
        "fetches": sum(checks.values()),
        "messages": len(accepted),
        "twice": len(accepted) - len(accepted_once(soak)),
        "ended": dict(Counter(soak.ended)),
        "untrue": len(list(untrue(soak))),
        "spells": dict(Counter(spell.kind for policy in script.policies for spell in policy.spells)),
        "memory": [round(one["resident"] / 1e6, 1) for one in (lasting[0], lasting[-1])],
        "memory a year": round(52 * slope([(one["week"], one["resident"] / 1e6) for one in lasting]), 2),
        "growth a check": {name: round(growth, 2) for name, growth in leaks(soak).items()},
        "handles": sorted({one["handles"] for one in lasting}),
        "store": round(lasting[-1]["store"] / 1e6, 1),
        "store a week": round(slope([(one["week"], one["store"] / 1e6) for one in lasting]), 4),
    }
