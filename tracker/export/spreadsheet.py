"""Cells of CSV files that people open in a spreadsheet, where a cell that begins like a formula would be run."""

from tracker.printable import one_line

#: How a formula begins in one spreadsheet or another; white space before it does not keep it from running.
_FORMULA = tuple(
    "=+-@|%\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)


def safe_cell(value: object) -> str:
    """Return a value as a cell on one line, with an apostrophe before what a spreadsheet would run."""
    if value is None:
        return ""
    text = one_line(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
