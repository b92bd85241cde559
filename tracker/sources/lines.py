"""On which line of a TOML text each key stands; the parsers at hand do not say."""

import tomllib
from bisect import bisect_right

#: Names of keys and positions in lists, from the top of the file down.
Path = tuple[str | int, ...]


def index_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table, key and list item of a text that `tomllib` has accepted."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks over valid TOML; it looks only for where keys and values begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [place for place, character in enumerate(text) if character == "\n"]
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  #: how many entries each list of tables has so far

    def scan(self) -> dict[Path, int]:
        prefix: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                prefix = self.header()
            else:
                self.pair(prefix)
            self.skip()
        return self.lines

    def skip(self) -> None:
        """Go past white space and comments."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in " \t\r\n":
                self.at += 1
            else:
                return

    def mark(self, path: Path) -> None:
        self.lines.setdefault(path, bisect_right(self.breaks, self.at - 1) + 1)

    def header(self) -> Path:
        start = self.at
        several = self.text.startswith("[[", self.at)
        self.at += 2 if several else 1
        names = self.key()
        self.at += 2 if several else 1
        path: Path = ()
        for place, name in enumerate(names):
            path = (*path, name)
            if several and place == len(names) - 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
        end, self.at = self.at, start
        for size in range(1, len(path) + 1):
            self.mark(path[:size])
        self.at = end
        return path

    def pair(self, prefix: Path) -> None:
        start = self.at
        path = (*prefix, *self.key())
        end, self.at = self.at, start
        for size in range(len(prefix) + 1, len(path) + 1):
            self.mark(path[:size])
        self.at = end + 1
        self.value(path)

    def key(self) -> tuple[str, ...]:
        """Read a key, dotted or not, up to the sign that ends it."""
        names = []
        while True:
            self.skip()
            start = self.at
            if self.text[self.at] in "\"'":
                self.string()
                names.append(str(tomllib.loads(f"key = {self.text[start : self.at]}")["key"]))
            else:
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
                names.append(self.text[start : self.at])
            self.skip()
            if self.text[self.at] != ".":
                return tuple(names)
            self.at += 1

    def value(self, path: Path) -> None:
        self.skip()
        opening = self.text[self.at]
        if opening in "\"'":
            self.string()
        elif opening in "[{":
            self.collection(path, "]" if opening == "[" else "}")
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\r\n":
                self.at += 1

    def collection(self, path: Path, closing: str) -> None:
        self.at += 1
        position = 0
        while True:
            self.skip()
            if self.text[self.at] == closing:
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
            elif closing == "]":
                self.mark((*path, position))
                self.value((*path, position))
                position += 1
            else:
                self.pair(path)

    def string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(fence)
        # A multi-line string may end in up to two quotes of its own.
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1
