"""`tracker lexicon`: the words by which changes are judged, and what words of your own do to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.output import AsJson, print_json, print_table, printable
from tracker.counting import counted
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.compare.vocabulary.lexicons import Lexicons

lexicon_app = typer.Typer(no_args_is_help=True, help="Show the words by which changes are judged, and check your own.")

_LISTED = ("forms", "cues", "words")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(lexicon_app, name="lexicon")


def _in_force() -> "Lexicons":
    from tracker.compare.vocabulary.lexicons import activate, load
    from tracker.settings import load_settings

    found = load(load_settings().lexicon_overlays)
    activate(found)
    return found


def _rows(table: Any, trail: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """Return the entries of a lexicon file, each with what it is called or set to and what it looks for."""
    rows: list[dict[str, object]] = []
    for name, value in table.items():
        entry = ".".join((*trail, name))
        if not isinstance(value, dict):
            listed = isinstance(value, list)
            said = ", ".join(value) if listed else str(value)
            rows.append({"entry": entry, "what": "" if listed else said, "words": said if listed else ""})
        elif any(isinstance(inner, dict) for inner in value.values()) or not _is_entry(value):
            rows += _rows(value, (*trail, name))
        else:
            words = ", ".join(item for key in _LISTED for item in value.get(key, ()))
            single = {key: inner for key, inner in value.items() if key not in _LISTED}
            title = single.pop("title", single.pop("name", ""))
            rest = "; ".join(f"{key} {_said(inner)}" for key, inner in single.items())
            rows.append({"entry": entry, "what": "; ".join(filter(None, (str(title), rest))), "words": words})
    return rows


def _is_entry(table: dict[str, Any]) -> bool:
    return any(key in table for key in (*_LISTED, "weight"))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@lexicon_app.command("list")
def show_list(
    file: Annotated[str | None, typer.Argument(help="A lexicon file, such as recipients.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the lexicon files, or the entries of one, with the overlays of the settings."""
    from tracker.compare.vocabulary.lexicons import shipped
    from tracker.compare.vocabulary.overlays import steps
    from tracker.compare.vocabulary.schema import FILES

    words = _in_force()
    if file is None:
        changed = steps(shipped(), words)
        rows: list[dict[str, object]] = [
            {"file": name, "entries": len(_rows(words.table(name))), "overlaid": sum(s.file == name for s in changed)}
            for name in sorted(FILES)
        ]
    else:
        name = file.removesuffix(".toml") + ".toml"
        if name not in FILES:
            known = ", ".join(sorted(known.removesuffix(".toml") for known in FILES))
            raise UsageError(f"no lexicon file {file!r}; there are {known}")
        rows = _rows(words.table(name))
    if as_json:
        print_json(rows)
        return
    columns = ("entry", "what", "words") if file else ("file", "entries", "overlaid")
    print_table(columns, [[row[column] for column in columns] for row in rows])


@lexicon_app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="Overlay files, or folders of them.")],
    as_json: AsJson = False,
) -> None:
    """Check words of your own before they are set up: print what they would add, extend, set and switch off."""
    from tracker.compare.rules import rules_version
    from tracker.compare.vocabulary.lexicons import load, shipped, use
    from tracker.compare.vocabulary.overlays import steps

    words = load(paths)
    with use(words):
        version = rules_version()
    found = [
        {"file": step.file, "entry": step.entry, "does": step.what, "items": list(step.items)}
        for step in steps(shipped(), words)
    ]
    if as_json:
        print_json({"rules_version": version, "steps": found})
        return
    for step in found:
        said = f": {', '.join(step['items'])}" if step["items"] else ""
        typer.echo(printable(f"{step['file']}: {step['does']} [{step['entry']}]{said}"))
    done = counted(len(found), "step")
    typer.echo(f"fine: {done}; rules_version {version}" if found else "fine, but it changes nothing")


@lexicon_app.command()
def explain(
    text: Annotated[str, typer.Argument(help="A sentence of a policy.")],
    as_json: AsJson = False,
) -> None:
    """Show which entries match in a sentence, and the form in which it is compared."""
    from dataclasses import asdict

    from tracker.compare.text.canonical import canonical
    from tracker.compare.vocabulary.overlays import spots

    _in_force()
    found = [asdict(spot) for spot in spots(text)]
    if as_json:
        print_json({"compared_as": canonical(text), "matches": found})
        return
    typer.echo(f"compared as: {printable(canonical(text))}\n")
    columns = ("words", "file", "entry", "title")
    print_table(columns, [[spot[column] for column in columns] for spot in found])
