"""Real clauses revised by other hands, each once without effect and once with one: what is learned, what measures.

`read/revised.jsonl` holds for each of some texts (that after a labelled pair) its edits: where the clause stands
(`at`), which of its words were exchanged for which (`cuts`), both counted over the words displayed, and the labels.
Texts with odd numbers are learned from, several edits to a version as in real changes, every other version read
backwards. Those with even numbers measure, each edit by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.quality.lines import is_odd, lines_of
from tracker.compare.model import Block
from tracker.extract.markdown import read_markdown
from tracker.extract.writing import write_markdown
from tracker.words import ClauseClass, Direction

REVISED = "revised-"  #: opens their ids
AT_ONCE = 2.8  #: edits to a version, in the mean
FEWEST = 5  #: versions that are made of the edits of one text
REVERSED = {Direction.WEAKER: Direction.STRONGER, Direction.STRONGER: Direction.WEAKER}

Edit = Mapping[str, Any]
Pair = dict[str, Any]


def revisions_to_learn(pairs: Mapping[str, Pair]) -> Iterator[Pair]:
    """Yield rows of several edits of the texts with odd numbers, with word positions; `pairs` are those labelled."""
    for line in lines_of("read", "revised.jsonl"):
        if is_odd(line["id"]):
            pair = pairs[line["text"]]
            number = int(line["id"].rpartition("-")[2]) // 2
            blocks = read_markdown(pair["after"]).blocks
            for at, edits in enumerate(versions(line["edits"], number)):
                if edits:
                    yield _learned(f"{line['id']}+{at}", pair, blocks, edits, backwards=(number + at) % 2 == 1)


def revisions_to_measure(pairs: Mapping[str, Pair]) -> Iterator[Pair]:
    """Yield rows of one edit of the texts with even numbers, in the shape of labelled pairs."""
    for line in lines_of("read", "revised.jsonl"):
        if not is_odd(line["id"]):
            pair = pairs[line["text"]]
            blocks = read_markdown(pair["after"]).blocks
            words = [word for block in blocks for word in block.text.split()]
            before = write_markdown(blocks)
            for at, edit in enumerate(line["edits"]):
                first, end = edit["at"]
                hunk = {
                    "n": 0, "change": "modified" if first < end else "inserted",
                    "before": _said(words, edit["at"], ()), "after": _said(words, edit["at"], edit["cuts"]),
                    **_labels(edit, backwards=False),
                }  # fmt: skip
                after = write_markdown(revised(blocks, edit["cuts"]))
                yield _row(f"{line['id']}+{at}", pair, before, after, [hunk])


def versions(edits: Sequence[Edit], number: int) -> list[list[Edit]]:
    """Return the edits dealt out to versions: those of one clause to different ones; `number` is that of the text."""
    versions: list[list[Edit]] = [[] for _ in range(max(FEWEST, round(len(edits) / AT_ONCE)))]
    turns: dict[tuple[int, int], int] = {}
    for edit in edits:
        clause = edit["at"][0], edit["at"][1]
        turn = turns[clause] + 1 + number % 3 if clause in turns else number + 3 * len(turns)
        turns[clause] = turn
        versions[turn % len(versions)].append(edit)
    return [sorted(version, key=lambda edit: list(edit["at"])) for version in versions]


def _learned(ident: str, pair: Pair, blocks: Sequence[Block], edits: Sequence[Edit], *, backwards: bool) -> Pair:
    hunks, shift = [], 0
    for number, edit in enumerate(edits):
        first, end = edit["at"]
        grown = shift + sum(len(words.split()) - (stop - start) for start, stop, words in edit["cuts"])
        spans: list[list[list[int]]] = [[[first, end]] if first < end else [], [[first + shift, end + grown]]]
        shift = grown
        labels = _labels(edit, backwards=backwards)
        hunks.append({"n": number, **labels, "spans": spans[::-1] if backwards else spans})
    sides = [blocks, revised(blocks, [cut for edit in edits for cut in edit["cuts"]])]
    before, after = map(write_markdown, sides[::-1] if backwards else sides)
    return {**_row(ident, pair, before, after, hunks), "whole": False}


def revised(blocks: Sequence[Block], cuts: Sequence[Sequence[Any]]) -> list[Block]:
    """Return blocks with the words between some positions exchanged; what is only added comes to the block before."""
    found, first = [], 0
    for block in blocks:
        words = block.text.split()
        end = first + len(words)
        mine = [cut for cut in cuts if first <= cut[0] < cut[1] <= end or first < cut[0] == cut[1] <= end]
        found.append(replace(block, text=_said(words, (0, len(words)), mine, first)) if mine else block)
        first = end
    return found


def _said(words: Sequence[str], at: Sequence[int], cuts: Sequence[Sequence[Any]], first: int = 0) -> str:
    """Return the words between two positions with the cuts made, which count from `first`."""
    said: list[str] = []
    here = at[0]
    for start, stop, instead in sorted(cuts, key=lambda cut: (cut[0], cut[1])):
        said += [*words[here : start - first], *instead.split()]
        here = stop - first
    return " ".join([*said, *words[here : at[1]]])


def _labels(edit: Edit, *, backwards: bool) -> dict[str, Any]:
    told = edit.get("direction")
    direction = REVERSED.get(Direction(told), told) if told and backwards else told
    return {"class": edit["class"], "topics": edit.get("topics", []), "direction": direction}


def _row(ident: str, pair: Pair, before: str, after: str, hunks: list[dict[str, Any]]) -> Pair:
    alert = any(hunk["class"] == ClauseClass.MATERIAL for hunk in hunks)
    return {
        "id": ident, "service": pair["service"], "alert": alert, "before": before, "after": after, "hunks": hunks,
    }  # fmt: skip
