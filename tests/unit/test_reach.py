"""Texts that differ in more clauses than are judged one by one."""

import pytest

from tracker.compare import compare
from tracker.compare.judging.reach import MOST_JUDGED
from tracker.words import ChangeKind, ClauseClass, Flag

SAME = ["We collect your name.", "We keep it for a year.", "Write to us about anything."]


def paragraphs(count: int, said: str) -> list[str]:
    return [f"Room {number} of our house {said}." for number in range(count)]


def test_what_is_out_of_reach_is_for_a_person_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a clause is not judged: it is listed, alerts, and the verdict is flagged for review."""
    monkeypatch.setattr("tracker.compare.judging.reach.MOST_JUDGED", 2)
    verdict = compare("\n\n".join(SAME), "\n\n".join(SAME + paragraphs(3, "is painted in green")))
    assert [change.kind for change in verdict.changes] == [ChangeKind.ADDED] * 3
    assert [reason.rule for reason in verdict.changes[2].judgement.reasons] == ["too_many_changes"]
    assert all(
        reason.rule != "too_many_changes" for change in verdict.changes[:2] for reason in change.judgement.reasons
    )
    assert verdict.changes[2].judgement.cls is ClauseClass.MATERIAL
    assert (verdict.alert, Flag.REVIEW in verdict.flags) == (True, True)


def test_changes_of_form_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clauses that moved or differ in form alone stay cosmetic, however many, and leave room for the others."""
    monkeypatch.setattr("tracker.compare.judging.reach.MOST_JUDGED", 1)
    old = [*SAME, *paragraphs(4, "is yours")]
    new = [*SAME[::-1], *(text.upper() for text in paragraphs(4, "is yours"))]
    verdict = compare("\n\n".join(old), "\n\n".join(new))
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.COSMETIC}
    assert not verdict.flags


def test_ordinary_texts_are_within_reach() -> None:
    """The limit is far beyond what a real step between two versions changes."""
    assert MOST_JUDGED >= 400
