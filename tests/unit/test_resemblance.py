"""Two clauses that say the same in other forms and places resemble each other; those that turn a word do not."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.compare.learned.resemblance import Sayings, add_resemblance, content_of
from tracker.compare.model import Block, BlockKind
from tracker.compare.text.clauses import cut
from tracker.extract.markdown import read_markdown


def told(before: str, after: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the level and swing features of two sides."""
    level: dict[str, float] = {}
    swing: dict[str, float] = {}
    add_resemblance(before, after, level, swing)
    return level, swing


def test_forms_of_a_word_are_one() -> None:
    """Number, tense and voice leave the stem as it is."""
    assert content_of("We delete the stored messages.") == content_of("Storing a message; deleted.")


def test_a_paraphrase_shares_stems_and_values_and_turns_nothing() -> None:
    """Active and passive, six months and half of the words in another place."""
    level, _ = told(
        "We delete recordings of calls six months after you close the account.",
        "When the account is closed, call recordings are deleted after 6 months.",
    )
    assert level["stems in common"] == 1
    assert level["values differ"] == level["denials differ"] == level["limits differ"] == 0


def test_small_words_that_turn_a_statement_are_counted() -> None:
    """A denial, a limit, a leave and another period each show."""
    assert told("We sell your data.", "We do not sell your data.")[0]["denials differ"] == 1
    assert told("We share it with them.", "We share it only with them.")[0]["limits differ"] == 1
    assert told("We will delete it.", "We may delete it.")[0]["leaves differ"] == 1
    assert told("We keep it for 30 days.", "We keep it for 90 days.")[0]["values differ"] == 1
    assert told("We keep it for 30 days.", "We keep it for one month.")[0]["stems differ"] == 0


@given(st.text(max_size=80), st.text(max_size=80))
def test_levels_stay_and_swings_turn_with_the_sides(before: str, after: str) -> None:
    """As all features do: the direction of a change is learned from swings alone."""
    level, swing = told(before, after)
    back, turned = told(after, before)
    assert level == back
    assert {name: -value for name, value in swing.items()} == turned


def test_a_clause_that_the_other_side_says_anew_is_found() -> None:
    """Among clauses that changed, wherever they stand; a clause of a word or two is found nowhere."""
    clauses = cut(
        read_markdown(
            "We log visits.\n\nMessages and photographs are deleted by us after closure of an account."
        ).blocks
    ).clauses
    text = "When accounts are closed we delete photographs and messages."
    everything = Sayings(clauses, range(len(clauses)))
    assert everything.said_anew(text) > 0.7
    assert Sayings(clauses, [0]).said_anew(text) == 0
    assert everything.said_anew("Visits.") == 0


_STEMS = st.lists(
    st.sampled_from(["log", "visit", "photograph", "message", "closure", "account", "device"]), max_size=6
)


@given(st.lists(_STEMS.filter(bool), min_size=1, max_size=6), st.lists(_STEMS, min_size=1, max_size=4))
def test_the_clause_that_shares_most_is_found(others: list[list[str]], texts: list[list[str]]) -> None:
    """As looking at one clause after the other finds it, whichever words they share."""
    clauses = cut([Block(BlockKind.ITEM, " ".join(words)) for words in others]).clauses
    sayings = Sayings(clauses, range(len(clauses)))
    for text in map(" ".join, texts):
        stems = content_of(text)
        shared = max(len(stems & content_of(clause.text)) for clause in clauses)
        assert sayings.said_anew(text) == (shared / len(stems) if len(stems) >= 3 else 0)
