# ruff: noqa: E501  (one case a line)
"""Definitions widen or narrow every clause that uses their term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.comparison import document_of
from tracker.compare.findings.definitions import Definitions, definition_in
from tracker.words import Direction

NAME = "“Personal Data” means your name and e-mail address."
WIDER = "“Personal Data” means your name, e-mail address and biometric data."


@pytest.mark.parametrize(
    ("text", "term", "items"),
    [
        (NAME, "Personal Data", 2),
        ('"Device" is a phone, tablet or computer.', "Device", 3),
        ("By “sensitive data” we mean health data.", "sensitive data", 1),
        ("Affiliates means our subsidiaries and partners.", "Affiliates", 2),
        ("We do not “sell” data, by which we mean passing it on for money or favours.", "sell", 2),
    ],
)
def test_a_definition_is_read_however_it_is_said(text: str, term: str, items: int) -> None:
    """A term and the items it takes in."""
    found = definition_in(text)
    assert found is not None
    assert (found.term, len(found.items)) == (term, items)


@pytest.mark.parametrize("text", ["We call this “fun”.", "This means that you may leave.", "", "“”"])
def test_what_defines_nothing_is_no_definition(text: str) -> None:
    """Quoted words and explanations alone define no term."""
    assert definition_in(text) is None


@pytest.mark.parametrize(
    ("before", "after", "use", "kind", "way"),
    [
        (NAME, WIDER, "We share Personal Data with partners.", "definition_widened", Direction.WEAKER),
        (NAME, WIDER, "We never sell Personal Data.", "definition_widened", Direction.STRONGER),
        (NAME, WIDER, "We never sell Personal Data. We share Personal Data with partners.", "definition_widened", Direction.WEAKER),
        (WIDER, NAME, "We share Personal Data with partners.", "definition_narrowed", Direction.STRONGER),
        (NAME, NAME[:-1] + ", excluding aliases.", "We never sell Personal Data.", "definition_narrowed", Direction.WEAKER),
        ("“Losses” means damages, fines and legal fees.", "“Losses” means damages and legal fees.", "You must pay our Losses.", "definition_narrowed", Direction.STRONGER),
        ("“Losses” means direct damages.", "“Losses” means damages.", "You must pay our Losses.", "definition_widened", Direction.WEAKER),
    ],
)  # fmt: skip
def test_the_use_of_a_term_says_what_its_definition_means(
    before: str, after: str, use: str, kind: str, way: Direction
) -> None:
    """A wider term is worse where it is taken or owed, better where it is promised or protected."""
    (finding,) = Definitions(document_of(f"{after}\n\n{use}")).findings(before, after)
    assert (finding.kind, finding.direction) == (kind, way)


def test_the_reason_counts_the_clauses_that_use_the_term() -> None:
    """A reader sees how far a definition reaches."""
    document = document_of(f"{WIDER}\n\nWe share Personal Data with partners.\n\nWe sell Personal Data.")
    (finding,) = Definitions(document).findings(NAME, WIDER)
    assert "added: “biometric data”); 2 clauses use it" in finding.reason().sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("“Device” means a phone, tablet or computer.", "“Device” means a tablet, computer, or phone."),
        ("“Contacts” means your contact details.", "“Contacts” means your contact details and phone number."),
        (NAME, "“Content” means your name and e-mail address."),
    ],
)
def test_order_and_parts_of_what_is_named_widen_nothing(before: str, after: str) -> None:
    """What lies within an item that is there is no news; another term is another definition."""
    assert Definitions(document_of(after)).findings(before, after) == []


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_a_definition(text: str) -> None:
    """Hostile text raises nothing and changes nothing against itself."""
    definition_in(text)
    assert Definitions(document_of(text)).findings(text, text) == []
