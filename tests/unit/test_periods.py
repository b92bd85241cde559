# ruff: noqa: E501  (one sentence pair a line)
"""Spans of time in any wording, and what they bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.facts.periods import FOREVER, number_in, periods
from tracker.compare.findings.limits import same_time, time_changes
from tracker.words import Direction


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("we keep logs for two and a half years.", 912.5),
        ("we keep logs for a year and a half.", 547.5),
        ("we keep logs for half a year.", 182.5),
        ("we keep logs for one hundred and eighty days.", 180),
        ("we keep logs for forty-five days.", 45),
        ("we keep logs for 90 (ninety) days.", 90),
        ("we keep logs for six (6) months.", 182.5),
        ("we keep logs for 1,000 days.", 1000),
        ("we keep logs for a couple of weeks.", 14),
        ("we keep logs for two fortnights.", 28),
        ("we keep logs for a quarter.", 91.25),
        ("we keep logs for a decade.", 3650),
        ("an 18-month retention period applies.", 547.5),
        ("we keep logs for 10 business days.", 14),
        ("we keep logs for ten (10) working days.", 14),
        ("we keep logs for 30 calendar days.", 30),
        ("we keep logs for 72 hours.", 3),
        ("we keep logs for between 30 and 60 days.", 60),
        ("we keep logs for 30-60 days.", 60),
    ],
)
def test_a_span_is_read_however_it_is_said(text: str, days: float) -> None:
    """Digits, words, both, halves, hyphens, ranges and working days come to the same number of days."""
    assert [period.days for period in periods(text)] == [days]


@pytest.mark.parametrize(
    ("text", "role", "bound"),
    [
        ("we keep logs for at most 30 days.", "retention", "most"),
        ("we keep logs no longer than 30 days.", "retention", "most"),
        ("we keep logs for 30 days or less.", "retention", "most"),
        ("we keep logs for a minimum of 30 days.", "least_retention", "least"),
        ("we keep logs for 30 days or more.", "least_retention", "least"),
        ("logs are overwritten after 30 days.", "retention", ""),
        ("cookies expire after 13 months.", "retention", ""),
        ("we erase your data within 30 days.", "deletion", "within"),
        ("we will answer within 30 days.", "deadline", "within"),
        ("we notify you of a breach within 72 hours.", "breach", "within"),
        ("we will notify you 30 days before we change these terms.", "notice", ""),
        ("you must give us 30 days' notice to cancel.", "user_notice", ""),
        ("you may cancel up to 24 hours before the event.", "cutoff", "most"),
        ("you must bring a claim within one year.", "claim", "within"),
        ("damages are limited to the fees paid in the last 12 months.", "cap_basis", ""),
        ("you can return goods within 30 days.", "refund", "within"),
        ("we refund the price within 14 days.", "refund_paid", "within"),
        ("you may appeal within six months.", "appeal", "within"),
        ("you have 60 days to appeal.", "appeal", ""),
        ("your data can be restored for 14 days.", "given_back", ""),
        ("accounts unused for two years are closed.", "inactivity", ""),
        ("the first 30 days are free.", "trial", ""),
        ("we audit our vendors every year.", "protection_rhythm", "every"),
        ("we refresh your address book once a week.", "exposure_rhythm", "every"),
        ("the minimum term is two years.", "commitment", ""),
        ("if you are under 16, your parent must consent.", "consent_age", ""),
        ("you must be at least 16 years old.", "minimum_age", ""),
        ("videos may last up to 90 minutes.", "other", "most"),
    ],
)
def test_a_span_bounds_what_its_clause_is_about(text: str, role: str, bound: str) -> None:
    """The words of its clause say what a span bounds, the words beside it how."""
    assert [(period.role, period.bound) for period in periods(text)] == [(role, bound)]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("we keep it for a year after your contract ends.", "end"),
        ("we keep it for a year from the date of collection.", "recorded"),
        ("we keep it for a year from your last login.", "last_use"),
        ("we tell you within 72 hours of becoming aware of it.", "aware"),
        ("we answer within a month of your request.", "request"),
        ("we keep it for a year.", ""),
    ],
)
def test_the_event_a_span_runs_from_is_read(text: str, start: str) -> None:
    """The words after a span say from when it runs."""
    assert [period.start for period in periods(text)] == [start]


@pytest.mark.parametrize(
    "text",
    [
        "as of 1 march 2026, section 30 applies.",
        "the plan costs $10 a month.",
        "a speed of at least 15.0 mbps is needed.",
        "keep 16 or more copies.",
        "we met many years ago.",
    ],
)
def test_what_is_no_span_is_not_read_as_one(text: str) -> None:
    """Dates, section numbers, prices by the month and other numbers bound no time."""
    assert periods(text) == ()


def test_each_clause_of_a_sentence_has_its_own_span() -> None:
    """What one clause of a sentence is about does not colour the span of the next."""
    found = periods("we keep logs for 30 days and you have 14 days to object.")
    assert [(period.role, period.days) for period in found] == [("retention", 30), ("appeal", 14)]


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("we keep logs for 30 days and chats for 60 days.", "we keep logs for 30 days and chats for 90 days.", Direction.WEAKER),
        ("we keep logs for two years.", "we keep logs for two years, that is 24 months.", None),
        ("we keep logs for 12 months.", "we keep logs for one year.", None),
        ("you may object within 30 days.", "you may object.", Direction.STRONGER),
        ("we will answer within 30 days.", "we will answer.", Direction.WEAKER),
        ("we will answer.", "we will answer within 30 days.", Direction.STRONGER),
        ("we keep your logs for 30 days.", "we keep your logs.", Direction.WEAKER),
    ],
)  # fmt: skip
def test_only_the_span_that_changed_is_told(before: str, after: str, way: Direction | None) -> None:
    """Equal spans are left out; without its limit a deadline is longer, and so is the time one has oneself."""
    found = time_changes(periods(before), periods(after), before, after)
    assert [finding.direction for finding in found] == ([way] if way else [])


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_spans(text: str) -> None:
    """Hostile text raises nothing, and every span has a length."""
    assert all(0 < period.days <= FOREVER for period in periods(text.lower()))


@given(st.integers(1, 9999), st.sampled_from(["hour", "day", "week", "month", "year"]))
def test_spans_are_compared_by_their_length(count: int, unit: str) -> None:
    """The same count of the same unit is the same time, twice the count is not."""
    once, twice = (periods(f"we keep logs for {number} {unit}s.")[0].days for number in (count, 2 * count))
    assert same_time(once, once)
    assert not same_time(once, twice)


@pytest.mark.parametrize(
    ("words", "value"),
    [("twenty-four", 24), ("one hundred and twenty", 120), ("ninety", 90), ("1,500", 1500), ("2.5", 2.5), ("many", 0)],
)
def test_number_words_have_values(words: str, value: float) -> None:
    """Digits and number words are one."""
    assert number_in(words) == value
