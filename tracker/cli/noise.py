"""`tracker noise` and `tracker held`: what moves on pages without being news, and what is held back as suspect."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.numbers import MOST_ID
from tracker.cli.output import AsJson, console, print_json, print_table, printable
from tracker.cli.reading import reading, row_named, time_text, user_name, writing
from tracker.counting import counted
from tracker.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tracker.history.noise import Noise
    from tracker.store.schema.noise_tables import VolatileBlock

#: Checks that a spot is watched for, as `daemon.spots` has it.
SHOWN = 100


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(noise)
    app.command()(held)


def noise(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Id of a source; else all that move.")
    ] = None,
    pin: Annotated[
        str | None, typer.Option(metavar="BLOCK", help="This block is volatile: its number, or words of its clause.")
    ] = None,
    never: Annotated[str | None, typer.Option(metavar="BLOCK", help="This block is text like any other.")] = None,
    learn: Annotated[str | None, typer.Option(metavar="BLOCK", help="Forget what was said of this block.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what moves on a page without being news: texts shown in turn, blocks that never stand still."""
    asked = {"pin": pin, "never": never, "learn": learn}
    wills = {name: block for name, block in asked.items() if block is not None}
    if source is None and wills:
        raise UsageError("name the source whose block it is")
    if source is not None and wills:
        _decide(source, wills)
    elif source is not None:
        _show(source, as_json=as_json)
    else:
        _list(as_json=as_json)


def _decide(source: str, wills: dict[str, str]) -> None:
    from tracker.clock import SystemClock
    from tracker.history.noise import Will, decide_on_spot

    with writing() as (settings, session):
        ident = row_named(settings, session, source).id
        for will, block in wills.items():
            row = decide_on_spot(session, ident, block, Will(will), by=user_name(), now=SystemClock().now())
            console().print(printable(f"{ident} block {row.id}: {row.state}: {row.sample[:SHOWN]}"), highlight=False)


def _show(source: str, *, as_json: bool) -> None:
    from tracker.history.noise import noise_of

    with reading() as (settings, session):
        found = noise_of(session, row_named(settings, session, source))
    if as_json:
        print_json(_noise_json(found))
        return
    _print_variants(found, settings.zone)
    if not found.blocks:
        console().print("No block of its page moved lately.")
        return
    print_table(
        ("block", "state", "moved", "in all", "by its", "under", "displayed last"),
        [
            (
                block.id,
                block.state,
                f"in {block.recent.bit_count()} of {counted(block.checks, 'check')}",
                f"{block.times_moved} x",
                "words" if block.kind == "numbers" else "place",
                block.section[:40],
                block.sample[:SHOWN],
            )
            for block in found.blocks
        ],
    )


def _print_variants(found: "Noise", zone: "ZoneInfo") -> None:
    row = found.source
    if row.unstable_since is None:
        console().print(f"{row.id} is stable.", highlight=False)
        return
    since = time_text(row.unstable_since, zone)
    console().print(
        f"{row.id} is unstable since {since}: it shows {counted(len(found.variants), 'text')} in turn.", highlight=False
    )
    print_table(
        ("version", "differs by", "which", "shown", "last seen", "says alone"),
        [
            (one.number, one.kind.value, one.tells, f"{one.runs} x", time_text(one.last_seen, zone), one.sample[:SHOWN])
            for one in found.variants
        ],
    )


def _list(*, as_json: bool) -> None:
    from tracker.store.work.noise import moving_sources

    with reading() as (settings, session):
        found = moving_sources(session)
    if as_json:
        print_json(
            [
                {
                    "source": one.source.id,
                    "unstable_since": one.source.unstable_since,
                    "learnt": one.learnt,
                    "pinned": one.pinned,
                }
                for one in found
            ]
        )
    elif not found:
        console().print("No source flips between known texts, and no block was learnt or pinned.")
    else:
        print_table(
            ("source", "unstable since", "learnt blocks", "pinned blocks"),
            [
                (
                    one.source.id,
                    time_text(one.source.unstable_since, settings.zone) if one.source.unstable_since else "",
                    one.learnt,
                    one.pinned,
                )
                for one in found
            ],
        )


def _noise_json(found: "Noise") -> dict[str, Any]:
    return {
        "source": found.source.id,
        "unstable_since": found.source.unstable_since,
        "quiet_checks": found.source.quiet_checks,
        "variants": [
            {
                "version": one.number,
                "kind": one.kind.value,
                "tells": one.tells,
                "sample": one.sample,
                "runs": one.runs,
                "last_seen": one.last_seen,
            }
            for one in found.variants
        ],
        "blocks": [_block_json(block) for block in found.blocks],
    }


def _block_json(block: "VolatileBlock") -> dict[str, Any]:
    return {
        "block": block.id,
        "state": block.state,
        "kind": block.kind,
        "section": block.section,
        "sample": block.sample,
        "moved_in": block.recent.bit_count(),
        "of_checks": block.checks,
        "times_moved": block.times_moved,
        "wordings": len(block.wordings),
        "first_moved_at": block.first_moved_at,
        "last_moved_at": block.last_moved_at,
        "set_by": block.set_by,
    }


def held(
    release: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_ID, metavar="N", help="Let this text through: the next check accepts and judges it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the texts held back as suspect, with why, or let one through."""
    if release is not None:
        from tracker.clock import SystemClock
        from tracker.history.noise import release as let_through

        with writing() as (_, session):
            entry = let_through(session, release, by=user_name(), now=SystemClock().now())
            ident = entry.source.id
        console().print(printable(f"{ident}: released; the next check that shows it accepts it"), highlight=False)
        return
    from tracker.store.work.operations import held_texts

    with reading() as (settings, session):
        found = held_texts(session)
    if as_json:
        print_json(
            [
                {
                    "held": one.held.id,
                    "source": one.source.id,
                    "reason": one.held.reason,
                    "detail": one.held.detail,
                    "first_seen_at": one.held.first_seen_at,
                    "last_seen_at": one.held.last_seen_at,
                    "times_seen": one.held.times_seen,
                }
                for one in found
            ]
        )
    elif not found:
        console().print("Nothing is held back.")
    else:
        print_table(
            ("held", "source", "why", "since", "seen", "in detail"),
            [
                (
                    one.held.id,
                    one.source.id,
                    one.held.reason,
                    time_text(one.held.first_seen_at, settings.zone),
                    f"{one.held.times_seen} x",
                    one.held.detail[:SHOWN],
                )
                for one in found
            ],
        )
