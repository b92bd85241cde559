"""Numbers of things in words."""

import pytest

from tracker.counting import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes"), (1_234_567, "1,234,567 changes")]
)
def test_a_number_goes_with_its_noun(number: int, told: str) -> None:
    assert counted(number, "change") == told


def test_some_nouns_have_a_form_of_their_own() -> None:
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]
