"""Cutting into clauses and aligning two documents."""

import json
import os
import subprocess
import sys
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.compare import compare
from tracker.compare.alignment.align import align, longest_increasing
from tracker.compare.model import Block, BlockKind
from tracker.compare.redline import Op, redline
from tracker.compare.text.clauses import blocks_of, cut
from tracker.compare.text.dates import stated_dates
from tracker.compare.text.language import language_of
from tracker.words import ChangeKind, ClauseClass, Flag

PARAGRAPH, ITEM, HEADING = BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.HEADING
SENTENCES = [
    "We collect your name.",
    "We share data with partners.",
    "You may opt out.",
    "We keep it for 30 days.",
    "Section B",
    "Write to us.",
]
blocks = st.lists(
    st.builds(
        Block,
        st.sampled_from([PARAGRAPH, ITEM, HEADING]),
        st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3).map(" ".join),
        st.integers(1, 3),
    ),
    max_size=12,
)  # fmt: skip


@given(blocks)
def test_cut_loses_nothing(given_blocks: list[Block]) -> None:
    """The clause texts of a block, joined by spaces, are the block's text."""
    assert [block.text for block in blocks_of(cut(given_blocks))] == [block.text for block in given_blocks]


def test_items_carry_their_lead_in_and_section() -> None:
    """A list item knows the sentence that opens its list and the heading above it."""
    document = cut([Block(HEADING, "Data", 1), Block(PARAGRAPH, "Hello. We collect:"), Block(ITEM, "your name", 1)])
    assert document.clauses[-1].lead_in == "We collect:"
    assert document.clauses[-1].section == ("Data",)


@settings(deadline=None)
@given(blocks, blocks)
def test_align_covers_every_clause_once(old: list[Block], new: list[Block]) -> None:
    """Each clause of both sides is in exactly one pair."""
    before, after = cut(old), cut(new)
    pairs = align(before, after)
    assert sorted(index for pair in pairs for index in pair.before) == list(range(len(before.clauses)))
    assert sorted(index for pair in pairs for index in pair.after) == list(range(len(after.clauses)))


@settings(deadline=None)
@given(blocks)
def test_nothing_differs_from_itself(given_blocks: list[Block]) -> None:
    """A text compared with itself has no change and no alert."""
    verdict = compare(given_blocks, given_blocks)
    assert (verdict.alert, verdict.changes) == (False, ())


def test_reordered_items_are_cosmetic() -> None:
    """Items in another order are moved, and cosmetic."""
    old = [Block(ITEM, text, 1) for text in ("your full name", "your postal address", "your phone number")]
    verdict = compare(old, old[::-1])
    assert {change.judgement.cls for change in verdict.changes} == {ClauseClass.COSMETIC}
    assert not verdict.alert


def test_a_split_sentence_is_one_change() -> None:
    """A sentence that became two is one changed pair with both."""
    old = "We share your contact details with our partners and we keep them for as long as the law demands."
    new = "We share your contact details with our partners. We keep them for as long as the law demands."
    pairs = align(cut([Block(PARAGRAPH, old)]), cut([Block(PARAGRAPH, new)]))
    assert [(pair.kind, pair.before, pair.after) for pair in pairs] == [(ChangeKind.CHANGED, (0,), (0, 1))]


def test_longest_increasing_run() -> None:
    """The longest run is kept, the odd one out is off it."""
    assert longest_increasing([3, 0, 1, 2]) == {1, 2, 3}


def test_corner_cases_of_the_contract() -> None:
    """A blank before is a first version, a blank after one noise change; neither alerts."""
    assert compare("", "We sell data.").reasons == ("first version",)
    verdict = compare("We sell data.", " ")
    assert [change.judgement.cls for change in verdict.changes] == [ClauseClass.NOISE]
    assert not verdict.alert


def test_silent_when_the_stated_date_stands_still() -> None:
    """A text that changed under an unchanged date of its own is silent."""
    head = "Last updated: 3 March 2022"
    verdict = compare(f"{head}\n\nWe never sell your data.", f"{head}\n\nWe may sell your data to data brokers.")
    assert Flag.SILENT in verdict.flags


def test_another_language_is_flagged_not_judged() -> None:
    """A German clause that changed alerts for review, direction neutral."""
    old = "Wir verkaufen Ihre Daten nicht und geben sie nicht an Dritte weiter."
    new = "Wir verkaufen Ihre Daten und geben sie auch an Dritte in der Werbung weiter."
    verdict = compare(old, new)
    assert (verdict.alert, verdict.direction.value, verdict.language) == (True, "neutral", "de")
    assert Flag.REVIEW in verdict.flags


def test_names_in_another_script_alert_nobody() -> None:
    """A few words in a text that is read otherwise hold no statement; a person is asked to look all the same."""
    text = "We collect your name and e-mail address when you open an account.\n\nWe keep logs for ninety days."
    named = compare(text, text + "\n\nأمير ناثو")
    assert (named.alert, Flag.REVIEW in named.flags) == (False, True)
    assert compare(text, text + "\n\nنحن نبيع بياناتك الشخصية إلى شركات الإعلان").alert
    assert compare("أمير ناثو", "نبيع بياناتك").alert


def test_dates_and_languages() -> None:
    """Stated dates are read where their words stand, durations are no dates."""
    assert stated_dates(["Last updated: March 3rd, 2022", "Effective from 01.02.2024"]) == ("2022-03-03", "2024-02-01")
    assert stated_dates(["Effective July 8, 2026Previous Version"]) == (None, "2026-07-08")
    assert stated_dates(["Last updated 01/02/2024. We keep it for 30 days."]) == (None, None)
    assert language_of("Nous ne vendons pas vos données et nous les gardons pour vous.") == "fr"
    assert language_of("Contact") == "und"


@given(st.text("ab .\U0001f600é", max_size=40), st.text("ab .\U0001f600é", max_size=40))
def test_redline_gives_both_sides_again(before: str, after: str) -> None:
    """Kept and deleted pieces are the old text, kept and inserted ones the new."""
    pieces = redline(before, after)
    assert "".join(text for op, text in pieces if op is not Op.INSERT) == before
    assert "".join(text for op, text in pieces if op is not Op.DELETE) == after


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_a_redline_of_clauses_far_apart_gives_both_sides_again(before: list[str], after: list[str]) -> None:
    """Where so many words differ that another search takes over, nothing is lost either."""
    old, new = " ".join(before), " ".join(after)
    with patch("tracker.compare.redline._MOST_APART", -1):
        pieces = redline(old, new)
    assert "".join(text for op, text in pieces if op is not Op.INSERT) == old
    assert "".join(text for op, text in pieces if op is not Op.DELETE) == new


def test_same_bytes_under_any_hash_seed() -> None:
    """The verdict does not depend on the order of sets."""
    code = (
        "import json; from tracker.compare import compare;"
        "print(json.dumps(compare('We share your name, e-mail and location with partners.\\n\\nWe keep it.',"
        "'We keep data.\\n\\nWe sell your name and precise location to brokers and partners.').to_json()))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert json.loads(found.pop())["changes"]
