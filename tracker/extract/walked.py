"""Parts of pages that were walked before: of many captures only what stands around the text is new."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from lxml import etree

from tracker.compare.model import Block
from tracker.compare.vocabulary.lexicons import Lexicons, active

_KEPT = 16  #: pages
_LONGEST = 1_000_000  #: bytes of the markup of one; what is longer is walked each time

#: Markup, what else decides, and the words in force.
_Key = tuple[bytes, str, Lexicons]


class WalkedParts:
    """What the last pages gave, by the markup of the parts that hold their text."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[_Key, tuple[Block, ...]] = OrderedDict()
        self._lock = Lock()

    def blocks(
        self, parts: Sequence[etree._Element], told: str, walk: Callable[[], tuple[Block, ...]]
    ) -> tuple[Block, ...]:
        """Return the blocks of the parts of a page.

        Args:
            parts: elements that hold the text, as they are before `walk` changes them.
            told: what else the blocks depend on.
            walk: makes them.

        """
        written = [etree.tostring(part, encoding="utf-8", with_tail=False) for part in parts]
        if sum(map(len, written)) > _LONGEST:
            return walk()
        key = (hashlib.sha256(b"\0".join(written)).digest(), told, active())
        with self._lock:
            known = self._blocks.get(key)
            if known is not None:
                self._blocks.move_to_end(key)
                return known
        made = walk()
        with self._lock:
            self._blocks[key] = made
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return made
