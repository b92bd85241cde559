"""Sentences that became rows of a table, and rows that say something else."""

import pytest

from tracker.compare import compare
from tracker.compare.model import Block, BlockKind, Document
from tracker.compare.text.clauses import cut

HEAD = ("Company", "Country", "Task", "Data received")
HOST = ("Hostelry", "Ireland", "hosting of our order books", "all orders (stored)")
MAIL = ("Mailcart", "France (standard contractual clauses)", "sending letters", "your email address, your name")
SENTENCES = (
    "We use Hostelry, in Ireland, to host our order books; it stores all orders. "
    "Mailcart, in France, sends our letters, and it receives your email address and your name. "
    "It is bound by standard contractual clauses."
)


def _document(*texts: str, rows: tuple[tuple[str, ...], ...] = ()) -> Document:
    blocks = [
        Block(BlockKind.HEADING, "Companies that process data for the bakery", level=2),
        *(Block(BlockKind.PARAGRAPH, text) for text in texts),
        *(Block(BlockKind.ROW, " | ".join(cells), cells=cells, header=HEAD) for cells in (HEAD, *rows) if rows),
        Block(BlockKind.PARAGRAPH, "We bake bread on four days of the week."),
    ]
    return cut(blocks)


def test_sentences_put_in_a_table_say_the_same() -> None:
    """Names, places, tasks and data are the same, whichever way round."""
    prose, rows = _document(SENTENCES), _document(rows=(HOST, MAIL))
    assert not compare(prose, rows).alert
    assert not compare(rows, prose).alert


@pytest.mark.parametrize(
    "row",
    [
        (*MAIL[:3], "your email address, your name, your precise location"),
        ("Mailcart", "United States (standard contractual clauses)", *MAIL[2:]),
        ("Mailcart", "France", *MAIL[2:]),
        (*MAIL[:2], "advertising to lookalike audiences", MAIL[3]),
        ("Postilion", *MAIL[1:]),
        (*MAIL[:3], "your email address"),
    ],
)
def test_a_row_that_names_something_else_is_a_change(row: tuple[str, ...]) -> None:
    """More data, another place, a lost safeguard, another task, another company, less data."""
    prose, rows = _document(SENTENCES), _document(rows=(HOST, row))
    assert compare(prose, rows).alert
    assert compare(rows, prose).alert
