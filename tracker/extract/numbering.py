"""Markers of ordered lists as a browser displays them."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip

#: CSS names of list styles, as the `type` attribute abbreviates them.
STYLES = {
    "decimal": "1",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}


def ordinal(number: int, style: str) -> str:
    """Return a number in style "1", "a", "A", "i" or "I"; decimal where the style cannot show it."""
    if style in ("a", "A") and 0 < number < 1_000_000:
        return _letters(number).upper() if style == "A" else _letters(number)
    if style in ("i", "I") and 0 < number < 4000:
        return _roman(number).upper() if style == "I" else _roman(number)
    return str(number)


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _roman(number: int) -> str:
    letters = ""
    for value, numeral in _ROMAN:
        while number >= value:
            letters += numeral
            number -= value
    return letters
