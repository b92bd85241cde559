"""For whom and where a clause holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.facts.facts import read
from tracker.compare.findings.regions import favour, regions_in, scope_changes, scope_of


@pytest.mark.parametrize(
    ("text", "held", "left_out", "places"),
    [
        ("If you live in Spain, France or the UK, you may object.", {"spain", "france", "uk"}, set(), set()),
        ("California and Virginia residents may object.", {"california", "virginia"}, set(), set()),
        ("You may object, except in Germany.", set(), {"germany"}, set()),
        ("We store your data in Ireland and India.", set(), set(), {"ireland", "india"}),
        ("Wherever you live, you may object.", {"anywhere"}, set(), set()),
        ("We transfer data outside the EEA.", set(), set(), set()),
        ("Contact us if you have questions.", set(), set(), set()),
        ("Users in the US may object.", {"usa"}, set(), set()),
        ("Residents of certain U.S. states, including Utah and Iowa, may object.", {"utah", "iowa"}, set(), set()),
        ("We host it in the eu-west-2 region.", set(), set(), set()),
    ],
)
def test_a_region_is_read_by_the_words_around_it(
    text: str, held: set[str], left_out: set[str], places: set[str]
) -> None:
    """The same name says whom a clause holds for, whom it leaves out, or where data goes."""
    scope = scope_of(text, "regions")
    assert (set(scope.held), set(scope.left_out), set(scope.places)) == (held, left_out, places)


def test_the_law_that_decides_is_no_place_of_people() -> None:
    """A governing law says nothing of where anyone lives."""
    scope = scope_of("These terms are governed by the laws of Ireland.", "regions")
    assert set(scope.laws) == {"ireland"}
    assert not scope.held | scope.places


def test_accounts_may_share_their_noun() -> None:
    """Business and personal accounts are two groups."""
    assert scope_of("Content of business and personal accounts is safe.", "groups").held == {
        "business_accounts",
        "personal_accounts",
    }


@pytest.mark.parametrize(
    ("text", "balance"),
    [
        ("You may request a copy of your data.", 1),
        ("We do not sell your data.", 1),
        ("You are not bound by the arbitration clause.", 1),
        ("We share your data with partners.", -1),
        ("You must settle disputes by arbitration.", -1),
        ("Our office is in the old mill.", 0),
    ],
)
def test_a_clause_gives_or_takes(text: str, balance: int) -> None:
    """Rights and promises are good to have, practices and duties are not."""
    assert favour(text, read(text)) == balance


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Residents of Spain may object.", "People who reside in Spain may object."),
        ("We store data in the EU.", "We store data in the European Union."),
        ("We store data in the EU and Germany.", "We store data in the EU."),
        ("Our office is in Spain.", "Our office is in Italy."),
    ],
)
def test_what_stays_within_a_scope_is_no_change_of_it(before: str, after: str) -> None:
    """Another wording, a part of what is named anyway, and names that bound nothing change no scope."""
    assert scope_changes(before, after, read(before), read(after)) == []


def test_cities_stand_for_their_country() -> None:
    """A data centre in Hyderabad is one in India."""
    assert regions_in("Our data centres are in Frankfurt and Hyderabad.") == {"germany", "india"}


@given(st.text(max_size=200), st.sampled_from(["regions", "groups"]))
def test_any_text_can_be_searched_for_its_scope(text: str, noun: str) -> None:
    """Hostile text raises nothing."""
    scope = scope_of(text, noun)
    assert scope.held | scope.left_out | scope.places | scope.laws <= scope.named


def _found(before: str, after: str) -> list[str]:
    return [finding.kind for finding in scope_changes(before, after, read(before), read(after))]


def test_a_wider_region_in_the_place_of_a_narrower_one_is_a_wider_circle() -> None:
    """However the clause speaks of people there, it holds for more of them where nothing else of it changed."""
    narrow = "Members who join from the EU are not subscribed unless they agree."
    wide = narrow.replace("EU", "EEA")
    assert (_found(narrow, wide), _found(wide, narrow)) == (["group_extended"], ["group_shrunk"])


def test_regions_that_do_not_hold_one_another_or_other_words_besides_say_nothing_of_a_circle() -> None:
    """Another office, or a sentence that changed as well, is left to other rules."""
    assert _found("Our office is in Spain.", "Our office is in Portugal.") == []
    assert _found("Members who join from the EU are asked.", "Members who join from the EEA are never asked.") == []
