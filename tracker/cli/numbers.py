"""Bounds of the numbers that commands take, so that none reaches the store or the calendar that they cannot hold."""

import math

import typer

#: The largest number of a row, as the API takes it.
MOST_ID = 2**53
#: The most rows that are listed at once.
MOST_ROWS = 1_000_000


def no_nan(value: float) -> float:
    """Refuse what no bound holds back: `nan` is neither too small nor too large."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value
