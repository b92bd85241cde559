"""`tracker doctor`: whether this installation is well, and what to mend."""

from typing import Annotated

import typer

from tracker.cli.output import AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(doctor)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of the network.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at settings, sources, store, network and routes; say what to mend; exit 1 where something is broken."""
    from tracker.clock import SystemClock
    from tracker.daemon.doctor import State, ask_server, examine

    found = list(examine(SystemClock(), ask=None if offline else ask_server))
    if as_json:
        print_json([{"area": one.area, "state": one.state, "what": one.what, "remedy": one.remedy} for one in found])
    else:
        marks = {State.FINE: "fine", State.WARNING: "look", State.BROKEN: "MEND"}
        print_table(
            ("", "area", "what", "what to do"), [(marks[one.state], one.area, one.what, one.remedy) for one in found]
        )
    if any(one.state is State.BROKEN for one in found):
        raise typer.Exit(1)
