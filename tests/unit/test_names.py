"""Renames throughout a document."""

import pytest

from tracker.compare import compare
from tracker.words import ClauseClass

POLICY = (
    "At Acme Softwares.net we care about your privacy. Acme Softwares.net runs this website and the apps you download.",
    "Acme Softwares.net collects your name and your email address when you open an account.",
    "Acme Softwares.net does not sell personal information to anyone.",
    "We share delivery data with the couriers who carry your parcel.",
    "If you live in California, you may ask Acme Softwares.net for a copy of your data.",
)


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def replaced(old: str, new: str) -> str:
    return text(*POLICY).replace(old, new)


@pytest.mark.parametrize("new", ["AcmeSoftwares.net", "Brightmail", "Brightmail Labs", "ACME-Soft"])
def test_a_brand_that_is_renamed_everywhere_alerts_nobody(new: str) -> None:
    """Joined, shortened or another name altogether: minor, with one note on the whole document."""
    verdict = compare(text(*POLICY), replaced("Acme Softwares.net", new))
    assert not verdict.alert
    assert {change.judgement.cls for change in verdict.changes} <= {ClauseClass.MINOR, ClauseClass.COSMETIC}


def test_the_note_names_both_names() -> None:
    """It is said once, of the whole document."""
    verdict = compare(text(*POLICY), replaced("Acme Softwares.net", "Brightmail"))
    assert len(verdict.reasons) == 1
    assert "Brightmail" in verdict.reasons[0]


def test_a_lost_not_in_a_renamed_document_still_alerts() -> None:
    """A rename hides nothing else."""
    after = replaced("Acme Softwares.net", "Brightmail").replace("does not sell", "sells")
    verdict = compare(text(*POLICY), after)
    assert verdict.alert
    assert [change.after for change in verdict.material()] == ["Brightmail sells personal information to anyone."]


@pytest.mark.parametrize("verb", ["runs", "does not sell", "collects"])
def test_formerly_says_nothing_about_practices(verb: str) -> None:
    """The old name may be told beside the new one, whatever word comes next: it is the same by its rule."""
    after = replaced("Acme Softwares.net", "Brightmail").replace(
        f"Brightmail {verb}", f"Brightmail (formerly Acme Softwares.net) {verb}"
    )
    verdict = compare(text(*POLICY), after)
    assert not verdict.alert
    assert {reason.rule for change in verdict.changes for reason in change.judgement.reasons} == {"entity_renamed"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "We use Matomo to count visits. Matomo sets a cookie.",
            "We use Hotjar to count visits. Hotjar sets a cookie.",
        ),
        (
            "This offer is for people in Ireland. Ireland is where we deliver.",
            "This offer is for people in France. France is where we deliver.",
        ),
    ],
)
def test_a_vendor_or_a_region_that_was_replaced_is_no_rename(old: str, new: str) -> None:
    """The statement is another one then, however consistent the replacement."""
    verdict = compare(text(*POLICY, old), text(*POLICY, new))
    assert verdict.reasons == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Vendors", "Advertisers"),
        ("Acme Softwares.net", "Brightmail US"),
    ],
)
def test_a_name_that_says_who_is_meant_is_no_rename(old: str, new: str) -> None:
    """A kind of recipient or a region in the name narrows or widens what is said."""
    paragraphs = [
        f"We share personal data with {old}. {old} use it for their own purposes.",
        f"{old} keep the data for 30 days. You can ask {old} for a copy.",
    ]
    before = text(*paragraphs)
    assert compare(before, before.replace(old, new)).reasons == ()
