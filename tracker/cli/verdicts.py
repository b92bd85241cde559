"""Prints a verdict for people: clause changes by weight and topic, each with its redline and its reasons."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tracker.cli.output import console, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tracker.compare.model import ClauseChange, Verdict
    from tracker.words import Topic


def redlined(before: str, after: str) -> "Text":
    """Return both texts as one, with marks and colours where they differ; nothing in them steers a terminal."""
    from rich.text import Text

    from tracker.compare.redline import Op, redline

    styles = {Op.EQUAL: "", Op.DELETE: "red strike", Op.INSERT: "green underline"}
    marks = {Op.EQUAL: ("", ""), Op.DELETE: ("[-", "-]"), Op.INSERT: ("{+", "+}")}
    line = Text("  ")
    for op, text in redline(before, after):
        opening, closing = marks[op]
        line.append(f"{opening}{printable(text)}{closing}", style=styles[op])
    return line


def print_verdict(
    verdict: "Verdict",
    *,
    everything: bool = False,
    explain: bool = False,
    more: str = "--explain shows them",
    topics: "Collection[Topic]" = (),
    notes: Mapping[int, Sequence[str]] | None = None,
) -> None:
    """Print a verdict.

    Args:
        verdict: what to print.
        everything: show cosmetic changes and noise too, not only their number.
        explain: show how each severity adds up.
        more: how to see what is only counted.
        topics: show only clause changes of these topics; none means all.
        notes: what else to say of clause changes, by their numbers from 1; each is shown with its number then.

    """
    from tracker.words import ClauseClass

    out = console()
    alert = "alert" if verdict.alert else "no alert"
    flags = "".join(f", {flag.value}" for flag in verdict.flags)
    out.print(f"{alert}: severity {verdict.severity.value}, direction {verdict.direction.value}{flags}")
    for reason in verdict.reasons:
        out.print(printable(reason))
    numbered = list(enumerate(verdict.changes, 1))
    wanted = [one for one in numbered if not topics or set(one[1].judgement.topics) & set(topics)]
    if topics and not wanted:
        out.print(f"No clause change is about {' or '.join(topic.value for topic in topics)}.")
    weighed = sorted(wanted, key=lambda one: -one[1].judgement.severity.rank)
    for cls in ClauseClass:
        found = [(number, change) for number, change in weighed if change.judgement.cls is cls]
        if found and (everything or cls in {ClauseClass.MATERIAL, ClauseClass.MINOR}):
            out.print(f"\n{cls.value} ({len(found)})", style="bold")
            _print_by_topic(out, found, notes, explain=explain)
        elif found:
            out.print(f"\n{cls.value}: {len(found)} ({more})")


def _print_by_topic(
    out: "Console",
    changes: "list[tuple[int, ClauseChange]]",
    notes: Mapping[int, Sequence[str]] | None,
    *,
    explain: bool,
) -> None:
    topics = [", ".join(topic.value for topic in change.judgement.topics) or "other" for _, change in changes]
    for topic in dict.fromkeys(topics):
        out.print(f"[{topic}]")
        for (number, change), of_topic in zip(changes, topics, strict=True):
            if of_topic == topic:
                _print_change(out, change, "" if notes is None else f"clause {number} ", explain=explain)
                for note in (notes or {}).get(number, ()):
                    out.print(printable(f"  {note}"))


def _print_change(out: "Console", change: "ClauseChange", number: str, *, explain: bool) -> None:
    from rich.text import Text

    judgement = change.judgement
    head = Text(f"{number}{change.kind.value}: {judgement.severity.value}, {judgement.direction.value}", style="bold")
    if change.section:
        head.append(f" (under {printable(change.section)!r})", style="not bold dim")
    out.print(head)
    out.print(redlined(change.before, change.after))
    for reason in judgement.reasons:
        out.print(Text(f"  - {printable(reason.sentence)}"))
    if explain:
        terms = ", ".join(f"{name} {value:+d}" for name, value in judgement.severity_terms) or "none"
        out.print(Text(f"  severity terms: {terms}"))
