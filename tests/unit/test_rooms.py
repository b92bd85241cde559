"""The rooms of the house: imports point down and right only."""

import ast
from pathlib import Path

import pytest

import tracker

ROOT = Path(tracker.__file__).parent

#: What each room may import of the others; modules directly under `tracker/` are open to all.
ALLOWED = {
    "compare": set(),
    "store": set(),
    "lexicon": set(),
    "extract": {"compare"},
    "fetch": set(),
    "sources": {"extract", "fetch", "compare"},
    "intake": {"extract", "fetch", "compare", "sources"},
    "alerts": {"compare", "store", "sources"},
    "history": {"extract", "compare", "store", "sources"},
    "daemon": {"fetch", "extract", "compare", "alerts", "store", "sources", "history", "intake"},
    "export": {"history", "extract", "compare", "store", "sources"},
    "web": {"export", "daemon", "history", "fetch", "extract", "compare", "alerts", "store", "sources"},
    "demo": {"daemon", "history", "fetch", "extract", "compare", "alerts", "store", "sources", "cli", "web"},
    "cli": {
        "intake",
        "web",
        "export",
        "daemon",
        "history",
        "fetch",
        "extract",
        "compare",
        "alerts",
        "store",
        "sources",
        "demo",
    },
}

#: The rooms within large ones, each of which may import those before it.
WITHIN = {
    "compare": ("vocabulary", "text", "alignment", "facts", "findings", "learned", "judging"),
    "store": ("schema", "texts", "history", "people", "work", "upkeep"),
    "daemon": ("checks", "discovery", "past", "notices", "engine", "imports"),
}

#: A row reads its verdict itself, and only when it is asked for it.
ASKED_LATER = {("store", "judged.py", "texts")}


def modules_imported(path: Path) -> list[list[str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "tracker" and len(parts) > 1 and (ROOT / parts[1]).is_dir():
                found.append(parts[1:])
    return found


def rooms_imported(path: Path) -> set[str]:
    return {parts[0] for parts in modules_imported(path)}


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_room_imports_only_what_lies_below_it(room: str) -> None:
    """No room reaches up or back into one that uses it."""
    for path in (ROOT / room).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        assert rooms_imported(path) - {room} <= ALLOWED[room], path


def test_every_room_is_listed() -> None:
    """A new folder under tracker/ has to say what it may import."""
    assert {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ALLOWED)


@pytest.mark.parametrize("room", sorted(WITHIN))
def test_rooms_within_a_room_import_only_what_lies_below(room: str) -> None:
    """Within a large room, too, imports point one way; what lies directly in it is open to all of it."""
    order = WITHIN[room]
    assert {path.parent.name for path in (ROOT / room).glob("*/__init__.py")} - {"migrations"} == set(order)
    for at, name in enumerate(order):
        for path in (ROOT / room / name).glob("*.py"):
            imported = {parts[1] for parts in modules_imported(path) if parts[0] == room and len(parts) > 1}
            above = {other for other in order[at + 1 :] if (room, path.name, other) not in ASKED_LATER}
            assert not imported & above, path
