"""Lists of clauses are kept small, and come back as they were."""

import json
import random
from typing import Any

import pytest

from tracker.errors import DamagedError
from tracker.store.compression import compress
from tracker.store.tables import Version
from tracker.store.versions import packed_rows, unpack_layout


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


def version(layout: bytes) -> Version:
    """Return a version of which no more is known than its layout."""
    told: dict[str, Any] = {"id": 3, "layout": layout}
    return Version(**told)


@pytest.mark.parametrize("count", [0, 1, 400])
def test_layouts_come_back_as_they_were(count: int) -> None:
    """Each row whole and in its place."""
    assert unpack_layout(version(packed_rows(rows_of(count)))) == rows_of(count)


def test_layouts_take_few_bytes_for_a_clause() -> None:
    """Clauses that were new together cost next to nothing."""
    assert len(packed_rows(rows_of(400))) < 500


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
    """The version is named."""
    plain = json.dumps(told).encode()
    with pytest.raises(DamagedError, match="version 3: its layout is damaged"):
        unpack_layout(version(len(plain).to_bytes(4, "big") + compress(plain)))
