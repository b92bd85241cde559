"""Word redline inside an aligned pair of clauses."""

import re
from enum import StrEnum

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import Indel, Opcode

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_FIRST_PRIVATE = 0xE000  #: above the surrogates
_LAST = 0x10FFFF
_MOST_APART = 300  #: words that differ; beyond that diff-match-patch, whose work grows with their square, is not asked
_MOST_WORK = 4_000_000  #: product of the token counts beyond which both sides are shown whole


class Op(StrEnum):
    """What happened to a piece of text."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


_OPS = {-1: Op.DELETE, 0: Op.EQUAL, 1: Op.INSERT}


def _common_ends(before: list[str], after: list[str]) -> tuple[int, int]:
    most = min(len(before), len(after))
    head = 0
    while head < most and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


def _of_step(step: Opcode, before: str, after: str) -> tuple[tuple[int, str], ...]:
    gone, come = before[step.src_start : step.src_end], after[step.dest_start : step.dest_end]
    return ((0, gone),) if step.tag == "equal" else ((-1, gone), (1, come))


def _difference(before: str, after: str) -> list[tuple[int, str]]:
    """Return a shortest difference of two texts in which one character stands for a word, cleaned up for reading."""
    engine = diff_match_patch()
    engine.Diff_Timeout = 0
    if Indel.distance(before, after) <= _MOST_APART:
        coded = engine.diff_main(before, after, False)
    else:
        coded = [
            (op, text) for step in Indel.opcodes(before, after) for op, text in _of_step(step, before, after) if text
        ]
    # Cleaned while a word is one character: afterwards words would be cut in pieces.
    engine.diff_cleanupSemantic(coded)
    return list(coded)


def redline(before: str, after: str) -> tuple[tuple[Op, str], ...]:
    """Return the pieces that were kept, deleted and inserted, by whole words.

    Equal and deleted pieces joined give `before`, equal and inserted ones `after`. Deterministic: no time limit; what
    is too long to be worked out in a moment is shown as deleted and inserted between its common ends.
    """
    if before == after:
        return ((Op.EQUAL, before),) if before else ()
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head, tail = _common_ends(old, new)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    codes: dict[str, str] = {}
    for token in (*middle_old, *middle_new):
        codes.setdefault(token, chr(_FIRST_PRIVATE + len(codes)) if _FIRST_PRIVATE + len(codes) <= _LAST else "")
    pieces: list[tuple[Op, str]] = [(Op.EQUAL, "".join(old[:head]))]
    if len(middle_old) * len(middle_new) > _MOST_WORK or "" in codes.values():
        pieces += [(Op.DELETE, "".join(middle_old)), (Op.INSERT, "".join(middle_new))]
    else:
        coded = _difference(*("".join(map(codes.__getitem__, middle)) for middle in (middle_old, middle_new)))
        words = {code: token for token, code in codes.items()}
        pieces += [(_OPS[op], "".join(words[code] for code in text)) for op, text in coded]
    pieces.append((Op.EQUAL, "".join(old[len(old) - tail :])))
    return tuple(piece for piece in pieces if piece[1])
