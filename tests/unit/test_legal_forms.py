"""A company that changes its legal form alerts nobody; limits that are spelt like one do."""

import pytest

from tracker.compare import compare
from tracker.compare.findings.legal_forms import same_but_for_legal_forms

TEXT = "# Terms\n\nThe club lends boats.\n\n{}\n\nMembers return them by noon."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The service is run by Maple Boats, Inc.", "The service is run by Maple Boats LLC."),
        (
            "Maple Boats Inc., a Delaware corporation, keeps your bookings.",
            "Maple Boats LLC, a Delaware limited liability company, keeps your bookings.",
        ),
        ("Write to Maple Boats Ltd, 3 Quay Street.", "Write to Maple Boats Limited, 3 Quay Street."),
        ("Write to Maple Boats GmbH, 3 Quay Street.", "Write to Maple Boats, 3 Quay Street."),
    ],
)
def test_another_legal_form_is_minor(before: str, after: str) -> None:
    """Whose text it is stays, both ways."""
    for old, new in ((before, after), (after, before)):
        verdict = compare(TEXT.format(old), TEXT.format(new))
        assert not verdict.alert
        assert verdict.changes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Our liability is limited to the price you paid.", "Our liability is the price you paid."),
        ("We share your name with Maple Boats Inc.", "We share your name with Oak Boats Inc."),
        ("Maple Boats Inc. may sell your name.", "Maple Boats LLC will not sell your name."),
        ("We tell the corporation who you are.", "We tell the police who you are."),
        ("We tell a corporation who you are.", "We tell a partnership who you are."),
        ("Maple Boats Inc. decides what happens to your data.", "Maple Boats GmbH decides what happens to your data."),
        ("Maple Boats LLC decides what happens to your data.", "Maple Boats Ltd decides what happens to your data."),
    ],
)
def test_more_than_the_legal_form_is_seen(before: str, after: str) -> None:
    """A limit, another company or one of another law, another promise."""
    assert not same_but_for_legal_forms(before, after)
