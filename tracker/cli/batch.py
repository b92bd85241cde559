"""Judges a stream of pairs of texts on all cores, in order, within bounded memory."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from typing import IO, TYPE_CHECKING, Any

from tracker.errors import TrackerError, UsageError

if TYPE_CHECKING:
    from tracker.compare.model import Block

MEDIA = {"markdown": "text/markdown", "html": "text/html", "text": "text/plain"}
LONGEST_ROW = 64_000_000  #: bytes
_CHUNK_ROWS, _CHUNK_BYTES = 4, 500_000  #: what a worker takes at once, whichever is reached first
_AHEAD = 3  #: chunks per worker that are read before the first of them is judged

Row = tuple[int, bytes | None]  #: number of the line and the line; None where it is too long to be read
Answer = tuple[bool, bytes]  #: whether the row went well, and its line of output


def rows_of(source: IO[bytes]) -> Iterator[Row]:
    """Yield the lines of a stream that are not blank, one at a time; no more than one row is held in memory."""
    number = 0
    while line := source.readline(LONGEST_ROW + 1):
        number += 1
        if len(line) > LONGEST_ROW:
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST_ROW)
            yield number, None
        elif line.strip():
            yield number, line


def judged(rows: Iterable[Row], jobs: int) -> Iterator[Answer]:
    """Yield one answer per row, in order; rows are read as workers finish.

    A row that cannot be judged gets an answer with an `error`, even where it ends the process that judges it.
    """
    if jobs == 1:
        yield from map(judge_row, rows)
        return
    with _Workers(jobs) as workers:
        yield from workers.answers(_chunks(rows))


def blocks_of(body: bytes, media_type: str, name: str = "") -> "tuple[Block, ...]":
    """Return the blocks of one side; a blank one has none."""
    from tracker.extract import ExtractionRules, extract

    return extract(body, media_type, ExtractionRules(min_words=0), url=name).blocks if body.strip() else ()


def judge_row(row: Row) -> Answer:
    """Return the answer to one row. One bad row must not stop the rest."""
    number, line = row
    if line is None:
        return _failed(number, f"the row is longer than {LONGEST_ROW:,} bytes")
    ident: object = number
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise UsageError("the row is no JSON object")
        ident = data.get("id", number)
        return True, _line({"id": ident, **_verdict(data)})
    except MemoryError:
        return _failed(ident, "not enough memory for this row")
    except (TrackerError, ValueError, RecursionError) as error:
        return _failed(ident, str(error))


def _verdict(row: dict[str, Any]) -> dict[str, Any]:
    from tracker.compare import compare

    form = row.get("format", "markdown")
    if not isinstance(form, str) or form not in MEDIA:
        raise UsageError(f'format "{form}" is none of {", ".join(sorted(MEDIA))}')
    sides = []
    for side in ("before", "after"):
        if not isinstance(row.get(side), str):
            raise UsageError(f"{side} is no text")
        sides.append(blocks_of(row[side].encode("utf-8", "replace"), MEDIA[form]))
    service = row.get("service")
    names = (service,) if isinstance(service, str) and service.strip() else ()
    return compare(*sides, names=names, captured_on=_day(row.get("date"))).to_json()


def _day(value: object) -> date | None:
    """Return the day a row says its new text was seen, perhaps with a time after it; None where it says none."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value[:10] if isinstance(value, str) else "")
    except ValueError:
        raise UsageError("date is no day such as 2026-03-01") from None


def _failed(ident: object, error: str) -> Answer:
    from tracker.compare.model import Verdict
    from tracker.compare.rules import rules_version
    from tracker.words import Direction, Severity

    nothing = Verdict(False, Severity.NONE, (), Direction.NEUTRAL, (), "und", rules_version())
    return False, _line({"id": ident, "error": error, **nothing.to_json()})


def _line(data: dict[str, Any]) -> bytes:
    try:
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, say in an id
        return json.dumps(data).encode() + b"\n"


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row[1] or b"")
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _judge_chunk(chunk: list[Row], judge: Callable[[Row], Answer]) -> list[Answer]:
    return [judge(row) for row in chunk]


class _Workers:
    """A pool of processes whose loss costs no more than the row that killed one."""

    def __init__(self, jobs: int, judge: Callable[[Row], Answer] = judge_row) -> None:
        self._jobs, self._judge = jobs, judge
        self._pool: ProcessPoolExecutor | None = None
        self._others: frozenset[BaseProcess] = frozenset()  #: child processes that are none of the pool's

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def answers(self, chunks: Iterable[list[Row]]) -> Iterator[Answer]:
        """Yield the answers in order; never more than a few chunks per worker are read ahead."""
        waiting: deque[tuple[list[Row], Future[list[Answer]] | None]] = deque()
        for chunk in chunks:
            waiting.append((chunk, self._submit(chunk)))
            if len(waiting) >= self._jobs * _AHEAD:
                yield from self._taken(waiting)
        while waiting:
            yield from self._taken(waiting)

    def _taken(self, waiting: deque[tuple[list[Row], Future[list[Answer]] | None]]) -> Iterator[Answer]:
        chunk, future = waiting.popleft()
        try:
            if future is None:
                raise BrokenProcessPool
            yield from future.result()
        except BrokenProcessPool:
            # Some row in the works ended its process, and the pool with it: one at a time, it shows which.
            self._drop_broken()
            for row in [*chunk, *(row for others, _ in waiting for row in others)]:
                yield self._alone(row)
            waiting.clear()

    def _alone(self, row: Row) -> Answer:
        future = self._submit([row])
        try:
            return future.result()[0] if future is not None else self._lost(row)
        except BrokenProcessPool:
            return self._lost(row)

    def _lost(self, row: Row) -> Answer:
        self._drop_broken()
        try:
            data = json.loads(row[1] or b"")
        except (ValueError, RecursionError):
            data = None
        ident = data.get("id", row[0]) if isinstance(data, dict) else row[0]
        return _failed(ident, "judging this row ended its process, perhaps for want of memory")

    def _submit(self, chunk: list[Row]) -> Future[list[Answer]] | None:
        try:
            return self._open().submit(_judge_chunk, chunk, self._judge)
        except BrokenProcessPool:
            return None

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            from multiprocessing import get_context

            from tracker.daemon.judging import begin_process, inherited

            self._others = frozenset(active_children())
            self._pool = ProcessPoolExecutor(
                self._jobs, mp_context=get_context("spawn"), initializer=begin_process, initargs=(inherited(),)
            )
        return self._pool

    def _drop_broken(self) -> None:
        # A pool that breaks while it starts a process forgets to end that one, and then waits for it for ever.
        for process in frozenset(active_children()) - self._others:
            process.kill()
        self._drop()

    def _drop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
