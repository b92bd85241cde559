"""What the ledger of a soak calls lost, false, late or double: a perfect journal passes, a forged one does not."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.soak.ledger import (
    Soak,
    disturbed_sleep,
    doubled,
    leaks,
    slope,
    slope_but_for_a_step,
    unfitting_notices,
    untrue,
)
from tests.soak.script import PEOPLE

ORDER = {"seed": 377, "sources": 6, "days": 62, "slot": 9, "every": 2, "brisk": 3}

Line = dict[str, Any]


@pytest.fixture
def soak(tmp_path: Path) -> Soak:
    return Soak(tmp_path, ORDER, kills=0, undisturbed=1)


def journal(soak: Soak, forge: Callable[[list[Line]], None] = lambda lines: None) -> Soak:
    """Write what receivers would have accepted of a perfect daemon, once somebody forged it."""
    lines: list[Line] = []
    for route in PEOPLE:
        for policy in soak.script.policies:
            for step in policy.told():
                seen = step.at + timedelta(hours=5)
                change = {"id": "0", "source": policy.name, "seen": seen.isoformat(), "silent": step.silent}
                change |= {"before": "" if step.on else step.words, "after": step.words if step.on else ""}
                at = (seen + timedelta(minutes=30)).replace(hour=12).isoformat()
                lines.append({"route": route, "key": f"k{len(lines)}", "at": at, "changes": [change], "notices": []})
    forge(lines)
    (soak.folder / "journal").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return soak


def test_what_was_told_by_the_script_is_true(soak: Soak) -> None:
    """Nothing is found in it, and there is something to be found."""
    journal(soak)
    assert len(soak.journal("route")) > 40
    assert list(untrue(soak)) == []
    assert doubled(soak) == []
    assert disturbed_sleep(soak) == []


def late(lines: list[Line]) -> None:
    change = lines[0]["changes"][0]
    change["seen"] = (datetime.fromisoformat(change["seen"]) + timedelta(days=7)).isoformat()


def early(lines: list[Line]) -> None:
    lines[0]["changes"][0]["seen"] = "2026-01-05T00:00:00+00:00"


def about_another(lines: list[Line]) -> None:
    lines[0]["changes"][0] |= {"before": "something", "after": "something"}


def not_silent(lines: list[Line]) -> None:
    lines[0]["changes"][0]["silent"] ^= True


def lost(lines: list[Line]) -> None:
    lines.pop()


def told_anew(lines: list[Line]) -> None:
    lines.append(lines[0] | {"key": "another"})


def false(lines: list[Line]) -> None:
    lines[0]["changes"] = [*lines[0]["changes"], lines[0]["changes"][0] | {"source": "Acmezzz"}]


@pytest.mark.parametrize("forge", [late, early, about_another, not_silent, lost, told_anew, false])
def test_what_is_lost_late_double_or_false_is_found(soak: Soak, forge: Callable[[list[Line]], None]) -> None:
    """One forged message among all."""
    assert len(list(untrue(journal(soak, forge)))) == 1


def test_a_second_copy_is_fine_where_the_process_was_killed_between_acceptance_and_mark(soak: Soak) -> None:
    """Once, at that very moment; elsewhere it is told, and so is a third."""

    def killed(lines: list[Line]) -> None:
        lines += [{"killed": "accepted", "at": lines[0]["at"]}, lines[0]]

    assert doubled(journal(soak, killed)) == []
    assert len(doubled(journal(soak, lambda lines: lines.append(lines[0])))) == 1

    def thrice(lines: list[Line]) -> None:
        killed(lines)
        lines.append(lines[0])

    assert len(doubled(journal(soak, thrice))) == 1


def test_a_page_that_is_called_unstable_has_to_flip(soak: Soak) -> None:
    """Told within a spell of flips it is fine, otherwise not; and once in each."""
    flipping, spell = next(
        (policy, one) for policy in soak.script.policies for one in policy.spells if one.kind == "flips"
    )

    def told(at: datetime) -> Line:
        notice = {"kind": "unstable", "source": flipping.name, "title": ""}
        return {"route": "operators", "key": f"u{at}", "at": at.isoformat(), "changes": [], "notices": [notice]}

    def found(*times: datetime) -> list[str]:
        forged = journal(soak, lambda lines: lines.extend(map(told, times)))
        return [wrong for wrong in unfitting_notices(forged) if "unstable" in wrong]

    assert found(spell.start + timedelta(days=2)) == []
    assert len(found(spell.start - timedelta(days=1))) == 1
    first = spell.start + timedelta(days=1)
    assert len(found(first, first + timedelta(days=1))) == 1


def test_who_sleeps_is_found_to_be_woken(soak: Soak) -> None:
    """By the clock of the route: 21:30 in London is 22:30 in Berlin."""

    def wake(lines: list[Line]) -> None:
        next(line for line in lines if line["route"] == "awake")["at"] = "2026-01-20T21:30:00+00:00"

    assert len(disturbed_sleep(journal(soak, wake))) == 1


def test_a_leak_is_found_by_the_check_in_the_last_process(soak: Soak) -> None:
    """What other processes took, and what the last one took as it began, says nothing."""

    def weigh(lines: list[Line]) -> None:
        lines.append({"started": "2026-01-05T00:00:00+00:00"})
        lines.append({"weighed": "2026-01-06T00:00:00+00:00", "bytes": 9, "blocks": 9, "fetches": 0})
        lines.append({"started": "2026-02-01T00:00:00+00:00"})
        for week, (size, blocks) in enumerate([(0, 0), (9, 9), (4_000, 70), (5_000, 70), (6_000, 70), (7_000, 70)]):
            at = f"2026-02-{1 + week:02}T00:00:00+00:00"
            lines.append({"weighed": at, "bytes": size, "blocks": blocks, "fetches": 10 * week})

    assert leaks(journal(soak, weigh)) == {"bytes": pytest.approx(100), "blocks": 0}


def test_what_is_made_once_is_no_leak() -> None:
    """A step between even stretches counts for nothing; a second one, and a rise that goes on, do."""
    assert slope_but_for_a_step([(0, 5), (1, 5), (2, 900), (3, 900), (4, 900)]) == pytest.approx(0)
    assert slope_but_for_a_step([(0, 5), (1, 900), (2, 900), (3, 1_800), (4, 1_800)]) > 200
    assert slope_but_for_a_step([(0, 0), (1, 200), (2, 400), (3, 1_600), (4, 1_800), (5, 2_000)]) > 150


def test_a_slope_is_that_of_the_line_that_fits_best() -> None:
    """Two a week, and noise that evens out."""
    assert slope([(0, 1), (1, 2), (2, 5), (3, 6)]) == pytest.approx(1.8)
    assert slope([(0, 4), (1, 4), (2, 4)]) == 0
