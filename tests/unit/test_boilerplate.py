"""What every contract says of itself alerts nobody; what it says besides does."""

import pytest

from tracker.compare import compare
from tracker.compare.judging.boilerplate import boilerplate, is_title
from tracker.compare.judging.inert import inert
from tracker.words import ClauseClass, Topic

TERMS = (
    "We collect your name and e-mail address when you open an account.\n\n"
    "You pay ten euro a month for the service.\n\n"
    "You may ask us for a copy of your data.\n\n"
)

SEVERABILITY = (
    "Where a court holds one of these clauses to be unenforceable, the rest of the agreement stays in force.",
    "Should any part of this contract turn out to be void, the validity of the other parts is not affected.",
    "An invalid provision shall be read down to the minimum extent needed so that it is enforceable.",
    "If a term is illegal, it is replaced by a valid one that comes closest to its purpose.",
    "The other provisions continue in full force and effect.",
)
NOT_WAIVED = (
    "That we delay in exercising a right does not mean that it is waived.",
    "Our failure to insist on a term shall not be construed as a waiver of it.",
    "No omission by Larkspur to act on a breach will operate as a waiver of its rights.",
    "If we do not enforce a rule at once, we are not giving up our rights.",
)
READING = (
    "The captions in this contract are for convenience only.",
    "Section titles have no legal effect.",
    "Words in the singular include the plural, and one gender includes the others.",
    "The word “including” is to be read as “including without limitation”.",
    "This contract may be signed in counterparts, each of which is an original.",
    "These terms constitute the entire agreement between you and Larkspur and supersede earlier agreements.",
    "Where the translation differs, the German version shall prevail.",
)
OF_THE_TEXT = (
    "We revised this notice on 4 October 2024.",
    "Former versions of this notice are available in our archive.",
    "Our privacy notice is kept under regular review.",
    "The summaries beside each section are not part of these terms.",
    "We have tried to keep this policy as clear as possible.",
)


@pytest.mark.parametrize("text", [*SEVERABILITY, *NOT_WAIVED, *READING, *OF_THE_TEXT])
def test_it_alerts_nobody_whether_it_comes_or_goes(text: str) -> None:
    """It is told as minor, about nothing in particular, and why."""
    assert boilerplate(text.lower()) is not None
    for before, after in ((TERMS, TERMS + text), (TERMS + text, TERMS)):
        verdict = compare(before, after)
        assert not verdict.alert, verdict.changes
        (change,) = verdict.changes
        assert (change.judgement.cls, change.judgement.topics) == (ClauseClass.MINOR, (Topic.OTHER,))


def test_it_may_be_worded_anew() -> None:
    """One such sentence in the place of another gives and takes nothing."""
    for old, new in ((SEVERABILITY[0], SEVERABILITY[1]), (NOT_WAIVED[0], NOT_WAIVED[1]), (READING[0], SEVERABILITY[3])):
        verdict = compare(TERMS + old, TERMS + new)
        assert not verdict.alert, verdict.changes


def test_titles_that_run_into_the_text_are_passed_over() -> None:
    """A title before such a sentence is no statement; before another it hides none."""
    assert is_title("12.4 severability.")
    assert is_title("no waiver.")
    assert not is_title("waiver of your rights.")
    assert inert(f"14.2. Severability. {SEVERABILITY[0]}", alone=True, facts=False) is not None
    assert inert("Severability. We may sell your data to brokers.", alone=True, facts=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "If the waiver of class actions is held unenforceable, the rest of this section is void too.",
        "If a part of the agreement to arbitrate is invalid, the remaining parts continue in force.",
        "If a clause is invalid, we may replace it at our own discretion and the rest remains in effect.",
        "If any provision is invalid, the others remain valid and you must pay the fees that are due.",
        "If you use the service for unlawful ends, our liability is limited to the fullest extent permitted.",
        "You waive any right to a trial by jury.",
        "If you do not object within ten days, you waive your claims.",
        "Our failure to act is no waiver, and we may share your data with the police.",
        "Your failure to cancel before the renewal means that you are charged for another year.",
        "These terms are the entire agreement, and you have not relied on any promise of ours.",
        "This is the entire agreement; where it conflicts with an order form, the order form prevails.",
        "These terms constitute the entire agreement and may be amended by us at any time.",
        "These terms include without limitation our rules on advertising.",
        "The clauses on our licence and on damages survive the end of this contract; other clauses remain in force.",
        "We revised this notice on 4 October 2024 to add that we sell your data.",
        "The new notice takes effect on 4 October 2024, and by going on you accept it.",
        "Older versions of the app are no longer available.",
        "We review our security measures annually.",
        "We regularly review this policy and may change it without telling you.",
        "We use cookies to make our pages easier to read.",
        "",
    ],
)
def test_what_changes_somebodys_rights_is_no_boilerplate(text: str) -> None:
    """Disputes, money, data, what may be relied on and how the text is amended are judged."""
    assert boilerplate(text.lower()) is None


def test_the_reason_says_what_sort_of_sentence_it_is() -> None:
    """A date of revision is told as one; others share the reason of them all."""
    assert boilerplate("last updated: 2 march 2026") == "This only says when the text was revised."
    common = boilerplate("if any part of these terms is held invalid, the rest remains in force.")
    assert common is not None
    assert common.startswith("Such texts say this of themselves")
