"""Texts made up on the spot, as large as asked for: what a comparison does least of is what it is slowest at.

Each maker returns the two sides of a pair as Markdown. The same size gives the same texts.
"""

import random
from collections.abc import Callable, Mapping
from itertools import product

Sides = tuple[str, str]

_SYLLABLES = [*map("".join, product("bcdfgklmnprstvz", "aeiou"))]
_SAID = (
    "We share your {0} with {1} partners for {2}.",
    "We never sell {0} to {1}, unless you agree to {2}.",
    "You may object to the use of {0} for {1} within 30 days by writing to {2}.",
    "We keep {0} for as long as {1} needs it, and delete {2} after 12 months.",
    "Where {0} leaves the country we rely on standard contractual clauses with {1} for {2}.",
    "Our {0} providers collect {1} through cookies to measure {2}.",
)


def _word(dice: random.Random) -> str:
    return "".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 4)))


def _sentence(dice: random.Random) -> str:
    return dice.choice(_SAID).format(*(f"{_word(dice)} {_word(dice)}" for _ in range(3)))


def _sentences(characters: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    found: list[str] = []
    size = 0
    while size < characters:
        found.append(_sentence(dice))
        size += len(found[-1]) + 1
    return found


def _paragraphs(sentences: list[str]) -> str:
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))


def rewritten(characters: int) -> Sides:
    """Return two documents of so many characters on the same matters without a sentence in common."""
    return _paragraphs(_sentences(characters, 1)), _paragraphs(_sentences(characters, 2))


def reworded(characters: int) -> Sides:
    """Return a document of so many characters and the same with a word of every sentence replaced, in another order."""
    dice = random.Random(3)
    sentences = _sentences(characters, 1)
    others = []
    for sentence in sentences:
        words = sentence.split()
        words[dice.randrange(len(words) - 1)] = _word(dice)
        others.append(" ".join(words))
    dice.shuffle(others)
    return _paragraphs(sentences), _paragraphs(others)


def _table(rows: list[tuple[str, str, str]]) -> str:
    return "\n".join(["| Vendor | Purpose | Country |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])


def table(rows: int) -> Sides:
    """Return a table of so many vendors, and the same shuffled, a tenth of its rows replaced and a tenth changed."""
    dice = random.Random(4)
    before = [(_word(dice).title() + " Inc.", _word(dice), _word(dice).title()) for _ in range(rows)]
    after = list(before)
    for at in range(0, rows, 10):
        after[at] = (_word(dice).title() + " Ltd.", _word(dice), _word(dice).title())
    for at in range(5, rows, 10):
        after[at] = (after[at][0], _word(dice), after[at][2])
    dice.shuffle(after)
    return _table(before), _table(after)


def paragraph(characters: int) -> Sides:
    """Return one paragraph of so many characters, and the same with a word of every tenth sentence replaced."""
    dice = random.Random(5)
    before = _sentences(characters, 1)
    after = [
        sentence.replace(" partners", f" {_word(dice)}").replace("30 days", "60 days") if at % 10 == 0 else sentence
        for at, sentence in enumerate(before)
    ]
    return " ".join(before), " ".join(after)


def unbroken(characters: int) -> Sides:
    """Return one paragraph of words without a full stop, and another like it."""
    dice = random.Random(6)
    sides = [" ".join(_word(dice) for _ in range(characters // 8)) for _ in range(2)]
    return sides[0], sides[1]


def repeated(characters: int) -> Sides:
    """Return one sentence said over and over, and the same with another in every second place."""
    count = characters // 46
    same, other = "We share your data with our partners as needed.", "We share your data with all partners as needed."
    return "\n\n".join([same] * count), "\n\n".join([same, other] * (count // 2))


def items(characters: int) -> Sides:
    """Return a list of so many characters of short items, and another without an item in common."""
    dice = random.Random(7)
    sides = ["\n".join(f"- {_word(dice)} {_word(dice)}" for _ in range(characters // 17)) for _ in range(2)]
    return f"We collect:\n\n{sides[0]}", f"We collect:\n\n{sides[1]}"


#: Shapes by name, each made to a number of characters.
SHAPES: Mapping[str, Callable[[int], Sides]] = {
    "a rewritten document": rewritten,
    "a document reworded and reordered": reworded,
    "one paragraph": paragraph,
    "words without a full stop": unbroken,
    "one sentence over and over": repeated,
    "a list of short items": items,
    "a table": lambda characters: table(characters // 45),
}


#: Words that policies are full of; a search for one of them finds a share of all clauses.
_COMMON = (
    "we you your our data information personal privacy policy may use share collect third parties services provide "
    "cookies account consent rights retention partners advertising security legal transfer delete access request"
)


def clause_like(dice: random.Random) -> str:
    """Return a sentence of common and rare words, as long as clauses are."""
    common = _COMMON.split()
    words = [dice.choice(common) if dice.random() < 0.75 else _word(dice) for _ in range(dice.randint(8, 32))]
    return " ".join(words).capitalize() + "."
