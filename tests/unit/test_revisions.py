"""Revisions of real clauses are put back into their texts."""

from itertools import islice

import pytest

from tests.quality.lines import lines_of
from tests.quality.revisions import revised, revisions_to_learn, revisions_to_measure, versions
from tracker.extract.markdown import read_markdown

TEXT = "# Privacy\n\nWe keep it. We share it.\n\n- with banks\n- with you"


def said(cuts: list[tuple[int, int, str]]) -> list[str]:
    return [block.text for block in revised(read_markdown(TEXT).blocks, cuts)]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ([], ["Privacy", "We keep it. We share it.", "with banks", "with you"]),
        ([(2, 3, "never keep")], ["Privacy", "We never keep it. We share it.", "with banks", "with you"]),
        ([(2, 3, "store"), (5, 6, "sell")], ["Privacy", "We store it. We sell it.", "with banks", "with you"]),
        ([(7, 7, "Often.")], ["Privacy", "We keep it. We share it. Often.", "with banks", "with you"]),
        ([(4, 5, "")], ["Privacy", "We keep it. share it.", "with banks", "with you"]),
        ([(7, 8, "only with")], ["Privacy", "We keep it. We share it.", "only with banks", "with you"]),
    ],
)
def test_words_are_exchanged_where_they_stand(cuts: list[tuple[int, int, str]], expected: list[str]) -> None:
    """Positions count the words displayed; what is added between two blocks comes to the end of the first."""
    assert said(cuts) == expected


def test_both_revisions_of_a_clause_never_meet() -> None:
    """Each edit comes to one version of its text, and no version revises a clause twice."""
    for number, line in enumerate(lines_of("read", "revised.jsonl")):
        dealt = versions(line["edits"], number)
        assert sum(map(len, dealt)) == len(line["edits"])
        for version in dealt:
            revised_clauses = [tuple(edit["at"]) for edit in version if edit["at"][0] < edit["at"][1]]
            assert len(revised_clauses) == len(set(revised_clauses)), line["id"]


class Anything(dict[str, dict[str, str]]):
    """A text of as many words as any edit may want, under any id."""

    def __missing__(self, ident: str) -> dict[str, str]:
        return {"service": "Example", "after": " ".join(f"w{at}" for at in range(60_000))}


def test_odd_texts_are_learned_and_even_ones_measure() -> None:
    """What is learned from bears odd numbers, and every other row of it is read backwards; the rest even ones."""
    rows = islice(revisions_to_learn(Anything()), 12), islice(revisions_to_measure(Anything()), 30)
    learned, measured = ({row["id"].partition("+")[0] for row in part} for part in rows)
    assert {int(ident[-1]) % 2 for ident in learned} == {1}
    assert {int(ident[-1]) % 2 for ident in measured} == {0}


def test_a_row_read_backwards_says_the_opposite() -> None:
    """Its sides are exchanged with their positions, and what was worse for the person is better."""
    there, back = islice(revisions_to_learn(Anything()), 2)
    (first,) = (line for line in lines_of("read", "revised.jsonl") if line["id"] == there["id"].partition("+")[0])
    forward, backward = versions(first["edits"], 0)[:2]
    for row, edits, text in ((there, forward, there["before"]), (back, backward, back["after"])):
        assert text.strip() == Anything()["any"]["after"]
        assert [hunk["class"] for hunk in row["hunks"]] == [edit["class"] for edit in edits]
    told = [(edit.get("direction"), hunk["direction"]) for edit, hunk in zip(backward, back["hunks"], strict=True)]
    assert told
    assert all(was is None or {was, now} in ({"weaker", "stronger"}, {"neutral"}, {"mixed"}) for was, now in told)
    assert all(hunk["spans"][1] == [list(edit["at"])] for edit, hunk in zip(backward, back["hunks"], strict=True))
