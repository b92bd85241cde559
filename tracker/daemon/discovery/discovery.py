"""Finds the policy pages of a site with few requests: links, hubs, sitemaps, usual paths, the index of an archive.

Asked in this order, each only while something is missing. What is found is looked at once and judged like a first
text of a source. Everything read is hostile: it may name any address, which the fetcher's rules then refuse or not,
and it may be endless, so that requests, links and time are bounded.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from tracker.clock import Clock
from tracker.compare.model import BlockKind
from tracker.compare.text.guard import guard
from tracker.compare.text.language import UNDETERMINED, main_language
from tracker.compare.text.word_count import word_count
from tracker.daemon.checks.reading import Reading, body_of_page, read_source
from tracker.daemon.discovery.discovered import FEW_WORDS, USUAL, Candidate, Cost, Discovery, Wanted, home_of
from tracker.errors import ArchiveError, ExtractionError, FetchError, UsageError
from tracker.extract.links import Link, LinkedPage, read_links
from tracker.extract.model import ExtractionRules
from tracker.fetch.model import Archive, Fetcher, FetchRequest, Page
from tracker.fetch.sitemap import read_sitemap, sitemaps_named
from tracker.history.texts import stored_clauses
from tracker.hosts import is_within, site_of
from tracker.sources.edit import site_label
from tracker.sources.link_words import Sign, archive_stems, folded, is_hub, sign_of, sure, type_said, usual_paths
from tracker.sources.model import Source, SourcePage
from tracker.sources.terms_types import short_types
from tracker.store.texts.versions import text_hash
from tracker.words import FailureKind

PRIVACY = "Privacy Policy"

#: How sure a place other than a link on the site makes that an address is a document.
_IN_SITEMAP, _AT_USUAL_PATH, _IN_ARCHIVE = 0.8, 0.4, 0.6
_READS_WELL, _TITLED = 0.6, 0.5
#: What is left of the confidence: of a page that is no policy, one nobody could look at, somebody else's.
_NO_POLICY, _NOT_READ, _SOMEBODY_ELSE = 0.1, 0.6, 0.1
#: From here on a document counts as found, and less intrusive ways need not be followed by others.
_FOUND = 0.75
_LEAST = 0.1

_DIFFERENT_HOST = {FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.TIMEOUT}
_MOST_HUBS, _MOST_SITEMAPS, _MOST_LOOKS, _MOST_CANDIDATES = 2, 4, 6, 60
_TELLING_SITEMAP = re.compile(r"page|legal|polic|static|main|misc|seite", re.IGNORECASE)
_SQUASH = re.compile(r"[\W_]+")


def discover(
    wanted: Wanted,
    fetcher: Fetcher,
    clock: Clock,
    *,
    archive: Callable[[], Archive] | None = None,
    cost: Cost = USUAL,
) -> Discovery:
    """Return the policy pages of a site, the surest first; failures of the site become notes.

    Args:
        wanted: the site.
        fetcher: asks the site, politely and safely.
        clock: tells when the time is up.
        archive: opens a web archive whose index may be asked where the site names no privacy policy; None for none.
        cost: what it may cost.

    Raises:
        UsageError: the site is no domain.

    """
    return _Search(wanted, fetcher, clock, archive, cost).run()


class _Spent(Exception):
    """All requests or all the time were used."""


class _Search:
    """The discovery of one site on its way."""

    def __init__(
        self, wanted: Wanted, fetcher: Fetcher, clock: Clock, archive: Callable[[], Archive] | None, cost: Cost
    ) -> None:
        self._fetcher, self._clock, self._archive, self._cost = fetcher, clock, archive, cost
        self._found = Discovery(wanted)
        self._asked = home_of(wanted.site)
        self._until: datetime = clock.now() + cost.time
        self._signs: dict[str, Sign] = {}
        self._looked: dict[str, Candidate] = {}
        self._texts: dict[str, str] = {}  #: hash of a text and where it was read first
        self._language = ""
        self._hosts = {site_of(self._asked)}

    def run(self) -> Discovery:
        try:
            self._search()
        except _Spent:
            self._found.notes.append("ended early: the requests or the time for one site are used up")
        self._rank()
        return self._found

    def _search(self) -> None:
        home = self._home()
        if home is not None:
            hubs = self._take_links(home, self._found.home)
            for hub in hubs[:_MOST_HUBS]:
                self._follow_hub(hub.url)
            self._look()
            if not self._has(PRIVACY):
                self._ask_sitemaps()
                self._look()
            if not self._has(PRIVACY):
                self._try_usual_paths()
        if not self._has(PRIVACY) and self._archive is not None:
            self._ask_archive(self._archive)
            self._look()

    def _has(self, kind: str) -> bool:
        return any(one.type == kind and one.confidence >= _FOUND for one in self._looked.values())

    def _fetch(self, url: str) -> Page:
        """Fetch a page.

        Raises:
            FetchError: it cannot be had.
            _Spent: nothing more may be asked.

        """
        if self._found.requests >= self._cost.requests or self._clock.now() >= self._until:
            raise _Spent
        self._found.requests += 1
        return self._fetcher.fetch(FetchRequest(url, language=self._language or None))

    def _home(self) -> LinkedPage | None:
        """Return the home page; where its host does not answer, that of the other spellings."""
        last = ""
        for url in _spellings(self._asked):
            try:
                page = self._fetch(url)
            except FetchError as error:
                last = f"{url}: {error.kind.value}: {error}"
                if error.kind in _DIFFERENT_HOST:
                    continue
                break
            self._found.home = page.final_url
            if site_label(page.final_url) == site_label(self._asked):
                self._hosts.add(site_of(page.final_url))
            if not self._is_own(page.final_url):
                self._found.notes.append(f"{url} leads to another site, {site_of(page.final_url)}")
            linked = self._linked(page)
            if linked is not None:
                self._language, self._found.site_name = linked.language, linked.site_name
            return linked or LinkedPage(())
        self._found.notes.append(f"the home page cannot be had: {last}")
        return None

    def _linked(self, page: Page) -> LinkedPage | None:
        body = body_of_page(page)
        try:
            return read_links(body.body, page.final_url, body.charset)
        except ExtractionError:
            return None

    def _take_links(self, page: LinkedPage, url: str) -> list[Link]:
        """Take the signs of a page's links; return those that lead to hubs, of this site only."""
        hubs: dict[str, Link] = {}
        for link in page.links:
            if _same(link.url, url):
                continue
            sign = sign_of(link)
            if sign is not None:
                self._note(link.url, sign)
            # One link may be both: "Privacy" that leads to /legal.
            if is_hub(link) and self._is_own(link.url):
                hubs.setdefault(link.url, link)
        return sorted(hubs.values(), key=lambda link: not link.in_footer)

    def _note(self, url: str, sign: Sign) -> None:
        """Keep the best sign of each address, of a bounded number."""
        held = self._signs.get(url)
        if held is None and len(self._signs) >= _MOST_CANDIDATES:
            weakest = min(self._signs, key=lambda one: self._signs[one].confidence)
            if self._signs[weakest].confidence >= sign.confidence:
                return
            del self._signs[weakest]
        if held is None or held.confidence < sign.confidence:
            self._signs[url] = sign

    def _follow_hub(self, url: str) -> None:
        try:
            page = self._fetch(url)
        except FetchError:
            return
        linked = self._linked(page) if self._is_own(page.final_url) else None
        if linked is not None:
            self._take_links(linked, page.final_url)

    def _ask_sitemaps(self) -> None:
        """Read a few sitemaps, first those that are named like ones of pages; only addresses of this site count."""
        root = urljoin(self._found.home, "/")
        try:
            robots = self._fetch(urljoin(root, "/robots.txt")).body.decode("utf-8-sig", "replace")
        except FetchError:
            robots = ""
        waiting = [url for url in sitemaps_named(robots) if self._is_own(url)] or [urljoin(root, "/sitemap.xml")]
        seen: set[str] = set()
        while waiting and len(seen) < _MOST_SITEMAPS:
            waiting.sort(key=lambda url: not _TELLING_SITEMAP.search(urlsplit(url).path))
            url = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            try:
                sitemap = read_sitemap(self._fetch(url).body)
            except FetchError:
                continue
            waiting.extend(one for one in sitemap.sitemaps[:1_000] if self._is_own(one))
            self._take_addresses(sitemap.pages, _IN_SITEMAP, "listed in the sitemap")

    def _take_addresses(self, urls: Iterable[str], share: float, reason: str) -> None:
        for url in urls:
            sign = sign_of(Link(url)) if self._is_own(url) else None
            if sign is not None:
                self._note(url, Sign(sign.type, sign.confidence * share, (reason, *sign.reasons)))

    def _try_usual_paths(self) -> None:
        for path in usual_paths(self._language):
            url = urljoin(self._found.home, path)
            if url not in self._looked and not self._has(PRIVACY):
                sign = sign_of(Link(url))
                kind = sign.type if sign else PRIVACY
                self._look_at(url, Sign(kind, _AT_USUAL_PATH, ("stands where such documents often do",)))

    def _ask_archive(self, open_archive: Callable[[], Archive]) -> None:
        try:
            archive = open_archive()
            urls = archive.addresses(site_of(self._found.home or self._asked), archive_stems())
        except (ArchiveError, UsageError) as error:
            self._found.notes.append(f"the archive's index cannot be asked: {error}")
            return
        self._take_addresses(urls, _IN_ARCHIVE, f"archived by {archive.name}")

    def _look(self) -> None:
        """Look at the surest addresses nobody looked at yet: at one of each type first, then at the second of each."""
        ranked = sorted(self._signs.items(), key=lambda item: -item[1].confidence)
        new = [(url, sign) for url, sign in ranked if url not in self._looked and sign.confidence >= _LEAST]
        places: Counter[str] = Counter()
        ordered = []
        for url, sign in new:
            places[sign.type] += 1
            ordered.append((places[sign.type], -sign.confidence, url, sign))
        for _, _, url, sign in sorted(ordered, key=lambda one: one[:3])[:_MOST_LOOKS]:
            self._look_at(url, sign)

    def _look_at(self, url: str, sign: Sign) -> None:
        candidate = Candidate(url, sign.type, sign.confidence, sign.reasons)
        try:
            page = self._fetch(url)
            self._looked[url] = self._judged(candidate, page)
        except FetchError as error:
            gone = error.kind is FailureKind.CLIENT_ERROR
            left = 0.0 if gone else candidate.confidence * _NOT_READ
            self._looked[url] = _less(candidate, left, f"could not be fetched: {error}")
        except ExtractionError as error:
            unread = error.kind in {FailureKind.NEEDS_RENDERING, FailureKind.UNREADABLE}
            left = candidate.confidence * (_NOT_READ if unread else _NO_POLICY)
            self._looked[url] = _less(candidate, left, f"no text of a policy could be read: {error}")

    def _judged(self, candidate: Candidate, page: Page) -> Candidate:
        """Return a candidate as its text lets it appear.

        Raises:
            ExtractionError: it has no text of a policy.

        """
        short = candidate.type in short_types()
        rules = ExtractionRules(min_words=FEW_WORDS) if short else ExtractionRules()
        pages = (SourcePage(candidate.url, rules),)
        reading = read_source(Source("new", "new", candidate.type, pages), pages, [body_of_page(page)])
        document = reading.document
        spoken = main_language((clause.language, word_count(clause.text)) for clause in document.clauses)
        found = replace(
            candidate,
            title=reading.title[:200],
            language="" if spoken == UNDETERMINED else spoken,
            words=document.words,
        )
        suspicion = guard(document, title=reading.title, asked_url=page.url, final_url=page.final_url)
        if suspicion is not None:
            return _less(found, found.confidence * _NO_POLICY, f"{suspicion.reason}: {suspicion.detail}")
        if not self._is_own(page.final_url):
            if not self._speaks_of_it(reading, page.final_url):
                told = f"is on {site_of(page.final_url)} and does not speak of {self._found.organisation}"
                return _less(found, found.confidence * _SOMEBODY_ELSE, told)
            found = replace(found, reasons=(*found.reasons, f"is on {site_of(page.final_url)}"))
        same = self._texts.setdefault(text_hash(stored_clauses(document)), candidate.url)
        if same != candidate.url:
            return _less(found, 0.0, f"is the same text as {same}")
        return _surer(found, _titles(reading), document.words)

    def _speaks_of_it(self, reading: Reading, url: str) -> bool:
        """Return whether a text on another site, or the name of that site, names the organisation or its site."""
        text = _squashed(" ".join((reading.title, *(clause.text for clause in reading.document.clauses))))
        name = _squashed(self._found.wanted.organisation or site_label(self._asked))
        return len(name) >= 3 and (name in text or name in _squashed(site_of(url)))

    def _is_own(self, url: str) -> bool:
        host = site_of(url)
        return any(is_within(host, own) for own in self._hosts)

    def _rank(self) -> None:
        unseen = (
            Candidate(url, sign.type, sign.confidence * _NOT_READ, (*sign.reasons, "not looked at"))
            for url, sign in self._signs.items()
            if url not in self._looked
        )
        ranked = sorted((*self._looked.values(), *unseen), key=lambda one: (-one.confidence, one.url))
        self._found.candidates = [one for one in ranked if one.confidence >= _LEAST]
        self._found.rejected = [one for one in ranked if one.confidence < _LEAST and one.url in self._looked]


def _less(candidate: Candidate, confidence: float, reason: str) -> Candidate:
    return replace(candidate, confidence=confidence, reasons=(*candidate.reasons, reason))


def _surer(candidate: Candidate, titles: list[str], words: int) -> Candidate:
    """Return a candidate whose text reads like a policy; its title decides where the signs were weak or disagree."""
    language = f", {candidate.language}" if candidate.language else ""
    reasons = (*candidate.reasons, f"reads like a policy ({words:,} words{language})")
    signs = [candidate.confidence, _READS_WELL]
    named = next(filter(None, map(type_said, titles)), None)
    if named is not None:
        signs.append(_TITLED)
    kind = candidate.type if named is None or candidate.confidence >= _FOUND else named
    return replace(candidate, type=kind, confidence=min(sure(*signs), 0.99), reasons=reasons)


def _titles(reading: Reading) -> list[str]:
    headings = [clause.text for clause in reading.document.clauses if clause.kind is BlockKind.HEADING]
    return [*headings[:1], reading.title]


def _spellings(url: str) -> list[str]:
    """Return an address and, for a bare domain, the others a home page may be at."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.path != "/":
        return [url]
    other = parts.netloc.removeprefix("www.") if parts.netloc.startswith("www.") else f"www.{parts.netloc}"
    return [url, f"https://{other}/", f"http://{parts.netloc}/"]


def _same(one: str, other: str) -> bool:
    return site_of(one) == site_of(other) and urlsplit(one).path.strip("/") == urlsplit(other).path.strip("/")


def _squashed(text: str) -> str:
    return _SQUASH.sub("", folded(text))
