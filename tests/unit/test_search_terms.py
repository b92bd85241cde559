"""What a search asks for, read from what a person typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import UsageError
from tracker.store.schema.accents import fold
from tracker.store.texts.search import LONGEST, Term, terms_of
from tracker.web.pages.search import marked


def test_words_phrases_beginnings_and_denials() -> None:
    """Each stands for itself; quotes hold words together, a star lets the last one go on, a minus denies."""
    assert terms_of('sell "third parties" retain* -rights') == [
        (Term(("sell",)),),
        (Term(("third", "parties")),),
        (Term(("retain",), prefix=True),),
        (Term(("rights",), denied=True),),
    ]


def test_an_accent_of_its_own_parts_no_word() -> None:
    """Where there is one character for letter and accent, it is that."""
    assert terms_of("de\u0301crites x\u0331y") == [(Term(("décrites",)),), (Term(("x\u0331y",)),)]
    assert [fold(word) for word in ("décrites", "x\u0331y", "błąd", "й")] == ["decrites", "xy", "bład", "й"]


@pytest.mark.parametrize(
    ("question", "marked_text"),
    [
        ("donnees", "Vos <mark>données</mark> &amp; vos <mark>do\u0301nnees</mark>"),
        ("dónneés", "Vos <mark>données</mark> &amp; vos <mark>do\u0301nnees</mark>"),
        ("vos", "<mark>Vos</mark> données &amp; <mark>vos</mark> do\u0301nnees"),
    ],
)
def test_what_is_found_is_marked_as_it_is_written(question: str, marked_text: str) -> None:
    """Its accents are kept."""
    terms = [term for group in terms_of(question) for term in group]
    assert str(marked("Vos données & vos do\u0301nnees", terms)) == marked_text


def test_or_joins_its_neighbours() -> None:
    """Written in capitals; a small one is a word."""
    assert terms_of("sell OR rent data") == [(Term(("sell",)), Term(("rent",))), (Term(("data",)),)]
    assert terms_of("sell or rent") == [(Term(("sell",)),), (Term(("or",)),), (Term(("rent",)),)]


def test_an_open_quote_reaches_to_the_end() -> None:
    """Half a phrase, while somebody still types, is a phrase."""
    assert terms_of('"third part') == [(Term(("third", "part")),)]


@pytest.mark.parametrize("question", ["", "   ", '""', "-", "*", "-rights", "OR", '"-"', "()"])
def test_a_question_that_asks_for_nothing_is_refused(question: str) -> None:
    """It names what may be written."""
    with pytest.raises(UsageError, match="nothing to search for"):
        terms_of(question)


def test_a_question_has_an_end() -> None:
    """What is longer than any question is refused."""
    with pytest.raises(UsageError, match="at most"):
        terms_of("a" * (LONGEST + 1))


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_plain_words(question: str) -> None:
    """No character that means something to an index is left."""
    try:
        groups = terms_of(question)
    except UsageError:
        return
    assert not any(set(word) & set("\"'()*:&|!<>-^") for group in groups for term in group for word in term.words)
