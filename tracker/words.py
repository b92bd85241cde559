"""The words every room uses alike: in code, database, command line, API and pages."""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache


class Topic(StrEnum):
    """What a clause is about. Maps from OPP-115 and ToS;DR live in `lexicon/topic_maps.toml`."""

    FIRST_PARTY_COLLECTION = "first_party_collection"
    FIRST_PARTY_USE = "first_party_use"
    TRACKING = "tracking"
    THIRD_PARTY_SHARING = "third_party_sharing"
    SALE = "sale"
    BUSINESS_TRANSFER = "business_transfer"
    LEGAL_DISCLOSURE = "legal_disclosure"
    INTERNATIONAL_TRANSFER = "international_transfer"
    RETENTION = "retention"
    SECURITY = "security"
    CHOICE_CONSENT = "choice_consent"
    ACCESS_RIGHTS = "access_rights"
    CHILDREN = "children"
    SENSITIVE_DATA = "sensitive_data"
    AI_TRAINING = "ai_training"
    POLICY_CHANGE = "policy_change"
    CONTENT_LICENSE = "content_license"
    DISPUTE_RESOLUTION = "dispute_resolution"
    LIABILITY = "liability"
    ACCOUNT_TERMINATION = "account_termination"
    PAYMENT = "payment"
    ACCEPTABLE_USE = "acceptable_use"
    CONTACT = "contact"
    OTHER = "other"

    @property
    def bit(self) -> int:
        """Return the bit that stands for it in masks of topics; new topics go to the end of the list, or bits shift."""
        return _BITS[self]

    @classmethod
    def mask(cls, topics: Iterable[str]) -> int:
        """Return the mask that holds some topics."""
        return sum({cls(topic).bit for topic in topics})

    @classmethod
    def in_mask(cls, mask: int) -> tuple["Topic", ...]:
        """Return the topics a mask holds, in the order of the list."""
        return _in_mask(mask)


_BITS = {topic: 1 << place for place, topic in enumerate(Topic)}


@lru_cache(maxsize=4_096)
def _in_mask(mask: int) -> tuple[Topic, ...]:
    """Return the topics of a mask; the clauses of a long text have few masks, asked for thousands of times."""
    return tuple(topic for topic, bit in _BITS.items() if bit & mask)


class ClauseClass(StrEnum):
    """How much the change of one clause matters."""

    MATERIAL = "material"
    MINOR = "minor"
    COSMETIC = "cosmetic"
    NOISE = "noise"


class Direction(StrEnum):
    """For the person whose data or account it is."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    NEUTRAL = "neutral"
    MIXED = "mixed"

    @classmethod
    def overall(cls, directions: Iterable["Direction"]) -> "Direction":
        """Return the one direction of many: neutral ones are left aside, `mixed` where the rest differ."""
        found = set(directions) - {cls.NEUTRAL}
        if not found:
            return cls.NEUTRAL
        return found.pop() if len(found) == 1 else cls.MIXED

    @property
    def opposite(self) -> "Direction":
        """Return the direction of the same change read backwards."""
        return {Direction.WEAKER: Direction.STRONGER, Direction.STRONGER: Direction.WEAKER}.get(self, self)


class Severity(StrEnum):
    """How much a change weighs; ordered."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for `none` up to 4 for `critical`."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Flag(StrEnum):
    """What else is to be known about a change."""

    SILENT = "silent"  #: the text changed, its own stated date did not
    ANNOUNCED = "announced"  #: speaks of a change at a future date
    RETURNED = "returned"  #: the text of an earlier date is back
    REVIEW = "review"  #: could not be judged by rule (another language, a replaced document): a person should look
    TECHNICAL = (
        "technical"  #: the collection it was imported from put it down to its own technique, not to the document
    )


class ChangeKind(StrEnum):
    """What happened to a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class ChangeState(StrEnum):
    """Where a change between two versions stands."""

    HISTORY = "history"  #: lies in the past as filled in from archives or imports; never alerts
    AWAITING = "awaiting"  #: seen once, a second fetch is to confirm it
    CONFIRMED = "confirmed"
    FLAPPING = "flapping"  #: gone again before it was confirmed
    SUPERSEDED = "superseded"  #: a capture landed in between; its successors tell the story now


class Origin(StrEnum):
    """Where a snapshot came from. Archives are named in a field of their own."""

    LIVE = "live"
    ARCHIVE = "archive"
    IMPORT = "import"


class RecordKind(StrEnum):
    """What a collection that a capture was imported from says of its record."""

    FIRST = "first"  #: of the document
    CHANGE = "change"
    TECHNICAL = "technical"  #: read anew with other rules; the document may have changed all the same


class Render(StrEnum):
    """Whether a source is read in a browser."""

    AUTO = "auto"  #: where a page shows nothing without one, and there is one
    NEVER = "never"
    ALWAYS = "always"


#: Headers of a snapshot whose bytes are the tree of a page that a browser made of its answer: the browser, and the
#: SHA-256 of that answer's body. No answer can hold headers of such names.
RENDERED_BY, RENDERED_FROM = ":rendered-by", ":rendered-from"


class FailureKind(StrEnum):
    """Why a check brought no observation."""

    DNS = "dns"
    TLS = "tls"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    CLIENT_ERROR = "client_error"  #: HTTP 4xx
    SERVER_ERROR = "server_error"  #: HTTP 5xx
    RATE_LIMITED = "rate_limited"  #: HTTP 429, or a host that asked us to wait
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    FORBIDDEN_ADDRESS = "forbidden_address"  #: a private, loopback, link-local or metadata address
    ROBOTS = "robots"
    BLOCKED = "blocked"  #: a bot wall or a login page instead of the document
    NOT_A_POLICY = "not_a_policy"
    NEEDS_RENDERING = "needs_rendering"
    BROWSER = "browser"  #: the browser is missing, broke, or did not start
    NOTHING_SELECTED = "nothing_selected"  #: the source's selectors match nothing
    TOO_COMPLEX = "too_complex"  #: reading it took more time or memory than a document may
    UNREADABLE = "unreadable"  #: empty, binary, damaged or of a type that is not read
    HTTP = "http"  #: broken HTTP: bad headers, truncated or undecodable body
    CRASHED = "crashed"  #: the check itself broke down, by a fault of this program
