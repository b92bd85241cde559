"""Amounts of money and shares, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.findings.amounts import amount_changes, amounts, number_of
from tracker.words import Direction


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a fee of $5 applies.", [(5, "usd")]),
        ("a fee of us$ 5.50 applies.", [(5.5, "usd")]),
        ("you pay 15 pounds.", [(15, "gbp")]),
        ("you pay gbp 10.000,00.", [(10000, "gbp")]),
        ("you pay £10,000.", [(10000, "gbp")]),
        ("we take 12.5% of each sale.", [(12.5, "percent")]),
        ("we take 35 per cent.", [(35, "percent")]),
        ("you pay one thousand two hundred and fifty dollars.", [(1250, "usd")]),
        ("we take two and a half percent.", [(2.5, "percent")]),
        ("up to 400 euro, then 1%.", [(400, "eur"), (1, "percent")]),
        ("a copy costs nothing.", [(0, "nothing")]),
        ("this is a royalty-free licence, feel free to write.", []),
        ("call us at 555 0123 by 3 pm.", []),
    ],
)
def test_an_amount_is_read_by_number_and_currency(text: str, found: list[tuple[float, str]]) -> None:
    """Signs and words before or after a number name its currency; what is free is an amount of nothing."""
    assert [(amount.value, amount.currency) for amount in amounts(text)] == found


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("A fee of $5 applies.", "A fee of $5.00 applies.", None),
        ("A fee of $5 applies.", "A fee of €5 applies.", Direction.NEUTRAL),
        ("Your liability is limited to $50.", "Your liability is limited to $500.", Direction.WEAKER),
        ("Our liability is limited to $50.", "Our liability is limited to $500.", Direction.STRONGER),
        ("We give you a credit of $10.", "We give you a credit of $5.", Direction.WEAKER),
        ("The office is 5% larger.", "The office is 6% larger.", None),
    ],
)
def test_more_is_good_for_whoever_gets_it(before: str, after: str, way: Direction | None) -> None:
    """What an amount bounds decides whether more of it is better; without that nothing is said."""
    assert [finding.direction for finding in amount_changes(before, after)] == ([way] if way else [])


@given(st.integers(0, 10**7), st.integers(0, 99))
def test_both_conventions_of_writing_numbers_are_read(whole: int, cents: int) -> None:
    """Commas and points may set off either thousands or cents."""
    english = f"{whole:,}.{cents:02d}"
    continental = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert number_of(english) == number_of(continental) == pytest.approx(whole + cents / 100)


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_amounts(text: str) -> None:
    """Hostile text raises nothing."""
    assert all(amount.value >= 0 for amount in amounts(text.lower()))
