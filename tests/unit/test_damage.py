"""Texts that broke off or gave way to another document are noise for a person to look at; real changes stay."""

import pytest

from tracker.compare import Block, BlockKind, Document, Verdict, compare
from tracker.compare.text.clauses import cut
from tracker.compare.text.damage import breaks_off
from tracker.compare.text.guard import guard
from tracker.words import ClauseClass, Flag

PRIVACY = [
    "We collect your name, your email address and your location when you open an account with us.",
    "We share your personal information with service providers who process payments for us.",
    "We use cookies and similar technologies to analyse how visitors use our website.",
    "We keep your personal information for two years after you close your account.",
    "You may ask us for access to your personal information or object to its use for marketing.",
    "We transfer personal information to the United States under standard contractual clauses.",
    "We never sell your personal information, and we do not use it to train artificial intelligence.",
    "We protect your data with encryption, and only staff who need it can read your personal information.",
]
TERMS = [
    "You must pay all fees when they fall due, and late payments bear interest at two per cent a month.",
    "We may suspend or terminate your account if you break these rules or upload unlawful content.",
    "You grant us a worldwide licence to host and display the content that you post in our shop.",
    "You may not resell goods, harass other members, or interfere with the running of the auctions.",
    "Our liability for damages is limited to the price that you paid for the goods in question.",
    "Any dispute about an order will be settled by binding arbitration in the city of Bergen.",
    "Prices include taxes; subscriptions renew each year unless you cancel them a month before.",
    "We give no warranty that the auctions will be free of interruption or of other defects.",
]

INSTALMENTS = [
    "You pay the price in five equal parts, the first of them on the day on which the goods leave our warehouse.",
    "Each further payment is charged to your card thirty days after the one before, without interest.",
    "If your card is refused we charge another card that you have left with us for your orders.",
    "You may pay the rest of the price at any time, and no fee is charged for doing so.",
    "Taxes and the costs of delivery are due in full together with the first payment.",
    "A refund for returned goods is first set off against the payments that are still due.",
]
STUDENTS = [
    "A student membership costs half of the usual yearly fee and is paid in advance for twelve months.",
    "We charge the fee for the next year unless you cancel before the current one comes to its end.",
    "Proof of enrolment must be sent to us once a year; without it the full price is charged.",
    "The discount ends when you finish your studies, and at the latest four years after you joined.",
    "Fees that were paid are refunded for whole months only, to the account that they came from.",
    "We share your name, your school and your course with advertisers.",
    "Prices for students include all taxes and may change at the beginning of a term.",
]


def document(paragraphs: list[str], title: str = "") -> Document:
    heading = [Block(BlockKind.HEADING, title, 1)] if title else []
    return cut([*heading, *(Block(BlockKind.PARAGRAPH, text) for text in paragraphs)])


CUT = [*PRIVACY[:3], "We keep your personal information for two"]


def rules(verdict: Verdict) -> set[str]:
    return {reason.rule for change in verdict.changes for reason in change.judgement.reasons}


@pytest.mark.parametrize(("before", "after", "rule"), [(PRIVACY, CUT, "cut_off"), (CUT, PRIVACY, "reappeared")])
def test_what_a_broken_off_text_lacks_is_noise_both_ways(before: list[str], after: list[str], rule: str) -> None:
    """No alert, all changes noise, a person should look, and the verdict says why in a sentence."""
    verdict = compare(document(before), document(after))
    assert (verdict.alert, verdict.flags) == (False, (Flag.REVIEW,))
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.NOISE}
    assert rules(verdict) == {rule}
    assert "in the middle of a sentence" in verdict.reasons[0]


def test_a_change_before_the_break_is_still_one() -> None:
    """What the damage does not explain is judged."""
    sold = [text.replace("with service providers", "with advertisers and data brokers") for text in CUT]
    verdict = compare(document(PRIVACY), document(sold))
    assert verdict.alert
    assert [change.before for change in verdict.material()] == [PRIVACY[1]]
    assert Flag.REVIEW in verdict.flags


@pytest.mark.parametrize(
    "after",
    [
        PRIVACY[:3],  # ends with a whole sentence: it may have been shortened
        [*PRIVACY[:3], *PRIVACY[6:]],  # a part in the middle
        [*PRIVACY[:3], "We keep your personal information for as long as we like"],  # ends otherwise than before
        [*PRIVACY[:6], "We never sell your personal"],  # hardly anything is missing
    ],
)
def test_a_part_that_was_removed_is_no_damage(after: list[str]) -> None:
    """Only a sentence that stops where it went on before proves that a text broke off."""
    assert "cut_off" not in rules(compare(document(PRIVACY), document(after)))


def test_a_document_of_another_kind_says_nothing_about_the_policy() -> None:
    """Terms in the place of a privacy policy: every change noise, no alert, a person should look."""
    verdict = compare(document(PRIVACY), document(TERMS))
    assert (verdict.alert, verdict.flags) == (False, (Flag.REVIEW,))
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.NOISE}
    titled = compare(document(PRIVACY, "Acme Privacy Policy"), document(TERMS, "Acme Terms of Service"))
    assert rules(titled) == {"other_document"}


def test_a_document_of_another_title_without_a_sentence_in_common_is_another() -> None:
    """Under its own title the same text is the policy written anew, and judged."""
    before = document(INSTALMENTS, "Paying by instalments")
    other = document(STUDENTS, "Student membership")
    anew = document(STUDENTS, "Paying by instalments")
    assert rules(compare(before, other)) == {"other_document"}
    assert not compare(before, other).alert
    assert compare(before, anew).alert


def test_words_run_together_are_a_slip() -> None:
    """Spaces lost or found again by an extraction change nothing."""
    text = "\n\n".join(PRIVACY)
    glued = text.replace("your email address and", "youremail addressand").replace(
        "close your account", "closeyour account"
    )
    for verdict in (compare(text, glued), compare(glued, text)):
        assert not verdict.alert
        assert rules(verdict) == {"spelling"}


def test_a_policy_written_anew_is_judged() -> None:
    """Other sentences on the same subjects are a change of the policy, however few words were kept."""
    anew = [
        "When somebody registers, their name, mail address and whereabouts are recorded.",
        "Personal information goes to advertisers and to processors that handle payments on our behalf.",
        "Cookies and pixels tell us what people look at on these pages.",
        "Records about people stay with us for ten years once they have left.",
        "People can request a copy of what is held about them and say no to promotional mail.",
        "Data is sent to servers in the United States.",
        "Your personal data may be sold to partners, and artificial intelligence is trained with it.",
        "Encryption guards what we hold about you, along with limits on which employees may look at it.",
        "We review those limits every year together with the people who look after our machines.",
    ]
    verdict = compare(document(PRIVACY), document(anew))
    assert verdict.alert
    assert "other_document" not in rules(verdict)


def test_the_guard_holds_a_text_that_breaks_off() -> None:
    """It does not become a version, so that no change behind the break is lost; a shortened policy passes."""
    before = document(PRIVACY)
    found = guard(document(CUT), before=before)
    assert found is not None
    assert found.reason == "cut_off"
    assert "for two" in found.detail
    assert guard(document(PRIVACY[:3]), before=before) is None
    assert breaks_off(document(CUT), before) is None
