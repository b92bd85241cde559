"""Prints how a clause change was judged: facts side by side, rules, severity, and what the scorer said."""

from typing import TYPE_CHECKING

from tracker.cli.output import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tracker.compare.explain import Explanation, FactChange, Scored

_LABEL = 11  #: columns of a label
_INDENT = 4
_MOST_WORDS = 6  #: classes of words shown; JSON holds all


def print_explanation(out: "Console", explanation: "Explanation") -> None:
    """Print an explanation in lines that fit the console; marks tell the old side (-) from the new (+)."""
    same = [fact for fact in explanation.facts if not fact.differs]
    differing = [fact for fact in explanation.facts if fact.differs]
    for fact in differing:
        out.print(_fact(fact))
    grid = _grid()
    if same:
        alike = "; ".join(dict.fromkeys((fact.before or {})["act"] for fact in same))
        grid.add_row("", _text("same facts"), _text(alike))
    if not explanation.facts:
        grid.add_row("", _text("facts"), _text("none could be read"))
    grid.add_row("", _text("rule"), _text(", ".join(explanation.rules) or "none"))
    grid.add_row("", _text("severity"), _text(_severity(explanation)))
    if explanation.scored is not None:
        grid.add_row("", _text("scorer"), _text(_scored(explanation.scored)))
        for item in explanation.scored.words[:_MOST_WORDS]:
            went, came = (", ".join(words) for words in (item.before, item.after))
            told = "; ".join(part for part in (f"-{went}" if went else "", f"+{came}" if came else "") if part)
            grid.add_row("", _text(""), _text(f"{item.weight:+.2f} {item.title}: {told}"))
    out.print(grid)


def _grid() -> "Table":
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_INDENT, justify="right", no_wrap=True)
    grid.add_column(width=_LABEL, no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    return grid


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(printable(text), style=style)


def _fact(fact: "FactChange") -> "Table":
    from tracker.compare.explain import FIELDS

    grid = _grid()
    before, after = fact.before or {}, fact.after or {}
    for name in FIELDS:
        old, new = before.get(name), after.get(name)
        label = "fact" if name == "act" else name
        if old == new:
            if old is not None:
                grid.add_row("", _text(label), _text(old))
            continue
        if old is not None:
            grid.add_row(_text("-", "red"), _text(label), _text(old, "red"))
        if new is not None:
            grid.add_row(_text("+", "green"), _text(label), _text(new, "green"))
    return grid


def _severity(explanation: "Explanation") -> str:
    if not explanation.severity_terms:
        return explanation.severity.value
    terms = ", ".join(f"{name} {value:+d}" for name, value in explanation.severity_terms)
    return f"{terms} = {explanation.severity_sum}: {explanation.severity.value}"


def _scored(scored: "Scored") -> str:
    topics = ", ".join(topic.value for topic in scored.topics)
    return f"{scored.cls.value} ({scored.material:.0%} sure that it matters), {scored.direction.value}; {topics}"
