"""How commands print: tables for people, JSON for programs, complaints to standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from tracker.printable import printable as printable

if TYPE_CHECKING:
    from rich.console import Console

_ENDLESS = 10_000  #: columns of what is no terminal
_LONGEST_WORD = 16  #: letters of an id, a time, a state, which are of use whole only

#: `--json`, alike on every command that prints a table.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


class Format(StrEnum):
    """How a command prints what it found."""

    TEXT = "text"
    JSON = "json"


#: `--format`, on commands whose text is no table; `--json` is short for `--format json`.
OutputFormat = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


def complain(message: str) -> None:
    """Print a message for the user to standard error."""
    print(f"tracker: {printable(message)}", file=sys.stderr)


def console() -> "Console":
    """Return a console that writes to standard output, without interpreting markup in what it prints."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def print_json(data: Any) -> None:
    """Print data as indented JSON, with escapes where standard output does not take every character."""
    typer.echo(json.dumps(data, ensure_ascii=not _takes_all(sys.stdout), indent=2, default=str))


def forgive(stream: TextIO) -> None:
    """Let a stream show what its encoding lacks as an escape, rather than end a command in the middle."""
    if isinstance(stream, TextIOWrapper) and not _takes_all(stream):
        stream.reconfigure(errors="backslashreplace")


def data_output() -> TextIO:
    """Return standard output for data that programs read: UTF-8 as in files, whatever people here read."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")
    return sys.stdout


def _takes_all(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().startswith("utf")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table; cells are text as it is. Where a terminal is too narrow, sentences are folded before ids."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    out = console()
    if not sys.stdout.isatty():
        out.width = _ENDLESS  # what goes into a file or a pipe is read by line
    shown = [["" if cell is None else printable(str(cell)) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *shown, strict=True)]
    words = {at for at, width in enumerate(widths) if width <= _LONGEST_WORD}
    # Where not even these and a little of each sentence have room, all is folded: what does not fold is cut off.
    fits = sum(widths[at] if at in words else _LONGEST_WORD for at in range(len(columns))) + len(columns) <= out.width
    for at, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=fits and at in words)
    for row in shown:
        table.add_row(*map(Text, row))
    out.print(table)
