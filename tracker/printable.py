"""Text that others wrote, made harmless to print: nothing in it steers a terminal, ends a line or turns about.

Printable is what Python calls so: no control characters, no marks of the writing direction, no separator but a blank.
"""


def printable(text: str) -> str:
    """Return text with its lines and tabs; a mark stands for each other character that is not printable."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def one_line(text: str) -> str:
    """Return text as one line of printable characters, with single blanks between its words and none around them."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())
