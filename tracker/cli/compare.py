"""`tracker compare`: two files, or a file of pairs on all cores. Offline, no database."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import complain, print_json
from tracker.cli.verdicts import print_verdict
from tracker.counting import counted
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.compare.explain import Explanation


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(compare)


def _batch(rows_file: str, out_file: str, jobs: int) -> int:
    """Judge each row in order; return how many were bad."""
    from tracker.cli.batch import judged, rows_of

    bad = 0
    if "-" not in {rows_file, out_file} and Path(out_file).is_file() and Path(out_file).samefile(rows_file):
        raise UsageError("--out names the file that --batch reads")
    source = sys.stdin.buffer if rows_file == "-" else Path(rows_file).open("rb")  # noqa: SIM115 - closed below
    target = sys.stdout.buffer if out_file == "-" else Path(out_file).open("wb")  # noqa: SIM115
    try:
        for fine, line in judged(rows_of(source), jobs):
            bad += not fine
            target.write(line)
        target.flush()
    finally:
        if rows_file != "-":
            source.close()
        if out_file != "-":
            target.close()
    return bad


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--on {text!r} is no day; write it as 2026-03-01") from error


def compare(
    old: Annotated[Path | None, typer.Argument(help="File with the earlier text.")] = None,
    new: Annotated[Path | None, typer.Argument(help="File with the later text.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day the later text was seen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show every change and how it was judged.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help="JSON lines {id, before, after}; - is stdin.")] = None,
    out: Annotated[str, typer.Option("--out", help="Where the verdicts of --batch go; - is stdout.")] = "-",
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=256, help="Rows of --batch judged at once. [default: cores]")
    ] = None,
) -> None:
    """Say what changed in meaning between two files (HTML, Markdown, text, PDF), or between many pairs of texts."""
    if batch is not None and (old or new):
        raise UsageError("give either two files or --batch, not both")
    if batch is None and (old is None or new is None):
        raise UsageError("give two files, or --batch with a file of pairs")
    from tracker.compare.vocabulary.lexicons import activate, load
    from tracker.settings import load_settings

    activate(load(load_settings().lexicon_overlays))
    if batch is not None:
        from tracker.cores import cores

        try:
            bad = _batch(batch, out, jobs or cores())
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        if bad:
            complain(f"{counted(bad, 'row')} could not be judged; each such line carries an error")
            raise typer.Exit(1)
        return
    assert old is not None
    assert new is not None
    try:
        bodies = [path.read_bytes() for path in (old, new)]
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    from tracker.cli.batch import blocks_of
    from tracker.compare import compare as judge_step
    from tracker.daemon.garbage import collecting_rarely

    sides = [blocks_of(body, "", path.name) for body, path in zip(bodies, (old, new), strict=True)]
    with collecting_rarely():
        verdict = judge_step(*sides, captured_on=_day(on))
    explanations: tuple[Explanation, ...] = ()
    if explain:
        from tracker.compare.explain import explain as explain_verdict

        explanations = explain_verdict(verdict, *sides)
    if as_json:
        told = verdict.to_json()
        for change, explanation in zip(told["changes"], explanations, strict=False):
            change["explain"] = explanation.to_json()
        print_json(told)
    else:
        print_verdict(verdict, everything=explain, explanations=explanations)
