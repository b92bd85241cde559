"""Numbers of things in words."""

import pytest

from tracker.counting import counted
from tracker.web.rendering import span_of, templates


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes"), (1_234_567, "1,234,567 changes")]
)
def test_a_number_goes_with_its_noun(number: int, told: str) -> None:
    assert counted(number, "change") == told


def test_some_nouns_have_a_form_of_their_own() -> None:
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]


def test_pages_count_as_everybody_else_does() -> None:
    """A template says it by the same function."""
    page = templates().from_string('given up after {{ number|counted("try", "tries") }}')
    assert [page.render(number=number) for number in (1, 3)] == ["given up after 1 try", "given up after 3 tries"]


def test_a_second_is_one() -> None:
    assert [span_of(seconds) for seconds in (1, 119, 7_200)] == ["1 second", "119 seconds", "2 hours"]
