"""Lists of clauses are kept small, and come back as they were."""

import random
from typing import Any

import pytest

from tracker.errors import DamagedError
from tracker.store.texts.compression import pack_json, unpacked
from tracker.store.texts.layouts import Base, pack_layout, unpack_layout


def rows_of(count: int) -> list[list[Any]]:
    """Return the rows of a text in which clauses of an older one and some of a table stand between new ones."""
    draw = random.Random(count)
    ids = [draw.randrange(1, 99) if draw.random() < 0.1 else 5_000 + at for at in range(count)]
    return [
        [ident, "row", 0, "", at // 2, ["Acme", "Utah"], ["Who", "Where"]]
        if at % 50 == 7
        else [ident, "item", 1, "•", at // 2, [], []]
        for at, ident in enumerate(ids)
    ]


@pytest.mark.parametrize("count", [0, 1, 400])
def test_layouts_come_back_as_they_were(count: int) -> None:
    """Each row whole and in its place."""
    assert unpack_layout(pack_layout(rows_of(count)).data) == rows_of(count)


def test_layouts_take_few_bytes_for_a_clause() -> None:
    """Clauses that were new together cost next to nothing."""
    assert len(pack_layout(rows_of(400)).data) < 500


def test_a_text_like_an_earlier_one_takes_next_to_nothing() -> None:
    """It is kept against that one, and comes back with it alone; what resembles nothing stands alone."""
    base = Base(7, unpacked(pack_layout(rows_of(400)).data))
    edited = rows_of(400)
    edited[200] = [9_000, "paragraph", 0, "", 100, [], []]
    packed = pack_layout(edited, base)
    assert packed.base_id == 7
    assert len(packed.data) < 100
    assert unpack_layout(packed.data, base.plain) == edited
    for other in (b"", b"another layout"):
        with pytest.raises(DamagedError, match="do not decompress"):
            unpack_layout(packed.data, other)
    assert pack_layout([[1, "item", 0, "", 0, [], []]], base) == pack_layout([[1, "item", 0, "", 0, [], []]])


@pytest.mark.parametrize(
    "told",
    [
        [],
        [[1, "item", 0, "", 0, [], []]],
        {"columns": [[1]]},
        {"columns": [[1, 1], ["item"], [0], [""], [0], [[]], [[]]]},
    ],
    ids=["nothing", "rows", "a column", "columns of two lengths"],
)
def test_what_is_no_layout_is_damage(told: object) -> None:
    """It is said so, whatever else it is."""
    with pytest.raises(DamagedError, match="no layout"):
        unpack_layout(pack_json(told))
