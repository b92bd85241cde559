"""`tracker sources import-csv`: a list of vendors becomes a list to review, what is accepted there becomes sources."""

import csv
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.discover import ArchiveName, tell
from tracker.cli.numbers import no_nan
from tracker.cli.output import AsJson, complain, print_json, print_table, printable
from tracker.counting import counted

if TYPE_CHECKING:
    from tracker.daemon.discovery.discovered import Discovery, Draft
    from tracker.sources.vendors import Vendor

#: Columns of the list to review; those a person decides on come first.
COLUMNS = (
    "accept",
    "vendor",
    "domain",
    "type",
    "document url",
    "tags",
    "language",
    "id",
    "confidence",
    "words",
    "why",
)


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group of sources."""
    group.command("import-csv")(import_csv)
    group.command("report")(report)


def import_csv(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="List of vendors; with --accept the reviewed list.")],
    review: Annotated[
        Path | None, typer.Option(help="Where the list to review goes. [FILE with -review]", metavar="LIST")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Add what is accepted in a reviewed list.")] = False,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for all of them; may be given again.")] = None,
    archive: ArchiveName = "internet-archive",
    as_json: AsJson = False,
) -> None:
    """Find the policies of a list of vendors; write a list to review, then add what is accepted in it."""
    if accept:
        _accept(file, tuple(tag or ()), as_json=as_json)
    else:
        _search(file, review or file.with_name(f"{file.stem}-review.csv"), tuple(tag or ()), archive, as_json=as_json)


def _search(file: Path, review: Path, tags: tuple[str, ...], archive: str, *, as_json: bool) -> None:
    from tracker.cli.stopping import stoppable
    from tracker.daemon.discovery.discovered import Wanted, drafts_of
    from tracker.daemon.discovery.discoveries import discover_all
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.errors import UsageError
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings
    from tracker.sources.vendors import read_vendors

    settings = load_settings()
    set_up_logs(settings, command=True)
    told = read_vendors(file)
    if review.exists():
        raise UsageError(f"{review} is there already and may hold decisions; name another with --review")
    for note in told.notes:
        complain(note)
    wanted = [Wanted(one.site, one.name, (*tags, *one.tags)) for one in told.vendors]
    stop = threading.Event()
    with closing(open_runtime(settings, sources_needed=False, stop=stop)) as runtime:
        with stoppable(stop, "the sites in hand"):
            found = discover_all(runtime, wanted, archive=archive, progress=tell, stop=stop)
        drafts = drafts_of(found, runtime.sources_file)
    by_site = {site.wanted.site: (site, some) for site, some in zip(found, drafts, strict=True)}
    _write_review(review, told.vendors, by_site)
    _report(found, drafts, len(wanted), review, as_json=as_json)
    if stop.is_set():
        complain("ended early; vendors that were not searched stand in the list as such")
        raise typer.Exit(1)


def _write_review(
    review: Path, vendors: "tuple[Vendor, ...]", found: "dict[str, tuple[Discovery, list[Draft]]]"
) -> None:
    from tracker.export.spreadsheet import safe_cell

    with review.open("x", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for vendor in vendors:
            site, drafts = found.get(vendor.site, (None, []))
            rows = [_row(vendor, draft) for draft in drafts] or [_nothing(vendor, site)]
            writer.writerows([safe_cell(row.get(column, "")) for column in COLUMNS] for row in rows)


def _row(vendor: "Vendor", draft: "Draft") -> dict[str, Any]:
    entry, one = draft.entry, draft.candidate
    followed = f"followed already as {draft.followed_as}; " if draft.followed_as else ""
    return {
        "accept": "yes" if draft.to_add else "no",
        "vendor": entry.organisation,
        "domain": vendor.site,
        "type": entry.type,
        "document url": entry.url,
        "tags": ", ".join(entry.tags),
        "language": entry.language or "en",
        "id": draft.followed_as or entry.id,
        "confidence": f"{one.confidence:.0%}",
        "words": one.words,
        "why": followed + one.reason,
    }


def _nothing(vendor: "Vendor", site: "Discovery | None") -> dict[str, Any]:
    why = "not searched" if site is None else "; ".join(["nothing was found", *site.notes])
    return {
        "accept": "no",
        "vendor": vendor.name,
        "domain": vendor.site,
        "type": "Privacy Policy",
        "tags": ", ".join(vendor.tags),
        "why": why,
    }


def _report(found: "list[Discovery]", drafts: "list[list[Draft]]", of: int, review: Path, *, as_json: bool) -> None:
    flat = [draft for some in drafts for draft in some]
    without = [site.wanted.site for site in found if not site.likely]
    told = {
        "vendors": of,
        "searched": len(found),
        "with_documents": len(found) - len(without),
        "without": without,
        "likely_documents": sum(draft.to_add for draft in flat),
        "unlikely_documents": sum(not draft.to_add and draft.followed_as is None for draft in flat),
        "followed_already": sum(draft.followed_as is not None for draft in flat),
        "requests": sum(site.requests for site in found),
        "review": str(review),
    }
    if as_json:
        print_json(told)
        return
    typer.echo(
        f"{told['searched']} of {counted(of, 'vendor')} searched: {told['with_documents']} with likely documents"
        f" ({told['likely_documents']} new, {told['followed_already']} followed already), {len(without)} without"
    )
    typer.echo(f"go over {review} (the column accept), then: tracker sources import-csv {review} --accept")


def _accept(file: Path, tags: tuple[str, ...], *, as_json: bool) -> None:
    from tracker.settings import load_settings
    from tracker.sources.edit import NewEntry, add_entries, already_followed, suggest_id
    from tracker.sources.load import load_sources
    from tracker.sources.model import SourcesFile
    from tracker.sources.vendors import read_accepted

    settings = load_settings()
    entries = read_accepted(file)
    followed = load_sources(settings.sources) if settings.sources.exists() else SourcesFile(())
    taken = {name for source in followed.sources for name in (source.id, *source.formerly)}
    new: dict[str, NewEntry] = {}
    known: dict[str, str] = {}
    for entry in entries:
        twice = new.get(entry.url)
        same = already_followed(followed, entry) or (twice.id if twice else entry.id if entry.id in taken else None)
        if same is not None:
            known[entry.url] = same
            continue
        free = entry.id or suggest_id(entry.organisation, entry.type, entry.url, taken)
        taken.add(free)
        new[entry.url] = replace(entry, id=free, tags=tuple(dict.fromkeys((*tags, *entry.tags))))
    if new:
        add_entries(settings.sources, list(new.values()))
    if as_json:
        print_json({"added": [entry.id for entry in new.values()], "followed_already": known})
        return
    typer.echo(f"{counted(len(new), 'source')} added to {settings.sources}, {len(known)} followed already")
    if new:
        typer.echo("the daemon checks them now and sends one report; `tracker sources report` shows how far it is")


def report(
    hours: Annotated[
        float, typer.Option(min=0, max=87_600, callback=no_nan, help="How long a source counts as new.")
    ] = 48,
    as_json: AsJson = False,
) -> None:
    """Tell how the first checks of new sources went: recorded, held back, failing, changed since archived."""
    from dataclasses import asdict
    from datetime import timedelta

    from tracker.clock import SystemClock
    from tracker.daemon.notices.onboarding import onboarding
    from tracker.settings import load_settings
    from tracker.store.upkeep.upgrade import open_store

    with closing(open_store(load_settings())) as database, database.read() as session:
        found = onboarding(session, SystemClock().now() - timedelta(hours=hours))
    if as_json:
        print_json(asdict(found))
        return
    typer.echo(f"{found.title if found.total else 'no new sources'}")
    listed = [("recorded", found.recorded), ("not checked yet", found.waiting)]
    listed += [(f"held back: {reason}", ids) for reason, ids in found.held.items()]
    listed += [(f"failing: {kind}", ids) for kind, ids in found.failing.items()]
    print_table(("first check", "source"), [(how, ident) for how, ids in listed for ident in ids])
    for ident, said in found.differing.items():
        typer.echo(printable(f"changed since its archived text: {ident}: {said}"))
