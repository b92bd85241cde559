"""`tracker discover`: the policy pages of a site, as entries of the sources file."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, complain, print_json, printable
from tracker.counting import counted
from tracker.printable import one_line

if TYPE_CHECKING:
    from tracker.daemon.discovery.discovered import Candidate, Discovery, Draft

#: A web archive whose index is asked where a site names no privacy policy.
ArchiveName = Annotated[
    str, typer.Option("--archive", metavar="NAME", help="Archive whose index may be asked; '' for none.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("discover")(discover)


def discover(
    domains: Annotated[list[str], typer.Argument(metavar="DOMAIN...", help="Domains, or addresses of home pages.")],
    organisation: Annotated[str, typer.Option(help="Whose site it is; else as the site says. One domain only.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag for the entries; may be given again.")] = None,
    archive: ArchiveName = "internet-archive",
    write: Annotated[bool, typer.Option("--write", help="Append what is likely and new to the sources file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find the policy pages of sites and print them as sources, the likeliest first, each with the reason."""
    from tracker.daemon.discovery.discovered import Wanted, drafts_of
    from tracker.daemon.discovery.discoveries import discover_all
    from tracker.daemon.engine.wiring import open_runtime
    from tracker.errors import UsageError
    from tracker.logs import set_up_logs
    from tracker.settings import load_settings

    if organisation and len(domains) > 1:
        raise UsageError("--organisation goes with one domain; for several use `tracker sources import-csv`")
    settings = load_settings()
    set_up_logs(settings, command=True)
    wanted = [Wanted(domain, organisation, tuple(tag or ())) for domain in dict.fromkeys(domains)]
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        found = discover_all(runtime, wanted, archive=archive, progress=tell if len(wanted) > 1 else None)
        drafts = drafts_of(found, runtime.sources_file)
    if as_json:
        print_json([_json(site, of) for site, of in zip(found, drafts, strict=True)])
    else:
        for site, of in zip(found, drafts, strict=True):
            _print(site, of)
    if write:
        _write(settings.sources, [draft for of in drafts for draft in of if draft.to_add])
    if not all(site.likely for site in found):
        raise typer.Exit(1)


def tell(done: int, of: int, found: "Discovery") -> None:
    """Say on standard error how far it is."""
    complain(f"{done} of {of}: {found.wanted.site}: {counted(len(found.likely), 'document')}")


def _write(path: Path, drafts: "list[Draft]") -> None:
    from tracker.sources.edit import add_entries

    if drafts:
        add_entries(path, [draft.entry for draft in drafts])
    complain(f"{counted(len(drafts), 'entry', 'entries')} added to {path}")


def _print(found: "Discovery", drafts: "list[Draft]") -> None:
    """Print what was found on a site as a sources file: what is not to be followed stands there as a comment."""
    requests = counted(found.requests, "request")
    typer.echo(f"# {one_line(found.wanted.site)}: {len(found.candidates)} found with {requests}")
    for note in found.notes:
        typer.echo(f"# {one_line(note)}")
    for draft in drafts:
        one = draft.candidate
        if draft.followed_as:
            typer.echo(f"\n# followed already as {draft.followed_as}: {one_line(one.url)}")
        elif draft.to_add:
            typer.echo(f"\n{printable(draft.entry.as_toml())}", nl=False)
        else:
            typer.echo(f"\n# unlikely ({one.confidence:.0%} {one.type}): {one_line(f'{one.url}: {one.reason}')}")
    typer.echo("")


def _json(found: "Discovery", drafts: "list[Draft]") -> dict[str, Any]:
    return {
        "site": found.wanted.site,
        "home": found.home,
        "organisation": found.organisation,
        "requests": found.requests,
        "notes": found.notes,
        "documents": [
            _candidate(draft.candidate) | {"followed_as": draft.followed_as, "entry": draft.entry.as_toml()}
            for draft in drafts
        ],
        "rejected": [_candidate(one) for one in found.rejected],
    }


def _candidate(candidate: "Candidate") -> dict[str, Any]:
    return {
        "url": candidate.url,
        "type": candidate.type,
        "confidence": round(candidate.confidence, 2),
        "reasons": list(candidate.reasons),
        "title": candidate.title,
        "language": candidate.language,
        "words": candidate.words,
    }
