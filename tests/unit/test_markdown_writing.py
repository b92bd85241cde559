"""Markdown that was written from blocks reads back as the same blocks."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.quality.families import is_held_out
from tracker.compare.model import Block, BlockKind
from tracker.extract.markdown import read_markdown
from tracker.extract.writing import write_markdown

PARAGRAPH, HEADING, ITEM, ROW, QUOTE = (
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.ITEM,
    BlockKind.ROW,
    BlockKind.QUOTE,
)
HEAD = ("Provider", "Purpose | use")


def row(*cells: str, header: tuple[str, ...] = ()) -> Block:
    return Block(ROW, " | ".join(cells), cells=cells, header=header)


SAMPLE = (
    Block(HEADING, "Privacy Policy", 1),
    Block(PARAGRAPH, "We keep *what* you [write](to us) & 3 < 4 \\ `code` ~~not~~ __init__."),
    Block(PARAGRAPH, "2024. That year we began."),
    Block(PARAGRAPH, "# is a hash, > a quote mark, = a sign."),
    Block(HEADING, "# Numbers", 3),
    Block(ITEM, "first", 1, "1."),
    Block(ITEM, "second", 1, "2."),
    Block(ITEM, "below it", 2, "•"),
    Block(ITEM, "+ one more", 2, "•"),
    Block(ITEM, "third", 1, "3."),
    Block(ITEM, "said on", 1, ""),
    Block(PARAGRAPH, "After the list."),
    row(*HEAD),
    row("Acme | Co", "mail", header=HEAD),
    row("Bright_mail_", "all *sorts*", header=HEAD),
    row("alone", "in its table"),
    Block(QUOTE, "Quoted words."),
    Block(PARAGRAPH, "The end!"),
)


def test_every_shape_reads_back_as_it_was() -> None:
    """Headings, paragraphs, nested and numbered items, tables and quotes keep text, kind, level and header."""
    assert read_markdown(write_markdown(SAMPLE)).blocks == SAMPLE


def test_nothing_gives_nothing() -> None:
    """Blank blocks leave no trace."""
    assert write_markdown(()) == write_markdown([Block(PARAGRAPH, " ")]) == ""


def test_what_markdown_has_no_form_for_keeps_its_text() -> None:
    """Terms, definitions and letters as markers come back as paragraphs and bullets."""
    blocks = (Block(BlockKind.TERM, "Cookie"), Block(BlockKind.DEFINITION, "A small file."), Block(ITEM, "b", 1, "(b)"))
    assert [(block.kind, block.text) for block in read_markdown(write_markdown(blocks)).blocks] == [
        (PARAGRAPH, "Cookie"),
        (PARAGRAPH, "A small file."),
        (ITEM, "b"),
    ]


WORD = st.text(st.sampled_from("aZ9é.,;:#*_-+[]()<>&|`~!\\=\"'/"), min_size=1, max_size=8)
#: No reader leaves a space before a comma or a semicolon.
TEXT = st.lists(WORD.filter(lambda word: word[0] not in ",;"), min_size=1, max_size=8).map(" ".join)


@given(st.lists(TEXT, min_size=1, max_size=6), st.sampled_from([PARAGRAPH, QUOTE, ITEM, HEADING]))
def test_any_text_comes_back_as_it_was(texts: list[str], kind: BlockKind) -> None:
    """No mark of Markdown within a text is taken for one."""
    level, marker = {HEADING: (2, ""), ITEM: (1, "•")}.get(kind, (0, ""))
    blocks = tuple(Block(kind, f"We {text}", level, marker) for text in texts)
    assert read_markdown(write_markdown(blocks)).blocks == blocks


@given(st.lists(TEXT, min_size=1, max_size=6))
def test_what_was_read_once_stays(texts: list[str]) -> None:
    """Whatever a paragraph opens with, a second writing and reading changes nothing more."""
    read = read_markdown(write_markdown([Block(PARAGRAPH, text) for text in texts])).blocks
    assert read_markdown(write_markdown(read)).blocks == read


@pytest.mark.corpus
def test_real_policies_come_back_word_for_word(corpus: Path) -> None:
    """The texts of real versions are the same after writing and reading."""
    with gzip.open(corpus / "corpus" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if not is_held_out(row["service"]))
        for data in islice(rows, 40):
            blocks = read_markdown(data["after"]).blocks
            again = read_markdown(write_markdown(blocks)).blocks
            assert [block.text for block in again] == [block.text for block in blocks], data["id"]
