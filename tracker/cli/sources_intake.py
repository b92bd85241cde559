"""`tracker sources import-ota`: what others follow becomes entries of the sources file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, complain, print_json, printable
from tracker.counting import counted

if TYPE_CHECKING:
    from tracker.intake.declarations import Declarations, Declared

#: Documents named one by one to a person; `--json` names all.
MOST_SHOWN = 10


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group of sources."""
    group.command("import-ota")(import_ota)


def import_ota(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of declarations.", exists=True, file_okay=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Sources file to append to; else print the entries.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for all of them; may be given again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Turn the declarations of an Open Terms Archive collection into sources, and say what could not be kept."""
    from tracker.intake.declarations import read_declarations, with_tags
    from tracker.settings import load_settings
    from tracker.sources.edit import add_entries, already_followed
    from tracker.sources.load import load_sources
    from tracker.sources.model import SourcesFile

    file = out or load_settings().sources
    followed = load_sources(file) if file.exists() else SourcesFile(())
    declared = read_declarations(folder)
    known: dict[str, str] = {}
    new: list[Declared] = []
    for one in with_tags(declared.documents, tuple(tag or ())):
        same = already_followed(followed, one.entry)
        if same is None:
            new.append(one)
        else:
            known[one.place] = same
    if out is not None and new:
        add_entries(out, [one.entry for one in new])
    if as_json:
        print_json(_report(declared, new, known))
    else:
        if out is None:
            typer.echo("\n".join(printable(one.entry.as_toml()) for one in new))
        _tell(declared, new, known, out)
    if declared.refused:
        raise typer.Exit(1)


def _report(declared: "Declarations", new: "list[Declared]", known: dict[str, str]) -> dict[str, Any]:
    return {
        "services": declared.services,
        "documents": len(declared.documents),
        "added": [one.entry.id for one in new],
        "followed_already": known,
        "kept": {what: number for what, number in sorted(declared.counts.items()) if "lost" not in what and number},
        "lost": {
            what.replace("lost: ", "").replace("lost in", "in"): number
            for what, number in sorted(declared.counts.items())
            if "lost" in what
        },
        "with_losses": [{"id": one.entry.id, "place": one.place, "lost": list(one.lost)} for one in new if one.lost],
        "no_longer_declared": declared.retired,
        "refused": [{"place": place, "why": why} for place, why in declared.refused],
    }


def _tell(declared: "Declarations", new: "list[Declared]", known: dict[str, str], out: Path | None) -> None:
    """Say on standard error what came of it: the entries themselves may go to standard output."""
    told = _report(declared, new, known)
    verb = f"added to {out}" if out else "new"
    found = f"{counted(declared.services, 'service')}, {counted(len(declared.documents), 'document')}"
    complain(f"{found}: {len(new)} {verb}, {len(known)} followed already")
    complain("kept: " + ", ".join(f"{number} {what}" for what, number in told["kept"].items()))
    if told["lost"]:
        complain("not kept, in so many documents: " + ", ".join(f"{what} {n}" for what, n in told["lost"].items()))
    if declared.retired:
        complain(f"left out, as only their past is declared: {counted(len(declared.retired), 'document')}")
    filtered = [one for one in new if any("filters" in lost for lost in one.lost)]
    for one in filtered[:MOST_SHOWN]:
        complain(f"{one.place}: {'; '.join(one.lost)}")
    if len(filtered) > MOST_SHOWN:
        complain(f"and {len(filtered) - MOST_SHOWN} more; --json and comments in the entries name them all")
    for place, why in declared.refused:
        complain(f"{place}: {why}")
