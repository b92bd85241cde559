"""Captures out of WARC files: responses, revisits and resources of addresses that are wanted."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

from tracker.counting import counted
from tracker.errors import UsageError
from tracker.fetch.model import Hop, Page
from tracker.intake.model import Described, Item, Unreadable
from tracker.intake.responses import Response, read_response, status_of
from tracker.intake.warc import Damaged, Record, WarcFile

#: Bytes of a record beside its body, at most.
HEAD = 300_000
#: What our own export puts before names of headers that do not fit the body as it is written.
ORIGINAL = "x-archive-orig-"
#: Redirects that may lead to a capture still to come, and captures that another may repeat.
MOST_HOPS = 200
MOST_SEEN = 100_000
#: Captures without a date that are named.
MOST_UNDATED = 10
#: Redirects that are told of one capture.
MOST_IN_CHAIN = 10
#: Seconds between a redirect and what it led to.
LONGEST_HOP = timedelta(seconds=120)
STEP = timedelta(microseconds=1)

#: Returns the document that an address is of, and the address under which its captures are kept; None if unwanted.
Wanted = Callable[[str], tuple[Described, str] | None]


@dataclass(frozen=True, slots=True)
class _Origin:
    """A record whose body others refer to."""

    place: int  #: of its file
    offset: int


@dataclass(frozen=True, slots=True)
class _Hop:
    hop: Hop
    moment: datetime
    before: tuple[Hop, ...]


class WarcCaptures:
    """Captures of wanted addresses in WARC files, in the order of the files.

    Args:
        paths: of the files.
        wanted: says which addresses are.
        limit: bytes of one body.

    Raises:
        UsageError: a file cannot be opened.

    """

    unit = "bytes"
    grouped = False

    def __init__(self, paths: Sequence[Path], wanted: Wanted, limit: int) -> None:
        self._paths, self._wanted, self._limit = list(paths), wanted, limit
        try:
            self._sizes = [path.stat().st_size for path in paths]
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror or error}") from None
        self.total: int | None = sum(self._sizes)
        self._done = 0
        self._file: WarcFile | None = None
        self._hops: deque[_Hop] = deque(maxlen=MOST_HOPS)
        self._origins: OrderedDict[str, _Origin] = OrderedDict()
        self._seen: OrderedDict[tuple[str, datetime], str] = OrderedDict()
        self._passed = 0
        self._by_us = False
        self.notes: list[str] = []
        self.broken = 0

    @property
    def position(self) -> int:
        """Return how many bytes of the files were read."""
        return self._done + (self._file.position if self._file is not None else 0)

    def items(self) -> Iterator[Item]:
        """Yield the captures; a damaged file ends where the damage begins, and is named.

        Raises:
            UsageError: a file cannot be opened.

        """
        for place, path in enumerate(self._paths):
            try:
                file = WarcFile(path)
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror or error}") from None
            with closing(file):
                self._file = file
                self._by_us = False
                try:
                    for record in file.records():
                        item = self._item(place, path, record)
                        if item is not None:
                            yield item
                except Damaged as error:
                    self.broken += 1
                    self.notes.append(f"{path}: {error}; what stands behind byte {file.position:,} was not read")
            self._file = None
            self._done += self._sizes[place]
        if self._passed:
            self.notes.append(f"passed over: {counted(self._passed, 'capture')} of other addresses")

    def _item(self, place: int, path: Path, record: Record) -> Item | None:
        if record.type == "warcinfo":
            self._by_us = b"software: tracker " in record.head(500)
            return None
        if record.type not in {"response", "resource", "revisit"}:
            return None
        moment, uri = record.moment, record.uri
        if not uri.lower().startswith(("http://", "https://")):
            return None
        if moment is None:
            self._note_undated(path, record)
            return None
        if record.type == "response" and self._is_hop(record, moment):
            return None
        hops = self._led(uri, moment)
        wanted = self._wanted(uri)
        if wanted is None and hops:
            wanted = self._wanted(hops[0].url)
        if wanted is None:
            self._passed += 1
            return None
        document, url = wanted
        url = hops[0].url if hops else url
        moment = self._apart(url, moment, record.fields.get("warc-payload-digest", ""))
        by_us = self._by_us

        def read() -> Page:
            try:
                response = self._response(place, record)
            except Damaged as error:
                raise Unreadable(str(error)) from None
            headers = restored(response.headers, by_us=by_us)
            return Page(url, uri, response.status, headers, response.body, moment, hops)

        return Item(document, moment, url, f"{path.name}: {uri} of {moment:%Y-%m-%d %H:%M:%S}", read)

    def _response(self, place: int, record: Record) -> Response:
        """Return what a capture holds.

        Raises:
            Unreadable: nothing that can be read.

        """
        digest = record.fields.get("warc-payload-digest", "")
        cut_off = record.fields.get("warc-truncated")
        if cut_off is not None and record.type != "revisit":
            raise Unreadable(f"whoever kept it cut it off ({cut_off[:40]})")
        if record.type == "resource":
            media_type = record.fields.get("content-type", "")
            body = record.block(self._limit)
            return Response(200, (("Content-Type", media_type),) if media_type else (), body)
        block = record.block(self._limit + HEAD)
        if record.type == "response":
            for name in (digest, record.fields.get("warc-record-id", "")):
                if name and record.alone:
                    self._origins[name] = _Origin(place, record.offset)
            while len(self._origins) > MOST_SEEN:
                self._origins.popitem(last=False)
            return read_response(block, self._limit)
        # Where a server said that nothing changed there was no body to make a digest of.
        origin = self._origins.get(digest) or self._origins.get(record.fields.get("warc-refers-to", ""))
        if origin is None:
            raise Unreadable("it repeats a capture that stands in none of these files before it")
        path = self._paths[origin.place]
        with closing(WarcFile(path)) as file:
            first = read_response(file.again(origin.offset, self._limit + HEAD), self._limit)
        try:
            told = read_response(block, self._limit)
        except Unreadable:
            told = first
        not_modified = told.status == 304
        return Response(first.status if not_modified else told.status, told.headers or first.headers, first.body)

    def _is_hop(self, record: Record, moment: datetime) -> bool:
        """Take a redirect in, for what it leads to."""
        status = status_of(record.head(14))
        if status is None or not 300 <= status < 400 or status == 304 or record.length > HEAD:
            return False
        try:
            response = read_response(record.block(HEAD), HEAD)
        except Unreadable:
            return True
        location = response.header("location")
        if location:
            before = self._led(record.uri, moment)
            self._hops.append(_Hop(Hop(response.status, record.uri, _absolute(record.uri, location)), moment, before))
        return True

    def _note_undated(self, path: Path, record: Record) -> None:
        """Tell of a capture that would have been wanted, but does not say of when it is."""
        if self._wanted(record.uri) is None:
            self._passed += 1
            return
        self.broken += 1
        if self.broken <= MOST_UNDATED:
            told = record.fields.get("warc-date", "")[:40]
            self.notes.append(f'{path.name}: {record.uri[:200]}: "{told}" is no date')

    def _led(self, uri: str, moment: datetime) -> tuple[Hop, ...]:
        """Return the redirects that led to an address at a moment."""
        for one in reversed(self._hops):
            if one.hop.location == uri and abs(moment - one.moment) <= LONGEST_HOP:
                return (*one.before[1 - MOST_IN_CHAIN :], one.hop)
        return ()

    def _apart(self, url: str, moment: datetime, digest: str) -> datetime:
        """Return the moment, a little later where another body of the address was captured in the same one."""
        while self._seen.get((url, moment), digest) != digest:
            moment += STEP
        self._seen[url, moment] = digest
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        return moment


def _absolute(url: str, location: str) -> str:
    """Return where a redirect leads; as it is written where that is no address."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def restored(headers: Sequence[tuple[str, str]], *, by_us: bool) -> tuple[tuple[str, str], ...]:
    """Return headers as they were first received: under their own names, and without the length our export adds."""
    kept = []
    for name, value in headers:
        if name.lower().startswith(ORIGINAL):
            kept.append((name[len(ORIGINAL) :], value))
        elif not (by_us and name.lower() == "content-length"):
            kept.append((name, value))
    return tuple(kept)
