"""What is looked for on a site, what was found there, and the entries of the sources file it becomes."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from tracker.errors import UsageError
from tracker.sources.edit import NewEntry, already_followed, site_label, suggest_id
from tracker.sources.model import SourcesFile
from tracker.sources.terms_types import short_types
from tracker.sources.values import BadValue, read_url

#: Between the name of a site and what it says of itself.
_SEPARATORS = re.compile(r"\s+[|·–—-]\s+|:\s+")

#: From this confidence on an entry is one to follow.
LIKELY = 0.6
#: Words from which the text of a type that is short by nature counts.
FEW_WORDS = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """What the discovery of one site may cost."""

    requests: int = 24
    time: timedelta = timedelta(minutes=5)


USUAL = Cost()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site whose documents are looked for."""

    site: str  #: a domain, or the address of its home page
    organisation: str = ""
    tags: tuple[str, ...] = ()  #: of the sources made of what is found


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a document of a site."""

    url: str
    type: str
    confidence: float  #: from 0 to 1
    reasons: tuple[str, ...]
    title: str = ""
    language: str = ""
    words: int | None = None  #: None: nobody looked at it, or nothing could be read

    @property
    def reason(self) -> str:
        """Return all reasons in one line."""
        return "; ".join(self.reasons)


@dataclass(slots=True)
class Discovery:
    """What was found on one site."""

    wanted: Wanted
    home: str = ""  #: where the home page is in the end; blank where it cannot be had
    site_name: str = ""  #: as the site calls itself
    candidates: list[Candidate] = field(default_factory=list)  #: the surest first
    rejected: list[Candidate] = field(default_factory=list)  #: looked at, and no document of this site
    notes: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def likely(self) -> list[Candidate]:
        """Return the candidates that are worth following."""
        return [one for one in self.candidates if one.confidence >= LIKELY]

    @property
    def organisation(self) -> str:
        """Return whose site it is: as told, else as it calls itself where that fits its domain, else its domain."""
        label = site_label(self.home or home_of(self.wanted.site))
        parts = (part.strip() for part in _SEPARATORS.split(self.site_name))
        called = next((part for part in parts if label and label in re.sub(r"\W", "", part.lower())), "")
        return self.wanted.organisation or called or label.title()


def home_of(site: str) -> str:
    """Return the address of the home page of a site given as a domain or an address.

    Raises:
        UsageError: it is neither.

    """
    told = site.strip()
    address = told if re.match(r"https?://", told, re.IGNORECASE) else f"https://{told.strip('/')}/"
    try:
        parts = urlsplit(read_url(address))
        host = parts.hostname or ""
        host.encode("idna")
    except (BadValue, ValueError):
        raise UsageError(f"{site[:80]!r} is no domain; write one like example.com") from None
    if "." not in host.strip(".") and host != "localhost" and ":" not in host:
        raise UsageError(f"{site[:80]!r} is no domain; write one like example.com")
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"


def entry_of(found: Discovery, candidate: Candidate, taken: Container[str]) -> NewEntry:
    """Return the entry of the sources file for a document that was found, under an id that is not taken."""
    organisation = found.organisation
    return NewEntry(
        id=suggest_id(organisation, candidate.type, candidate.url, taken),
        name=f"{organisation} {candidate.type}",
        type=candidate.type,
        url=candidate.url,
        organisation=organisation,
        tags=found.wanted.tags,
        language="" if candidate.language == "en" else candidate.language,
        min_words=FEW_WORDS if candidate.type in short_types() else None,
        comments=(f"{candidate.confidence:.0%}: {candidate.reason}",),
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was found, as an entry of the sources file."""

    candidate: Candidate
    entry: NewEntry
    followed_as: str | None  #: id of the source that follows it already

    @property
    def to_add(self) -> bool:
        """Return whether it is likely a document, and not followed yet."""
        return self.followed_as is None and self.candidate.confidence >= LIKELY


def drafts_of(found: Sequence[Discovery], followed: SourcesFile) -> list[list[Draft]]:
    """Return the drafts of what was found on each site, likeliest first; their ids are not taken, nor by each other."""
    taken = {name for source in followed.sources for name in (source.id, *source.formerly)}
    drafts: list[list[Draft]] = []
    for site in found:
        drafts.append([])
        for candidate in site.candidates:
            entry = entry_of(site, candidate, taken)
            same = already_followed(followed, entry)
            if same is None:
                taken.add(entry.id)
            drafts[-1].append(Draft(candidate, entry, same))
    return drafts
