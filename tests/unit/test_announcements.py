"""When a change takes effect and until when one may object, in any common wording; and what announces nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.text.announcements import effects, is_banner, objections
from tracker.compare.text.dates import days_in, later

POSTED = date(2026, 1, 20)

EFFECTS = [
    ("These changes will take effect on 1 March 2026.", "2026-03-01"),
    ("Our new terms take effect March 1st, 2026.", "2026-03-01"),
    ("The updated terms are effective as of 2026-03-01.", "2026-03-01"),
    ("The updated policy comes into force on the 1st day of March, 2026.", "2026-03-01"),
    ("On Sunday, March 1, 2026 our new agreement comes into effect.", "2026-03-01"),
    ("From March 1, 2026, we will share your data with partners.", "2026-03-01"),
    ("Starting on 1 March 2026, the new terms apply to everyone.", "2026-03-01"),
    ("On 1 March 2026, we will start sharing your playlists.", "2026-03-01"),
    ("We're updating our terms on 1 March 2026.", "2026-03-01"),
    ("The new terms will apply from the end of March.", "2026-03-31"),
    ("The new terms will apply from the end of February 2028.", "2028-02-29"),
    ("This version will replace the present one on 1 March.", "2026-03-01"),
    ("This policy takes effect 30 days after posting.", "2026-02-19"),
    ("The amended terms become effective thirty (30) days after the date of this notice.", "2026-02-19"),
    ("These changes take effect one month after publication.", "2026-02-20"),
    ("These changes take effect two weeks after 1 February 2026.", "2026-02-15"),
    ("Effective Date: March 1, 2026", "2026-03-01"),
    ("This agreement is effective until 1 March 2026.", "2026-03-01"),
    ("You can read the prior policy, which applies to all users until 1 March 2026, here.", "2026-03-01"),
]

NO_EFFECT = [
    "Changes take effect 30 days after we post them.",
    "We may change this policy; changes are effective 30 days after posting.",
    "If we change these terms, the new terms take effect 30 days after notice.",
    "We collected this data from March 1, 2020 to May 3, 2021.",
    "Acme was founded on 1 March 2012 in Bergen.",
    "We keep your data for 30 days.",
    "You may march 12 miles.",
]


@pytest.mark.parametrize(("sentence", "day"), EFFECTS)
def test_the_day_of_effect_is_read_with_its_sentence(sentence: str, day: str) -> None:
    """Days in any order and precision; spans count from the posting; the quote is the sentence itself."""
    told = effects(sentence, POSTED)
    assert told[0].when.date == day
    assert told[0].when.quote == sentence
    assert told[0].when.words in sentence


@pytest.mark.parametrize("sentence", NO_EFFECT)
def test_rules_on_changes_and_other_days_are_no_day_of_effect(sentence: str) -> None:
    """A standing rule announces nothing, and neither does a day of something else."""
    assert effects(sentence, POSTED) == ()


def test_a_day_without_a_year_and_a_base_is_told_without_a_date() -> None:
    """It is announced all the same, and shown as it stands."""
    (told,) = effects("From 1 October our terms change: drawings will be used to train our models.")
    assert (told.when.date, told.when.words, told.ahead) == (None, "1 October", True)
    (told,) = objections("You may object until 31 August.")
    assert (told.when.date, told.when.words, told.when.bound) == (None, "31 August", "by")


def test_a_span_without_a_base_is_told_without_a_day() -> None:
    """It is shown as it stands; working days are never counted out."""
    (told,) = effects("This policy takes effect 30 days after posting.")
    assert (told.when.date, told.when.words) == (None, "30 days after posting")
    (told,) = effects("This policy takes effect 10 business days after posting.", POSTED)
    assert told.when.date is None


OBJECTIONS = [
    ("If you do not agree with these changes, you must close your account by 15 February 2026.", "2026-02-15", "by"),
    ("If you don't accept the new terms, cancel your subscription before February 15, 2026.", "2026-02-15", "before"),
    ("Users who object to the update have until 15 February 2026.", "2026-02-15", "by"),
    ("You may object no later than 2026-02-15.", "2026-02-15", "by"),
    ("You may object within 30 days of this notice.", "2026-02-19", "within"),
    ("You can reject the new terms within 14 days after receipt of this e-mail.", "2026-02-03", "within"),
    ("If you continue to use the service after 1 March 2026, you accept the new terms.", "2026-03-01", "after"),
    ("Your continued use on or after 1 March 2026 means that you agree.", "2026-03-01", "after"),
    ("If you do not agree, close your account before the changes take effect.", "2026-03-01", "before"),
    ("If you disagree with the change, you may object until then.", "2026-03-01", "by"),
    ("If you do not accept the updated terms, please delete your account.", None, ""),
]


@pytest.mark.parametrize(("sentence", "day", "bound"), OBJECTIONS)
def test_the_deadline_to_object_is_read_with_its_word(sentence: str, day: str | None, bound: str) -> None:
    """By and before are told apart; going on after a day counts as consent; a way without a day is told as such."""
    when = objections(sentence, POSTED, date(2026, 3, 1))[0].when
    assert (when.date, when.bound, when.quote) == (day, bound, sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If you object to the processing, tell us within 30 days of receipt.",
        "We may change this policy from time to time; if you do not agree, stop using the service.",
        "If you do not agree to any changes, you may end the contract within 30 days of notice.",
        "You can cancel your subscription at any time.",
        "We reject requests that came in before 1 March 2024.",
    ],
)
def test_other_objections_have_no_deadline_of_the_change(sentence: str) -> None:
    """A right to object to processing or a standing way out says nothing about this change."""
    assert [told for told in objections(sentence, POSTED) if told.when.words] == []


@pytest.mark.parametrize(
    ("text", "banner"),
    [
        ("We're updating our Privacy Policy. The changes take effect on 1 March 2026.", True),
        ("We've updated our Terms, effective 1 March 2026. You can view the prior Terms here.", True),
        ("The following policy will take effect on 1 March 2026.", True),
        ("This agreement is effective until 1 March 2026.", True),
        ("We are changing our terms soon. Preview the new version here.", True),
        ("Effective Date: 1 March 2026", False),
        ("Last updated: 15 January 2026", False),
        ("We may update this policy from time to time and will post the new version here.", False),
        ("For the purposes of this agreement, the following terms shall have the meanings set out below.", False),
        ("We will share your data with partners.", False),
    ],
)
def test_banners_are_told_from_dates_and_standing_rules(text: str, banner: bool) -> None:
    """An announcement speaks of this document and of a change of it to come."""
    assert is_banner(text, POSTED) is banner


def test_a_banner_is_none_once_its_day_has_come() -> None:
    """What was in force when it was seen is announced no more."""
    text = "We've updated our Terms, effective 1 March 2026."
    assert is_banner(text, date(2026, 2, 28))
    assert not is_banner(text, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("text", "base", "days"),
    [
        ("the end of February 2026", None, ["2026-02-28"]),
        ("in March 2026", None, ["2026-03-01"]),
        ("March 1", None, [None]),
        ("March 1", date(2026, 3, 1), ["2026-03-01"]),
        ("March 1", date(2026, 3, 2), ["2027-03-01"]),
        ("1 March 2026 and 2026/04/02", None, ["2026-03-01", "2026-04-02"]),
        ("you may 12 times; we march 3 days", POSTED, []),
        ("31 February", POSTED, []),
        ("29 February", date(2026, 1, 1), []),
        ("from the Last  Day of March", date(2026, 1, 1), ["2026-03-31"]),
        ("at the end of march or of any month", POSTED, []),
        ("by the end of 4 August", POSTED, ["2026-08-04"]),
        ("on 1.3.2026, in 12 parts", POSTED, ["2026-03-01"]),
    ],
)
def test_days_of_any_precision(text: str, base: date | None, days: list[str | None]) -> None:
    """A missing year is that of the next such day from the base on; verbs are no months; no day is made up."""
    assert [day.date and day.date.isoformat() for day in days_in(text, base)] == days


@pytest.mark.parametrize(
    ("number", "unit", "day"),
    [(30, "day", "2026-03-02"), (1, "month", "2026-02-28"), (2, "week", "2026-02-14"), (1, "year", "2027-01-31")],
)
def test_spans_follow_the_calendar(number: int, unit: str, day: str) -> None:
    """A month after 31 January is the last day of February."""
    assert later(date(2026, 1, 31), number, unit).isoformat() == day


@given(st.text(max_size=300), st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_any_text_can_be_read(text: str, posted: date | None) -> None:
    """No text breaks the reader, and what it quotes stands in the text."""
    for told in (*effects(text, posted), *objections(text, posted, posted)):
        assert told.when.quote in " ".join(text.split())
    is_banner(text, posted)


@given(
    st.sampled_from(["30", "thirty", "1", "a", "999", "12"]),
    st.sampled_from(["hours", "days", "weeks", "months", "years", "business days"]),
    st.sampled_from(["this notice", "posting", "1 March 9999", "31 December 9998", "the effective date"]),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
)
def test_spans_never_leave_the_calendar(number: str, unit: str, base: str, posted: date) -> None:
    """A day beyond the last one is told without a date."""
    sentence = (
        f"This policy takes effect {number} {unit} after {base}. You may object within {number} {unit} of {base}."
    )
    effects(sentence, posted)
    objections(sentence, posted, posted)
