"""The files of labelled changes, line by line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def lines_of(folder: str, pattern: str = "*.jsonl") -> Iterator[dict[str, Any]]:
    """Yield what the lines of some files say."""
    for path in sorted((HERE / folder).glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def is_odd(ident: str) -> bool:
    """Say whether the number at the end of an id is odd: such a row may be read, and is learned from."""
    return int(ident.rpartition("-")[2]) % 2 == 1
