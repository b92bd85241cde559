"""Months of many sources through the daemon, killed and begun again: people are told what the script says, no more."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.soak.ledger import (
    POINTS,
    Soak,
    disturbed_sleep,
    doubled,
    figures,
    leaks,
    life,
    slope,
    unfitting_notices,
    untrue,
)
from tests.soak.script import HARMLESS, MATERIAL, OUTAGES, STAND_INS, Policy, Step
from tracker.compare import Document, compare
from tracker.compare.text.clauses import cut
from tracker.extract import ExtractionRules, extract

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads memory and handles from /proc")


SOURCES, DAYS = int(os.environ.get("SOAK_SOURCES", "500")), int(os.environ.get("SOAK_DAYS", "730"))

#: Handles by which samples may differ.
MOST_HANDLES = 8

#: By how much a process may seem to grow with each check once its caches are emptied: half a kilobyte, either as memory
#: of the heap or as small objects.
MOST_GROWTH = {"bytes": 512.0, "blocks": 8.0}

#: Megabytes that caches may add, once a process is warm, until they are full.
MOST_CACHED = 100.0

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def shown(*edits: str, dated: datetime = BEGIN, busy: bool = False) -> Document:
    """Return what a page of the script shows where some edits are in force."""
    steps = [Step(dated, edit, material=True) for edit in edits]
    policy = Policy(7, brisk=False, begin=BEGIN, counts=busy, marked=busy, steps=steps)
    html = policy.html(dated + timedelta(days=1))
    return cut(extract(html.encode(), "text/html", ExtractionRules()).blocks, (policy.name,))


@pytest.mark.parametrize("edit", [*MATERIAL, *HARMLESS, "retitled", "reordered"])
@pytest.mark.parametrize("busy", [False, True])
def test_the_edits_of_the_script_are_judged_as_it_says(edit: str, busy: bool) -> None:
    """Both ways, among others, on pages that never stand still: what a soak misses is no matter of verdicts."""
    later = BEGIN + timedelta(days=40)
    for others in ((), tuple(MATERIAL.keys() - {edit})):
        without = shown(*others, busy=busy)
        for after in (shown(*others, edit, busy=busy), shown(*others, edit, dated=later, busy=busy)):
            for pair in ((without, after), (after, without)):
                verdict = compare(*pair, names=("Acmeaah",), captured_on=later.date())
                assert verdict.alert is (edit in MATERIAL)


@pytest.mark.timeout(1200)
def test_two_months_of_some_sources(tmp_path: Path) -> None:
    """Each of the things that happen at least once, two of the ways to end a process."""
    order = {"seed": 155, "sources": 6, "days": 62, "slot": 9, "every": 3, "brisk": 6}
    soak = Soak(tmp_path, order, kills=2, undisturbed=0.5)
    soak.run(seconds=1000)
    hold(soak)


@pytest.mark.soak
@pytest.mark.timeout(8 * 3600)
def test_two_years_of_many_sources(tmp_path: Path) -> None:
    """Memory, handles and store besides. SOAK_SOURCES and SOAK_DAYS ask for fewer than 500 and 730."""
    order = {"seed": 1, "sources": SOURCES, "days": DAYS, "slot": 28, "every": 7, "brisk": 25 if SOURCES > 100 else 5}
    soak = Soak(tmp_path, order, kills=max(len(POINTS), DAYS // 30), undisturbed=0.4)
    soak.run(seconds=8 * 3600)
    sys.stdout.write(f"\n{json.dumps(figures(soak), indent=1)}\n")
    hold(soak)
    assert len(set(soak.ended)) == len(POINTS)
    kinds = {spell.kind for policy in soak.script.policies for spell in policy.spells}
    assert kinds == {*STAND_INS, *OUTAGES, "flips"}, "a script too short for everything to happen in it"
    lasting = life(soak)
    assert max(one["handles"] for one in lasting) - min(one["handles"] for one in lasting) <= MOST_HANDLES
    grown = leaks(soak)
    assert {name for name, growth in grown.items() if growth > MOST_GROWTH[name]} == set(), grown
    assert max(one["resident"] for one in lasting) - lasting[0]["resident"] < MOST_CACHED * 1e6
    stored = [(one["week"], one["store"]) for one in lasting]
    half = len(stored) // 2
    assert slope(stored[half:]) < 1.5 * slope(stored[:half])


def hold(soak: Soak) -> None:
    """Ask what holds of every soak."""
    assert soak.log() == ""
    assert doubled(soak) == []
    assert list(untrue(soak)) == []
    assert list(unfitting_notices(soak)) == []
    assert disturbed_sleep(soak) == []
