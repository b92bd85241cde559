"""What a verdict says of time: effective day, deadline, and the flags announced, silent and returned."""

from datetime import date

from tracker.compare import Verdict, compare
from tracker.words import ClauseClass, Flag, Topic

BODY = "We collect your name and your address.\n\nWe keep it for 30 days.\n\nWe run a service for gardeners."
LONGER = BODY.replace("30 days", "13 months")
DATED = "Last updated: 5 January 2025\n\n"
BANNER = (
    "We're updating our Privacy Policy. The changes take effect on 1 March 2026. "
    "If you do not agree, close your account by 15 February 2026.\n\n"
)
SEEN, LATER = date(2026, 1, 20), date(2026, 3, 2)


def classes(verdict: Verdict) -> dict[str, ClauseClass]:
    return {change.before or change.after: change.judgement.cls for change in verdict.changes}


def test_a_banner_that_comes_is_material_and_announced() -> None:
    """The verdict carries the day and the deadline, each with its sentence, and survives being stored."""
    verdict = compare(BODY, BANNER + BODY, captured_on=SEEN)
    assert verdict.alert
    assert verdict.flags == (Flag.ANNOUNCED,)
    assert verdict.topics == (Topic.POLICY_CHANGE,) or Topic.POLICY_CHANGE in verdict.topics
    assert set(classes(verdict).values()) == {ClauseClass.MATERIAL}
    assert (verdict.effective_date, verdict.objection_deadline) == ("2026-03-01", "2026-02-15")
    assert verdict.effective is not None
    assert verdict.effective.quote == "The changes take effect on 1 March 2026."
    told = verdict.to_json()
    assert (told["effective_date"], told["objection_deadline"]) == ("2026-03-01", "2026-02-15")
    assert Verdict.from_json(told) == verdict


def test_the_number_of_a_banner_announces_nothing() -> None:
    """Of a paragraph that announces a change only that is told as news which says something."""
    after = BANNER.replace("We're", "H.1. We're").replace("The changes", "H.2. The changes")
    verdict = compare(BODY, f"{after}{BODY}", captured_on=SEEN)
    assert verdict.alert
    numbers = [change for change in verdict.changes if not any(len(word) > 3 for word in change.after.split())]
    assert all(change.judgement.cls is not ClauseClass.MATERIAL for change in numbers)


def test_a_banner_that_goes_once_in_force_is_minor() -> None:
    """All sentences of its paragraph go with it; nobody is alerted."""
    verdict = compare(BANNER + BODY, BODY, captured_on=LATER)
    assert not verdict.alert
    assert set(classes(verdict).values()) == {ClauseClass.MINOR}
    assert verdict.flags == ()
    assert not compare(BANNER + BODY, BODY).alert


def test_a_banner_that_goes_before_its_day_was_withdrawn() -> None:
    """Those who prepared for the change should know."""
    verdict = compare(BANNER + BODY, BODY, captured_on=SEEN)
    assert verdict.alert
    assert {reason.rule for change in verdict.changes for reason in change.judgement.reasons} >= {
        "announcement_withdrawn"
    }


def test_the_day_stands_in_the_banner_that_came_before_the_change() -> None:
    """A text that changes under a banner that was there already takes effect on the banner's day."""
    verdict = compare(BANNER + BODY, BANNER + LONGER, captured_on=SEEN)
    assert (verdict.effective_date, verdict.objection_deadline) == ("2026-03-01", "2026-02-15")
    assert Flag.ANNOUNCED in verdict.flags
    assert compare(BANNER + BODY, BANNER + LONGER, captured_on=LATER).effective is None


def test_days_elsewhere_in_the_text_are_not_those_of_the_change() -> None:
    """What did not change and announces nothing is not searched."""
    rest = "\n\nFrom 1 May 2027 our office is in Oslo."
    verdict = compare(BODY + rest, LONGER + rest, captured_on=SEEN)
    assert verdict.effective is None
    assert verdict.flags == ()


def test_a_span_counts_from_the_stated_date_else_from_the_day_it_was_seen() -> None:
    """Thirty days after posting; without any day the span is told as it stands, and still announced."""
    ends = "\n\nThis policy takes effect 30 days after posting."
    stated = "Last updated: 10 January 2026\n\n"
    assert compare(BODY, LONGER + ends, captured_on=SEEN).effective_date == "2026-02-19"
    assert compare(DATED + BODY, stated + LONGER + ends, captured_on=SEEN).effective_date == "2026-02-09"
    unknown = compare(BODY, LONGER + ends)
    assert unknown.effective is not None
    assert (unknown.effective_date, unknown.effective.words) == (None, "30 days after posting")
    assert unknown.flags == (Flag.ANNOUNCED,)


def test_announced_needs_a_day_to_come() -> None:
    """A day that has passed is told but not announced; the stated date stands in where no day is given."""
    ends = "\n\nThese terms are effective as of 1 March 2026."
    assert compare(BODY, LONGER + ends, captured_on=SEEN).flags == (Flag.ANNOUNCED,)
    past = compare(BODY, LONGER + ends, captured_on=LATER)
    assert (past.flags, past.effective_date) == ((), "2026-03-01")
    stated = "Last updated: 20 January 2026\n\n"
    assert compare(DATED + BODY, stated + LONGER + ends).flags == (Flag.ANNOUNCED,)
    assert compare(BODY, LONGER + "\n\nOur office moves on 1 March 2026.", captured_on=SEEN).flags == ()


def test_silent_is_a_change_under_a_date_that_stayed() -> None:
    """Not where the date moved, is missing, where only the form changed, or where an announcement speaks."""
    assert compare(DATED + BODY, DATED + LONGER).flags == (Flag.SILENT,)
    effective = DATED.replace("Last updated", "Effective date")
    assert compare(effective + BODY, effective + LONGER).flags == (Flag.SILENT,)
    assert compare(DATED + BODY, DATED.replace("2025", "2026") + LONGER).flags == ()
    assert compare(DATED + BODY, LONGER).flags == ()
    assert compare(BODY, LONGER).flags == ()
    assert compare(DATED + BODY, DATED + BODY.replace("your name", "your  name")).flags == ()
    assert compare(DATED + BODY, DATED + BANNER + LONGER, captured_on=SEEN).flags == (Flag.ANNOUNCED,)
    assert compare(DATED + BANNER + BODY, DATED + BODY, captured_on=LATER).flags == ()


def test_returned_is_a_text_seen_before() -> None:
    """The text is compared as it is displayed, clause by clause."""
    known = {" ".join(BODY.split("\n\n"))}
    assert compare(LONGER, BODY, known_texts=known).flags == (Flag.RETURNED,)
    assert compare(BODY, LONGER, known_texts=known).flags == ()
    assert compare(LONGER, BODY).flags == ()
