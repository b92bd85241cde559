"""What is known of whole documents is remembered for the very same ones alone, and for few."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut
from tracker.compare.text.remembered import PerDocument, per_document
from tracker.compare.vocabulary.lexicons import Lexicons, shipped, use


@pytest.fixture
def asked() -> list[Document]:
    """The documents that were looked at."""
    return []


@pytest.fixture
def words(asked: list[Document]) -> PerDocument[int]:
    """A function that says how many words a document has."""

    def count(document: Document) -> int:
        asked.append(document)
        return document.words

    return per_document(count)


def document(text: str = "We share your data.") -> Document:
    return cut([Block(BlockKind.PARAGRAPH, text)])


def test_the_same_document_is_looked_at_once(words: Callable[[Document], int], asked: list[Document]) -> None:
    """An equal one is another: to tell that it is equal is work too."""
    one, other = document(), document()
    assert [words(one), words(other), words(one), words(other)] == [4, 4, 4, 4]
    assert [id(seen) for seen in asked] == [id(one), id(other)]


def test_equal_documents_are_found_by_their_hash() -> None:
    """What tells documents apart besides their texts need not be in it."""
    assert hash(document()) == hash(document())
    assert len({document(), document(), replace(document(), stated_date="2026-03-01")}) == 2


def test_only_the_last_documents_are_known(words: Callable[[Document], int], asked: list[Document]) -> None:
    """What is known of more would fill the memory."""
    documents = [document(f"We share {number} things.") for number in range(5)]
    for one in (*documents, documents[-1], documents[0]):
        words(one)
    assert len(asked) == 6


def test_long_documents_are_kept_as_far_as_there_is_room(
    words: Callable[[Document], int], asked: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one first."""
    monkeypatch.setattr("tracker.compare.text.remembered._LONGEST", 3)
    two = [document(f"We share {number} things. You may object.") for number in range(2)]
    for one in (*two, two[1], two[0]):
        words(one)
    assert [id(seen) for seen in asked] == [id(two[0]), id(two[1]), id(two[0])]


def test_a_very_long_document_is_not_kept(
    words: Callable[[Document], int], asked: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at whenever that is asked for."""
    monkeypatch.setattr("tracker.compare.text.remembered._LONGEST", 0)
    one = document()
    words(one)
    words(one)
    assert len(asked) == 2


def test_other_words_in_force_are_asked_anew(words: Callable[[Document], int], asked: list[Document]) -> None:
    """What one set of words says of a document is never told under another."""
    one = document()
    words(one)
    with use(Lexicons({file: shipped().table(file) for file in ("word_lists.toml",)})):
        words(one)
    assert len(asked) == 2
