"""How clauses became others, as a verdict's clause changes tell it."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.model import ClauseChange, Judgement
from tracker.history.lineage import Link, links_of
from tracker.words import ChangeKind, ClauseClass

TEXTS = {
    1: "We keep logs.",
    2: "We sell nothing.",
    3: "We keep logs for a year.",
    4: "We sell.",
    5: "We keep. We sell.",
}


def change(kind: ChangeKind, before: tuple[int, ...], after: tuple[int, ...], told: tuple[str, str]) -> ClauseChange:
    return ClauseChange(kind, Judgement(ClauseClass.MINOR), *told, before_at=before, after_at=after)


def test_a_reworded_clause_is_linked() -> None:
    """By their places in the two versions."""
    changes = [change(ChangeKind.CHANGED, (0,), (1,), (TEXTS[1], TEXTS[3]))]
    assert links_of(changes, [1, 2], [2, 3], TEXTS) == [Link((1,), (3,))]


def test_a_merge_has_several_before() -> None:
    """Each of them became the one."""
    changes = [change(ChangeKind.CHANGED, (0, 1), (0,), (f"{TEXTS[1]} {TEXTS[4]}", TEXTS[5]))]
    assert links_of(changes, [1, 4], [5], TEXTS) == [Link((1, 4), (5,))]


def test_what_came_or_went_has_no_other_side() -> None:
    """An added clause was made of nothing."""
    changes = [change(ChangeKind.ADDED, (), (0,), ("", TEXTS[4])), change(ChangeKind.REMOVED, (0,), (), (TEXTS[1], ""))]
    assert links_of(changes, [1], [4], TEXTS) == []


def test_places_of_other_rules_are_left_out() -> None:
    """A place that no version has, or that holds another text than the change tells of, links nothing."""
    changes = [
        change(ChangeKind.CHANGED, (7,), (0,), (TEXTS[1], TEXTS[3])),
        change(ChangeKind.CHANGED, (0,), (0,), ("Something else.", TEXTS[3])),
    ]
    assert links_of(changes, [1], [3], TEXTS) == []


def test_a_text_within_another_is_not_that_other() -> None:
    """The place holds "We sell.", the change tells of a clause in which these words stand among others."""
    changes = [change(ChangeKind.CHANGED, (0,), (0,), (TEXTS[5], TEXTS[3]))]
    assert links_of(changes, [4], [3], TEXTS) == []


places = st.lists(st.integers(-2, 6), max_size=3).map(tuple)


@given(st.lists(st.tuples(places, places), max_size=6))
def test_links_name_clauses_of_the_two_versions_only(steps: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> None:
    """Whatever places a verdict holds."""

    def told(at: tuple[int, ...], idents: list[int]) -> str:
        return " ".join(TEXTS[idents[place]] for place in at if 0 <= place < len(idents))

    changes = [
        change(ChangeKind.CHANGED, before, after, (told(before, [1, 2, 3]), told(after, [3, 4, 5])))
        for before, after in steps
    ]
    for link in links_of(changes, [1, 2, 3], [3, 4, 5], TEXTS):
        assert set(link.before) <= {1, 2, 3}
        assert set(link.after) <= {3, 4, 5}
        assert link.before != link.after
