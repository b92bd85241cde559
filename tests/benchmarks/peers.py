"""What others do to tell two texts apart, to measure beside: both know characters or lines, and no meaning."""

import difflib

from diff_match_patch import diff_match_patch

TIMEOUT = 5.0  #: seconds after which diff-match-patch gives up and answers coarsely


def by_characters(before: str, after: str) -> None:
    """Compare whole texts as diff-match-patch does by itself, cleaned up for reading."""
    engine = diff_match_patch()
    engine.Diff_Timeout = TIMEOUT
    found = engine.diff_main(before, after)
    engine.diff_cleanupSemantic(found)


def by_lines(before: str, after: str) -> None:
    """Compare whole texts line by line, as version control does."""
    list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))
