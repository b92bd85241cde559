"""Reads WARC files, plain or gzip, record by record; whatever a record claims of itself, memory stays bounded."""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tracker.intake.model import Unreadable
from tracker.intake.responses import MOST_LINES, header_fields, length_in

_READ = 65_536
_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 65_536
#: Bytes of blank lines between two records; there are two lines of them.
_MOST_BLANK = 1_000_000
#: Bytes of a record beyond which the rest of its file is given up: passing over them would take for ever.
_MOST_PASSED = 4_000_000_000
#: As the standard has dates: to the day at least, a time of day to the minute at least, always of UTC.
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(?:Z|[+-]00:?00))?")


class Damaged(Exception):
    """The file is no WARC file from here on; the message says what is wrong."""


@dataclass(slots=True)
class Record:
    """One record. Its block stands in the stream and can be read once, before the next record is asked for."""

    type: str
    fields: Mapping[str, str]  #: by names in lower case
    offset: int  #: where it begins in the file; of a compressed one where its member begins
    alone: bool  #: whether it can be read again from there
    length: int
    _stream: "_Stream" = field(repr=False)
    _left: int = 0

    @property
    def uri(self) -> str:
        """Return the address it is about."""
        return self.fields.get("warc-target-uri", "").strip("<>")

    @property
    def moment(self) -> datetime | None:
        """Return when it was made, None where it does not say."""
        return read_date(self.fields.get("warc-date", ""))

    def block(self, limit: int) -> bytes:
        """Return its block of at most `limit` bytes.

        Raises:
            Unreadable: it is larger.
            Damaged: the file ends before.

        """
        if self.length > limit:
            raise Unreadable(f"{self.length:,} bytes are more than the {limit:,} that are read")
        found = self._stream.read(self._left)
        self._left -= len(found)
        if self._left:
            raise Damaged("the file ends in the middle of a record")
        return found

    def head(self, size: int) -> bytes:
        """Return the first bytes of its block; to be asked before `block`."""
        return self._stream.peek(min(self._left, size))[: self._left]

    def skip(self) -> None:
        """Pass over what is left of it."""
        while self._left:
            passed = len(self._stream.read(min(self._left, _READ)))
            if not passed:
                raise Damaged("the file ends in the middle of a record")
            self._left -= passed


class _Stream:
    """The bytes of a file, unpacked where they are gzip, of which never more than a piece is in memory."""

    def __init__(self, file: IO[bytes], offset: int = 0) -> None:
        self._file = file
        file.seek(offset)
        self._buffer = b""
        self._packed = b""
        self._taken = offset  #: bytes of the file that were read
        self._engine: zlib._Decompress | None = None
        self._is_gzip: bool | None = None
        self.member = offset  #: where the member begins that the next byte is of
        self._fresh = True  #: nothing of the member was read yet

    @property
    def can_begin(self) -> bool:
        """Return whether the file can be read again from where the next byte stands."""
        return self._fresh or not self._is_gzip

    @property
    def position(self) -> int:
        """Return how many bytes of the file were read."""
        return self._taken

    @property
    def offset(self) -> int:
        """Return where the next byte stands in the file, or the member that it is of begins."""
        return self.member if self._is_gzip else self._taken - len(self._buffer)

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them."""
        while len(self._buffer) < size and self._fill():
            pass
        return self._buffer[:size]

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        parts = []
        while size:
            if not self._buffer and not self._fill():
                break
            part, self._buffer = self._buffer[:size], self._buffer[size:]
            self._fresh = False
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def line(self) -> bytes:
        """Return the next line with its end; a blank at the end of the file.

        Raises:
            Damaged: it is endless.

        """
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_LINE:
                raise Damaged("a line without an end")
            if not self._fill():
                break
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        return self.read(end)

    def pass_blank(self) -> bool:
        """Pass over line ends; return whether anything follows.

        Raises:
            Damaged: there is no end to them.

        """
        passed = 0
        while self._buffer or self._fill():
            rest = self._buffer.lstrip(b"\r\n")
            passed += len(self._buffer) - len(rest)
            if passed > _MOST_BLANK:
                raise Damaged("blank lines without an end")
            if len(rest) < len(self._buffer):
                self._buffer, self._fresh = rest, False
            if rest:
                return True
        return False

    def _fill(self) -> bool:
        """Unpack one more piece; False at the end."""
        if self._is_gzip is None:
            self._packed = self._file_read()
            self._is_gzip = self._packed.startswith(_GZIP)
        if not self._is_gzip:
            more, self._packed = self._packed or self._file_read(), b""
            self._buffer += more
            return bool(more)
        while True:
            if not self._packed:
                self._packed = self._file_read()
                if not self._packed:
                    if self._engine is not None:
                        raise Damaged("the compressed file ends too early")
                    return False
            if self._engine is None:
                if not self._packed.startswith(_GZIP[: len(self._packed)]):
                    raise Damaged("what follows a compressed record is none")
                self._engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
                if not self._buffer:
                    self.member, self._fresh = self._taken - len(self._packed), True
            try:
                more = self._engine.decompress(self._packed, _READ)
            except zlib.error as error:
                raise Damaged(f"a compressed record is damaged ({error})") from None
            self._packed = self._engine.unconsumed_tail
            if self._engine.eof:
                self._packed, self._engine = self._engine.unused_data, None
            if more:
                self._buffer += more
                return True

    def _file_read(self) -> bytes:
        found = self._file.read(_READ)
        self._taken += len(found)
        return found


class WarcFile:
    """A WARC file, read from front to back, and again at single records.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be opened.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._stream = _Stream(self._file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def position(self) -> int:
        """Return how many bytes of the file were read."""
        return self._stream.position

    def records(self) -> Iterator[Record]:
        """Yield the records; what is not read of one is passed over.

        Raises:
            Damaged: from some byte on the file is none.

        """
        while (record := _next(self._stream)) is not None:
            yield record
            record.skip()

    def again(self, offset: int, limit: int) -> bytes:
        """Return the block of the record that begins at an offset.

        Raises:
            Unreadable: there is none, or it is larger than `limit` bytes.

        """
        with self.path.open("rb") as file:
            try:
                record = _next(_Stream(file, offset))
                if record is None:
                    raise Unreadable("the record it refers to is gone")
                return record.block(limit)
            except Damaged as error:
                raise Unreadable(f"the record it refers to cannot be read: {error}") from None


def read_date(text: str) -> datetime | None:
    """Return the time that a WARC-Date names, to the microsecond, the start of a day; None where it names none."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.replace(microsecond=int((found[3] or "0").ljust(6, "0")[:6]))


def _next(stream: _Stream) -> Record | None:
    """Return the record that begins next, None at the end of the file.

    Raises:
        Damaged: what stands there is none.

    """
    if not stream.pass_blank():
        return None
    offset, alone = stream.offset, stream.can_begin
    if not stream.line().startswith(b"WARC/"):
        raise Damaged("no WARC record begins where one should")
    lines: list[bytes] = []
    while (line := stream.line()).strip():
        lines.append(line)
        if len(lines) > MOST_LINES:
            raise Damaged("a record with too many fields")
    if not line:
        raise Damaged("the file ends in the middle of a record")
    fields = {name.lower(): value for name, value in reversed(list(header_fields(lines)))}
    length = length_in(fields.get("content-length", ""))
    if length is None or length > _MOST_PASSED:
        raise Damaged("a record without a usable length")
    return Record(fields.get("warc-type", "").lower(), fields, offset, alone, length, stream, length)
