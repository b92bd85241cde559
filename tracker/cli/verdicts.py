"""Prints a verdict for people: clause changes by weight and topic, each with its redline and its reasons."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tracker.cli.output import console, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tracker.compare.explain import Explanation
    from tracker.compare.model import ClauseChange, Verdict
    from tracker.compare.reasons import Group
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
    explanations: "Sequence[Explanation]" = (),
    more: str = "--explain shows them",
    topics: "Collection[Topic]" = (),
    notes: Mapping[int, Sequence[str]] | None = None,
) -> None:
    """Print a verdict.

    Args:
        verdict: what to print.
        everything: show cosmetic changes and noise too, not only their number.
        explanations: how each clause change was judged, in their order, to be shown with it; none shows none.
        more: how to see what is only counted.
        topics: show only clause changes of these topics; none means all.
        notes: what else to say of clause changes, by their numbers from 1; each is shown with its number then.

    """
    from tracker.words import ClauseClass

    out = console()
    alert = "alert" if verdict.alert else "no alert"
    flags = "".join(f", {flag.value}" for flag in verdict.flags)
    out.print(f"{alert}: severity {verdict.severity.value}, direction {verdict.direction.value}{flags}")
    for line in timing_lines(verdict):
        out.print(printable(line))
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
            _print_by_topic(out, found, notes, explanations)
        elif found:
            out.print(f"\n{cls.value}: {len(found)} ({more})")


def timing_lines(verdict: "Verdict") -> Iterator[str]:
    """Yield when a change takes effect and until when one may object, each with the words it was read from."""
    from tracker.alerts.wording import effect_in_words, objection_in_words
    from tracker.words import Flag

    if verdict.effective is not None:
        told = effect_in_words(verdict.effective, ahead=Flag.ANNOUNCED in verdict.flags)
        yield f"{told}: “{verdict.effective.quote}”"
    if verdict.objection is not None:
        told = objection_in_words(verdict.objection)
        yield f"{told[:1].upper()}{told[1:]}: “{verdict.objection.quote}”"


def _print_by_topic(
    out: "Console",
    changes: "list[tuple[int, ClauseChange]]",
    notes: Mapping[int, Sequence[str]] | None,
    explanations: "Sequence[Explanation]",
) -> None:
    """Print clause changes under their topics; a sentence that holds for several is said once, under the first."""
    from rich.text import Text

    from tracker.cli.explained import print_explanation
    from tracker.compare.reasons import sentences_of, told_once

    by_topic: dict[str, list[Group]] = {}
    for group in told_once([sentences_of(change) for _, change in changes]):
        topics = changes[group.members[0]][1].judgement.topics
        by_topic.setdefault(", ".join(topic.value for topic in topics) or "other", []).append(group)
    for topic, groups in by_topic.items():
        out.print(f"[{topic}]")
        for group in groups:
            reasons = [Text(f"  - {printable(sentence)}") for sentence in group.said]
            for number, change in (changes[member] for member in group.members):
                _print_change(out, change, "" if notes is None and not explanations else f"clause {number} ")
                for note in (notes or {}).get(number, ()):
                    out.print(printable(f"  {note}"))
                if explanations:
                    for reason in reasons:
                        out.print(reason)
                    reasons = []
                    print_explanation(out, explanations[number - 1])
            for reason in reasons:
                out.print(reason)


def _print_change(out: "Console", change: "ClauseChange", number: str) -> None:
    from rich.text import Text

    judgement = change.judgement
    head = Text(f"{number}{change.kind.value}: {judgement.severity.value}, {judgement.direction.value}", style="bold")
    if change.section:
        head.append(f" (under {printable(change.section)!r})", style="not bold dim")
    out.print(head)
    out.print(redlined(change.before, change.after))
