"""`tracker compare`: two files, or a file of pairs on all cores. Offline, no database."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import complain, print_json
from tracker.cli.verdicts import print_verdict
from tracker.errors import TrackerError, UsageError

if TYPE_CHECKING:
    from tracker.compare.model import Block

_MEDIA = {"markdown": "text/markdown", "html": "text/html", "text": "text/plain"}
_CHUNK = 4  #: rows a worker takes at once


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(compare)


def _blocks(body: bytes, media_type: str, name: str = "") -> "tuple[Block, ...]":
    from tracker.extract import ExtractionRules, extract

    return extract(body, media_type, ExtractionRules(min_words=0), url=name).blocks if body.strip() else ()


def _failed(ident: object, error: str) -> dict[str, Any]:
    return {
        "id": ident, "error": error, "alert": False, "severity": "none", "topics": [], "direction": "neutral",
        "flags": [], "language": "und", "rules_version": "", "changes": [],
    }  # fmt: skip


def _judged(numbered: tuple[int, bytes]) -> tuple[bool, str]:
    """Return whether a row went well, and its line of output. One bad row must not stop the rest."""
    number, line = numbered
    ident: object = number
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise UsageError("the row is no JSON object")
        ident = row.get("id", number)
        from tracker.compare import compare

        sides = []
        form = row.get("format", "markdown")
        if form not in _MEDIA:
            raise UsageError(f'format "{form}" is none of {", ".join(sorted(_MEDIA))}')
        for side in ("before", "after"):
            if not isinstance(row.get(side), str):
                raise UsageError(f"{side} is no text")
            sides.append(_blocks(row[side].encode("utf-8", "replace"), _MEDIA[form]))
        service = row.get("service")
        verdict = compare(*sides, names=(service,) if isinstance(service, str) and service.strip() else ())
        return True, json.dumps({"id": ident, **verdict.to_json()}, ensure_ascii=False)
    except (TrackerError, ValueError, RecursionError) as error:
        return False, json.dumps(_failed(ident, str(error)), ensure_ascii=False)


def _results(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[bool, str]]:
    cores = os.cpu_count() or 1
    if cores == 1:
        yield from map(_judged, rows)
        return
    from multiprocessing import get_context

    from tracker.compare.lexicons import activate, active

    with get_context("spawn").Pool(cores, activate, (active(),)) as pool:
        yield from pool.imap(_judged, rows, chunksize=_CHUNK)


def _batch(rows_file: str, out_file: str) -> int:
    """Judge each row in order; return how many were bad."""
    bad = 0
    source = sys.stdin.buffer if rows_file == "-" else Path(rows_file).open("rb")  # noqa: SIM115 - closed below
    target = sys.stdout if out_file == "-" else Path(out_file).open("w", encoding="utf-8")  # noqa: SIM115
    try:
        for fine, line in _results((number, row) for number, row in enumerate(source, 1) if row.strip()):
            bad += not fine
            target.write(line + "\n")
        target.flush()
    finally:
        if rows_file != "-":
            source.close()
        if out_file != "-":
            target.close()
    return bad


def compare(
    old: Annotated[Path | None, typer.Argument(help="File with the earlier text.")] = None,
    new: Annotated[Path | None, typer.Argument(help="File with the later text.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show every change and how its severity adds up.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help="JSON lines {id, before, after}; - is stdin.")] = None,
    out: Annotated[str, typer.Option("--out", help="Where the verdicts of --batch go; - is stdout.")] = "-",
) -> None:
    """Say what changed in meaning between two files (HTML, Markdown, text, PDF), or between many pairs of texts."""
    if batch is not None and (old or new):
        raise UsageError("give either two files or --batch, not both")
    if batch is None and (old is None or new is None):
        raise UsageError("give two files, or --batch with a file of pairs")
    from tracker.compare.lexicons import activate, load
    from tracker.settings import load_settings

    activate(load(load_settings().lexicon_overlays))
    if batch is not None:
        try:
            bad = _batch(batch, out)
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        if bad:
            complain(f"{bad} rows could not be judged; their lines carry an error")
            raise typer.Exit(1)
        return
    assert old is not None
    assert new is not None
    try:
        bodies = [path.read_bytes() for path in (old, new)]
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    from tracker.compare import compare as judge_step

    verdict = judge_step(*(_blocks(body, "", path.name) for body, path in zip(bodies, (old, new), strict=True)))
    if as_json:
        print_json(verdict.to_json())
    else:
        print_verdict(verdict, everything=explain, explain=explain)
