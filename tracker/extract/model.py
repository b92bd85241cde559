"""How a page is to be read, and what was read from it."""

from dataclasses import dataclass

from tracker.compare.model import Block
from tracker.compare.text.word_count import word_count

#: Raised whenever this room may give another text for the same bytes; see `version` for what else counts.
EXTRACTOR_VERSION = "5"


@dataclass(frozen=True, slots=True)
class Range:
    """Everything between two elements of a page. Exactly one start and one end are given; all are CSS selectors."""

    start_before: str | None = None
    start_after: str | None = None
    end_before: str | None = None
    end_after: str | None = None


Selection = str | Range


@dataclass(frozen=True, slots=True)
class ExtractionRules:
    """What to keep and what to drop of a page."""

    select: tuple[Selection, ...] = ()
    remove: tuple[Selection, ...] = ()
    min_words: int = 150


@dataclass(frozen=True, slots=True)
class Extracted:
    """The policy text of one page."""

    blocks: tuple[Block, ...]
    title: str = ""
    language: str | None = None  #: as the page declares it
    region: str = ""  #: what was taken as the text: "select", "main", "article", "body", "pdf", "text", "markdown"
    archived_at: str | None = None  #: ISO date of an archive notice at the top of a text file
    archive_url: str | None = None  #: where that notice says the original is kept

    @property
    def words(self) -> int:
        """Return the number of words kept."""
        return sum(word_count(block.text) for block in self.blocks)

    def holds_words(self, least: int) -> bool:
        """Say whether at least so many words were kept, without counting further."""
        words = 0
        for block in self.blocks:
            if words >= least:
                break
            words += word_count(block.text)
        return words >= least
