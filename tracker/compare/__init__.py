"""Pure functions from blocks to a verdict: `from tracker.compare import compare` works in a notebook."""

from tracker.compare.comparison import compare
from tracker.compare.model import Block, BlockKind, Document, Verdict

__all__ = ["Block", "BlockKind", "Document", "Verdict", "compare"]
