"""Which stems came or went, and in what text, turns its sign when the sides are exchanged."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.learned.sway import turns_of

WORDS = st.lists(st.sampled_from(["share", "shared", "only", "partners", "delete", "rights", "never"]), max_size=6)


def _around(words: list[str], sign: str) -> list[str]:
    return [f"{sign}{one} {other}" for one, other in itertools.pairwise(words)]


def test_forms_of_a_word_count_as_one() -> None:
    """What came in one form and went in another is no turn."""
    assert turns_of(["sharing"], ["shared"], (), (), alone=False) == {}


def test_the_text_that_grows_is_told_with_what_came() -> None:
    """One more entry means another thing among rights than among recipients."""
    turns = turns_of([], ["portability"], (), ["rights"], alone=False)
    assert turns == {"portabl": 1.0, "in right": 1.0}
    assert turns_of(["portability"], [], (), ["rights"], alone=False) == {"portabl": -1.0, "in right": -1.0}


def test_a_clause_alone_is_the_text_that_came() -> None:
    """Where one side is empty, its words and word pairs are both what came and where."""
    turns = turns_of([], ["we", "share"], ["+we share"], (), alone=True)
    assert turns == {"we": 1, "share": 1, "we share": 1, "in we": 1, "in share": 1, "in we share": 1}


def test_a_text_that_neither_grows_nor_shrinks_tells_nothing() -> None:
    """A word for a word leaves open which of both the text around them favours."""
    assert turns_of(["may"], ["must"], (), ["delete"], alone=False) == {"may": -1.0, "must": 1.0}


@given(WORDS, WORDS, WORDS, st.booleans())
def test_exchanged_sides_exchange_the_sign(went: list[str], came: list[str], kept: list[str], alone: bool) -> None:
    """Backwards, each value is the opposite one."""
    forth = turns_of(went, came, [*_around(went, "-"), *_around(came, "+")], kept, alone=alone)
    back = turns_of(came, went, [*_around(came, "-"), *_around(went, "+")], kept, alone=alone)
    assert back == {name: -value for name, value in forth.items()}
    assert all(-1 <= value <= 1 for value in forth.values())
