"""`tracker check`: one round now."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, complain, print_json, print_table
from tracker.counting import counted

if TYPE_CHECKING:
    from tracker.daemon.checks.check import CheckResult
    from tracker.daemon.runtime import Runtime
    from tracker.sources.model import Source


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(check)


def check(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; by default all that are not paused.")
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Confirm a material change with a second fetch at once, without waiting.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check sources now, due or not, and send the alerts that are due; exit status 1 when something failed."""
    from contextlib import closing
    from dataclasses import asdict

    from tracker.daemon.engine.planner import check_round, sync
    from tracker.daemon.engine.wiring import open_runtime, open_sender
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    settings = load_settings()
    set_up_logs(settings, command=True)
    with closing(open_runtime(settings)) as runtime:
        sync(runtime)
        chosen = runtime.chosen(sources) if sources else _not_paused(runtime)
        results = check_round(runtime, chosen, at_once=now)
        # What the round confirmed goes out now: not everybody runs the daemon.
        sent = open_sender(runtime).send_due(runtime.routes)
    if as_json:
        rows = [_result_json(result) for result in results]
        print_json({"results": rows, "summary": dict(_tally(results)), "deliveries": asdict(sent)})
    else:
        print_table(("source", "outcome", "what"), [(item.source_id, _outcome(item), _what(item)) for item in results])
        typer.echo(_summary(results))
        if sent.sent:
            typer.echo(f"alerts sent: {sent.sent}")
    if sent.failed or sent.dead:
        complain(f"alerts not accepted: {sent.failed + sent.dead}; `tracker alerts list` says why")
    if sent.failed or sent.dead or any(result.outcome == "failed" for result in results):
        raise typer.Exit(1)


def _not_paused(runtime: "Runtime") -> "tuple[Source, ...]":
    from tracker.store.history.sources import all_sources

    with runtime.database.read() as session:
        paused = {row.id for row in all_sources(session, state="active") if row.paused}
    return tuple(source for source in runtime.sources_file.sources if source.id not in paused)


def _outcome(result: "CheckResult") -> str:
    told = {"new": "new version", "known": "earlier text again"}.get(result.outcome.value, result.outcome.value)
    return f"{told}, material" if result.material else told


def _what(result: "CheckResult") -> str:
    if result.failure is not None:
        return f"{result.failure.value}: {result.detail}"
    if result.change_id is None:
        return result.detail
    state = f"{result.state.value}, " if result.state else ""
    return f"{result.detail} ({state}change {result.change_id})"


def _result_json(result: "CheckResult") -> dict[str, Any]:
    return {
        "source": result.source_id,
        "outcome": result.outcome.value,
        "material": result.material,
        "failure": result.failure.value if result.failure else None,
        "detail": result.detail,
        "change": result.change_id,
        "state": result.state.value if result.state else None,
    }


def _tally(results: "list[CheckResult]") -> Counter[str]:
    found = Counter(dict.fromkeys(("checked", "unchanged", "new", "known", "material", "failed", "held"), 0))
    for result in results:
        found.update(["checked", result.outcome.value, *(["material"] if result.material else [])])
    return found


def _summary(results: "list[CheckResult]") -> str:
    found = _tally(results)
    new = counted(found["new"], "new version")
    return (
        f"{found['checked']} checked: {found['unchanged']} unchanged, {new}, {found['known']} back "
        f"to an earlier text, {found['material']} material, {found['failed']} failed, {found['held']} held"
    )
