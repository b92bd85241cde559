"""Feed the corpus's captures through the whole pipeline in time order, as if they were live, and count what came of it.

    python -m tests.quality.captures_replay [--every N] [--source WORDS] [--jobs N] [--intervals]

Each document is followed without selectors by the real check over an SQLite store, with a clock that stands at the
capture's time. What awaits confirmation is looked at again, as the daemon does: the page then still shows the same.
`visible_times` and `new_text_times` of `index.jsonl` were made with selectors written by hand, tell of all parts of a
document of several, and have gaps of months; so an alert counts as unfounded only where neither they nor our own labels
know of a change, and a text as missed only where the captures display it: where the words of the whole page, scripts
aside, differ from those of the capture before, numbers and tokens left out.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import lxml.html
from lxml import etree
from sqlmodel import select
from warcio.archiveiterator import ArchiveIterator

from tests.conftest import corpus_root
from tests.quality.capture_intervals import TOLERANCE, ident
from tests.quality.material import read_lines
from tracker.clock import ManualClock
from tracker.daemon.checks.check import check_source
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.planner import sync
from tracker.daemon.runtime import Runtime
from tracker.errors import UsageError
from tracker.fetch.model import FetchRequest, Page
from tracker.settings import Settings
from tracker.sources.model import Schedule, Source, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.schema.tables import Change
from tracker.store.upkeep.upgrade import create_store
from tracker.words import ChangeState

CONFIRM_DELAY = 1_800
GOOD = {Outcome.NEW.value, Outcome.KNOWN.value, Outcome.UNCHANGED.value}


@dataclass(frozen=True, slots=True)
class Seen:
    """One capture."""

    moment: datetime
    url: str
    headers: tuple[tuple[str, str], ...]
    status: int
    body: bytes


class Replay:
    """A fetcher that answers with the capture at hand."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.seen: Seen | None = None

    def fetch(self, request: FetchRequest) -> Page:
        """Return it, as fetched now."""
        assert self.seen is not None
        seen = self.seen
        return Page(request.url, seen.url, seen.status, seen.headers, seen.body, self._clock.now())


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one capture."""

    moment: str
    outcome: str
    told: str = ""  #: why it was held or failed, or the change's summary
    alert: bool = False


@dataclass
class Result:
    """What the captures of one document came to."""

    source: str
    steps: list[Step] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unfounded: list[str] = field(default_factory=list)  #: alerts where nothing was recorded and no label speaks of one
    missed: list[str] = field(default_factory=list)  #: texts recorded as never seen before, and not by us
    seconds: float = 0.0
    labels: Counter[str] = field(default_factory=Counter)  #: hit, missed, false, quiet, of the labelled steps
    wrong: list[str] = field(default_factory=list)  #: labelled steps judged otherwise


def captures(path: Path) -> Iterator[Seen]:
    """Yield the captures of a WARC file, in time order."""
    found = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                moment = datetime.fromisoformat(record.rec_headers["WARC-Date"].replace("Z", "+00:00"))
                status = int(record.http_headers.get_statuscode())
                address, headers = record.rec_headers["WARC-Target-URI"], tuple(record.http_headers.headers)
                found.append(Seen(moment, address, headers, status, record.content_stream().read()))
    yield from sorted(found, key=lambda one: one.moment)


def source_of(told: dict[str, Any]) -> Source:
    """Return the source that follows a document of the index, without a selector."""
    organisation, _, kind = told["document"].partition("/")
    return Source(
        id=ident(told["file"]),
        name=told["document"],
        document_type=kind.split(" #")[0].rsplit(".", 1)[0],
        pages=(SourcePage(told["url"]),),
        organisation=organisation,
        schedule=Schedule(interval=timedelta(hours=12), jitter=0),
        obey_robots=False,
    )


def replay(source: Source, seen: Sequence[Seen], folder: Path) -> list[Step]:
    """Check a source once per capture, and once more where something awaits its confirmation."""
    clock = ManualClock(seen[0].moment)
    fetcher = Replay(clock)

    def no_archive(name: str) -> Any:
        raise UsageError(name)

    steps = []
    with closing(Database(f"sqlite:///{folder / f'{source.id}.sqlite'}")) as database:
        create_store(database)
        settings = Settings(sources=Path("none.toml"), confirm_delay=CONFIRM_DELAY)
        runtime = Runtime(settings, database, clock, fetcher, SourcesFile((source,)), no_archive)
        sync(runtime)
        for one in seen:
            fetcher.seen = one
            clock.advance(max(one.moment - clock.now(), timedelta(seconds=1)))
            result = check_source(runtime, source)
            if result.state is ChangeState.AWAITING:
                clock.advance(timedelta(seconds=CONFIRM_DELAY))
                check_source(runtime, source)
            steps.append(Step(f"{one.moment:%Y-%m-%dT%H:%M:%SZ}", result.outcome.value, result.detail))
        with database.read() as session:
            rows = session.exec(select(Change).where(Change.state == ChangeState.CONFIRMED.value)).all()
            alerts = {f"{row.first_seen_after:%Y-%m-%dT%H:%M:%SZ}": row.summary for row in rows if row.alert}
    return [
        Step(step.moment, step.outcome, alerts.get(step.moment, step.told), step.moment in alerts) for step in steps
    ]


def weigh(
    source: str,
    seen: Sequence[Seen],
    steps: Sequence[Step],
    told: dict[str, Any],
    labels: Sequence[dict[str, Any]],
) -> Result:
    """Hold the steps against what was recorded of the document, and against our labels."""
    found = Result(source, list(steps))
    visible, fresh = (
        [datetime.fromisoformat(one) - timedelta(seconds=TOLERANCE) for one in told[key]]
        for key in ("visible_times", "new_text_times")
    )
    wanted = {label["after"]: any(block["class"] == "material" for block in label["blocks"]) for label in labels}
    found.counts["captures"] = len(steps)
    last_good = seen[0].moment
    for at, (step, one) in enumerate(zip(steps, seen, strict=True)):
        found.counts[step.outcome] += 1
        found.counts["alerts"] += step.alert
        if at:
            # What was held or failed meanwhile may be told of now.
            recorded = any(last_good < moment <= one.moment for moment in visible)
            if step.alert and not recorded and not wanted.get(step.moment):
                found.counts["unfounded"] += 1
                found.unfounded.append(f"{step.moment[:10]} {step.told}")
            if any(seen[at - 1].moment < moment <= one.moment for moment in fresh):
                _weigh_new_text(found, step, _displayed(seen[at - 1]) != _displayed(one))
        if step.outcome in GOOD:
            last_good = one.moment
        if step.moment in wanted:
            judged = ("hit" if step.alert else "missed") if wanted[step.moment] else "false" if step.alert else "quiet"
            found.labels[judged] += 1
            if judged in {"missed", "false"}:
                found.wrong.append(f"{step.moment[:10]} {judged} ({step.outcome}): {step.told}"[:160])
    return found


def _weigh_new_text(found: Result, step: Step, displayed: bool) -> None:
    """Count a recorded text that was never seen before: recorded by us, not in the captures, or missed."""
    found.counts["new texts"] += 1
    if step.outcome in {Outcome.NEW.value, Outcome.KNOWN.value}:
        return
    found.counts["not displayed" if not displayed else "missed"] += 1
    if displayed:
        found.missed.append(f"{step.moment[:10]} {step.outcome} {step.told}"[:120])


def _displayed(one: Seen) -> list[str]:
    """Return the words of a whole page, without numbers and tokens."""
    root = lxml.html.fromstring(one.body)
    etree.strip_elements(root, "script", "style", "noscript", "template", with_tail=False)
    return [word for text in root.itertext() for word in text.split() if word.isalpha()]


def run_one(root: Path, told: dict[str, Any], every: int = 1) -> Result:
    """Replay one document; `every` takes the captures around labelled steps and every so manieth of the others."""
    name = told["file"].removesuffix(".warc.gz")
    labels = [line for line in read_lines("captures") if line["source"] == name]
    kept = {line[side] for line in labels for side in ("before", "after")}
    seen = [
        one
        for at, one in enumerate(captures(root / "corpus" / "captures" / told["file"]))
        if at % every == 0 or f"{one.moment:%Y-%m-%dT%H:%M:%SZ}" in kept
    ]
    start = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        steps = replay(source_of(told), seen, Path(folder))
    found = weigh(name, seen, steps, told, labels)
    found.seconds = monotonic() - start
    return found


def index(root: Path) -> list[dict[str, Any]]:
    """Return what the index says of each file."""
    text = (root / "corpus" / "captures" / "index.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def print_table(results: Sequence[Result], out: Any = sys.stdout) -> None:
    """Print a line per document and the sums."""
    columns = (
        "captures", "new", "known", "held", "failed", "alerts", "unfounded", "new texts", "not displayed", "missed",
    )  # fmt: skip
    print(f"{'document':46} " + " ".join(f"{name:>9}" for name in columns), file=out)
    total: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    for one in results:
        total.update(one.counts)
        labels.update(one.labels)
        print(
            f"{one.source[:46]:46} "
            + " ".join(f"{one.counts[name]:>{max(9, len(name))}}" for name in columns)
            + f"  {one.seconds:.0f} s",
            file=out,
        )
    print(f"{'all':46} " + " ".join(f"{total[name]:>{max(9, len(name))}}" for name in columns), file=out)
    told, wanted = labels["hit"] + labels["false"], labels["hit"] + labels["missed"]
    precision, recall = (labels["hit"] / whole if whole else 1.0 for whole in (told, wanted))
    print(
        f"alerts of {labels.total()} labelled steps: {dict(labels)}, precision {precision:.3f}, recall {recall:.3f}",
        file=out,
    )


def main() -> None:
    """Replay what is asked for and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--every", type=int, default=1, help="take one capture of so many besides labelled ones")
    parser.add_argument("--source", default="", help="only documents whose name holds this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--intervals", action="store_true", help="print what became of every capture")
    asked = parser.parse_args()
    root = corpus_root()
    if root is None:
        parser.error("TRACKER_CORPUS is not set")
    wanted = [told for told in index(root) if asked.source in told["file"]]
    with ProcessPoolExecutor(asked.jobs) as pool:
        results = list(pool.map(run_one, [root] * len(wanted), wanted, [asked.every] * len(wanted)))
    for one in results:
        if asked.intervals:
            for step in one.steps:
                if step.outcome != Outcome.UNCHANGED.value:
                    print(
                        f"{one.source} {step.moment} {step.outcome} {'ALERT ' if step.alert else ''}{step.told[:140]}"
                    )
        for name, lines in (("unfounded", one.unfounded), ("missed", one.missed), ("label", one.wrong)):
            for line in lines:
                print(f"{one.source}: {name}: {line}")
    print_table(results)


if __name__ == "__main__":
    main()
