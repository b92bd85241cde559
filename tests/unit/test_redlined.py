"""Where the clauses of two texts stand when they are read as one."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare import compare
from tracker.compare.model import Block, BlockKind
from tracker.compare.text.clauses import cut
from tracker.history.redlined import Fate, lines_of, stretches_of
from tracker.history.texts import stored_clauses
from tracker.web.redline import inline, new_side, old_side

TEXTS = (
    "We collect your name when you open an account.",
    "We do not sell your data to anyone.",
    "We keep server logs for thirty days.",
    "You may ask for a copy of your data.",
    "We may sell your data to advertising partners.",
    "Our staff protect what you entrust to them.",
    "Children under sixteen may not use this service.",
    "Disputes are settled by the courts of Utopia.",
)


def told(before: list[str], after: list[str]) -> list[tuple[Fate, str, str]]:
    old, new = (cut([Block(BlockKind.PARAGRAPH, text) for text in side]) for side in (before, after))
    lines = lines_of(compare(old, new).changes, stored_clauses(old), stored_clauses(new))
    return [(line.fate, line.before, line.after) for line in lines]


def test_what_is_gone_stands_where_it_stood() -> None:
    """After what came before it, in the order of the new text."""
    a, b, c, d = TEXTS[:4]
    assert told([a, b, c], [a, c, d]) == [
        (Fate.SAME, a, a),
        (Fate.REMOVED, b, ""),
        (Fate.SAME, c, c),
        (Fate.ADDED, "", d),
    ]


def test_a_gone_opening_stands_first() -> None:
    """Nothing came before it."""
    a, b = TEXTS[:2]
    assert told([a, b], [b]) == [(Fate.REMOVED, a, ""), (Fate.SAME, b, b)]


def test_a_moved_clause_stands_at_both_places() -> None:
    """Where it stood and where it stands."""
    a, b, c, d = TEXTS[:4]
    assert told([a, b, c, d], [b, c, d, a]) == [
        (Fate.MOVED_AWAY, a, ""),
        (Fate.SAME, b, b),
        (Fate.SAME, c, c),
        (Fate.SAME, d, d),
        (Fate.MOVED, a, a),
    ]


def test_what_is_far_from_a_change_is_out_of_sight() -> None:
    """One clause beside a change stays."""
    old, new = (cut([Block(BlockKind.PARAGRAPH, text) for text in side]) for side in (TEXTS[:6], TEXTS[1:6]))
    lines = lines_of(compare(old, new).changes, stored_clauses(old), stored_clauses(new))
    assert [(len(stretch.lines), stretch.out_of_sight) for stretch in stretches_of(lines)] == [(2, False), (4, True)]


texts = st.lists(st.sampled_from(TEXTS), unique=True, max_size=8)


@given(texts, texts)
def test_both_texts_can_be_read_whole(before: list[str], after: list[str]) -> None:
    """The new one in its order; of the old one nothing is missing."""
    lines = told(before, after)
    assert [new for fate, _, new in lines if new] == after
    assert sorted(old for fate, old, _ in lines if old and fate is not Fate.MOVED) == sorted(before)


def test_hostile_words_are_text_in_a_redline() -> None:
    """On both sides and in the middle."""
    old, new = "We <b>keep</b> data.", "We <script>sell</script> data."
    for shown in (inline(old, new), old_side(old, new), new_side(old, new)):
        assert "<b>" not in shown
        assert "<script>" not in shown
    assert "&lt;" in inline(old, new)
    assert "<ins>" not in old_side(old, new)
    assert "<del>" not in new_side(old, new)
