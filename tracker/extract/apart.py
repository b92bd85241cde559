"""Reads hostile documents in a process of its own, which may be ended: a PDF can take any time and memory.

A reader is started once and reads one document after another; one that a document was too much for is ended and
replaced. It gets bytes and rules, and answers in JSON, of which nothing is run; its environment holds no secret.
"""

import atexit
import contextlib
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

from tracker.compare.model import Block, BlockKind
from tracker.compare.vocabulary.lexicons import Lexicons, activate, active, shipped
from tracker.errors import ExtractionError
from tracker.extract.documents import read_document
from tracker.extract.model import Extracted, ExtractionRules
from tracker.extract.sniff import Format
from tracker.words import FailureKind

_LENGTH = struct.Struct(">Q")
_MOST_ANSWERED = 200_000_000  #: bytes
_IDLE = 2  #: readers kept for the next document
_DOCUMENTS = 500  #: that one reader reads before it is replaced
_START = 120.0  #: seconds that one may take to start, on a machine that has other things to do
_ENVIRONMENT = ("LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_COMMAND = "from tracker.extract.apart import serve; serve()"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take."""

    cpu: int = 60  #: seconds of a core
    wall: float = 180.0  #: seconds by the clock; a machine has other things to do
    memory: int = 1_500_000_000  #: bytes of address space of the reader in all


class _Ended(Exception):
    """The reader is gone or was ended."""


class Readers:
    """Readers that take documents in turn; safe to share between threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[_Reader] = []

    @property
    def limits(self) -> Limits:
        """Return what one document may take."""
        return self._limits

    def bound(self, limits: Limits) -> None:
        """Let documents take so much from now on; a reader that is at work has begun with what held before."""
        if limits != self._limits:
            self._limits = limits
            self.close()

    def read(self, body: bytes, form: Format, rules: ExtractionRules, url: str, charset: str | None) -> Extracted:
        """Return the policy text of a document; see `extract`.

        Raises:
            ExtractionError: as reading here would, or `too_complex`.

        """
        try:
            reader = self._take()
        except (_Ended, OSError):
            message = "the process that reads documents does not start"
            raise ExtractionError(FailureKind.TOO_COMPLEX, message) from None
        try:
            answer = reader.ask((body, form, rules, url, charset))
        except _Ended:
            reader.end()
            limits = f"{self._limits.cpu} seconds of a core, {self._limits.memory:,} bytes"
            message = f"the {form.value} document takes more than it may ({limits}), or its reader broke"
            raise ExtractionError(FailureKind.TOO_COMPLEX, message) from None
        except BaseException:
            reader.end()
            raise
        self._give_back(reader)
        return _understood(answer)

    def close(self) -> None:
        """End the readers that wait for a document."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            if reader.owner == os.getpid():
                reader.end()

    def _take(self) -> "_Reader":
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                # A process that was forked has its parent's list, whose readers are not its own to ask.
                if reader.owner == os.getpid() and reader.is_alive():
                    return reader
                if reader.owner == os.getpid():
                    reader.end()
        return _Reader(self._limits)

    def _give_back(self, reader: "_Reader") -> None:
        with self._lock:
            fits = reader.limits == self._limits
            if fits and len(self._idle) < _IDLE and reader.count < _DOCUMENTS:
                self._idle.append(reader)
                return
        reader.end()


class _Reader:
    """One process that reads."""

    def __init__(self, limits: Limits) -> None:
        self.owner = os.getpid()
        self.count = 0
        self.limits = limits
        self._lexicons: Lexicons = shipped()
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - this very Python
            [sys.executable, "-P", "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        try:
            self._exchange(limits, _START)
        except BaseException:
            self.end()
            raise

    def is_alive(self) -> bool:
        """Return whether it can be asked."""
        return self._process.poll() is None

    def ask(self, document: tuple[bytes, Format, ExtractionRules, str, str | None]) -> dict[str, Any]:
        """Return what it answers; raises _Ended where it takes too much or dies."""
        self.count += 1
        words = active()
        told = None if words is self._lexicons else words
        self._lexicons = words
        answer = self._exchange((told, document), self.limits.wall)
        if not isinstance(answer, dict):
            raise _Ended
        return answer

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()

    def _exchange(self, message: object, seconds: float) -> Any:
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            _send(self._to, pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
            return json.loads(_receive(self._from, _MOST_ANSWERED))
        except (OSError, ValueError, RecursionError) as error:
            raise _Ended from error
        finally:
            timer.cancel()


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes], most: int | None = None) -> bytes:
    """Return what comes next; raises OSError at the end, and where it is longer than it may be."""
    head = pipe.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else None
    if length is None or (most is not None and length > most):
        raise OSError("nothing more comes, or too much")
    data = pipe.read(length)
    if len(data) < length:
        raise OSError("broke off")
    return data


def _understood(answer: dict[str, Any]) -> Extracted:
    """Return what an answer says; raises the ExtractionError that it tells of, `too_complex` if it makes no sense."""
    try:
        if "error" in answer:
            raise ExtractionError(FailureKind(answer["error"]), str(answer["message"]))
        blocks = tuple(
            Block(BlockKind(kind), str(text), int(level), str(marker), tuple(map(str, cells)), tuple(map(str, header)))
            for kind, text, level, marker, cells, header in answer.pop("blocks")
        )
        return Extracted(blocks, **{key: None if value is None else str(value) for key, value in answer.items()})  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ExtractionError(FailureKind.TOO_COMPLEX, "the process that reads documents answered nonsense") from error


def serve() -> None:
    """Read documents from standard input until it ends: the whole life of a reader."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # What a parser prints must not get between the answers.
    sys.stdout = sys.stderr
    try:
        limits: Limits = pickle.loads(_receive(source))  # noqa: S301 - from the process that started this one
        _bound(limits)
        _send(target, b"{}")
        while True:
            words, document = pickle.loads(_receive(source))  # noqa: S301 - likewise
            if words is not None:
                activate(words)
            _allow(limits.cpu)
            _send(target, json.dumps(_answer(*document)).encode())
    except OSError:
        return


def _answer(body: bytes, form: Format, rules: ExtractionRules, url: str, charset: str | None) -> dict[str, Any]:
    try:
        found = read_document(body, form, rules, url, charset)
    except ExtractionError as error:
        return {"error": error.kind.value, "message": str(error)}
    except (MemoryError, RecursionError) as error:
        what = "memory" if isinstance(error, MemoryError) else "depth"
        return {"error": FailureKind.TOO_COMPLEX.value, "message": f"the {form.value} document takes too much {what}"}
    told = asdict(replace(found, blocks=()))
    blocks = [(one.kind, one.text, one.level, one.marker, one.cells, one.header) for one in found.blocks]
    return told | {"blocks": blocks}


def _bound(limits: Limits) -> None:
    """Bound what this process may take."""
    _set("RLIMIT_AS", limits.memory, for_good=True)
    _set("RLIMIT_CORE", 0, for_good=True)
    _set("RLIMIT_FSIZE", 0, for_good=True)


def _allow(seconds: int) -> None:
    """Give the next document so many seconds of a core; the system ends the process after them."""
    _set("RLIMIT_CPU", int(time.process_time()) + 1 + seconds, for_good=False)


def _set(name: str, value: int, *, for_good: bool) -> None:
    """Set a limit, if the system has it and does not forbid it (a hardened unit may): then the clock alone bounds."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value if for_good else hard))


#: Those of this process.
READERS = Readers(Limits())
atexit.register(READERS.close)
