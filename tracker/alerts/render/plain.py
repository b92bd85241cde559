"""The text of an HTML message word for word, for the plain part of a mail and for services that take plain text."""

import re
from html.parser import HTMLParser

#: Elements that begin and end a line, and those with a blank line before them.
_LINES = frozenset({"div", "li", "tr", "td", "th", "p", "dt", "dd", "pre"})
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "div", "section"})

#: Elements that nobody reads.
_UNREAD = frozenset({"head", "title", "style", "script"})

#: How the words that came and went are marked: the same as on the command line.
_MARKS = {"removed: ": ("[-", "-]"), "added: ": ("{+", "+}")}

#: A margin above an element, in pixels, from which readers see a blank line.
_MARGIN = re.compile(r"margin:\s*(\d+)px")
_BLANK_LINE = 12


def plain_text(html: str) -> str:
    """Return the text of an HTML message: its lines, its links with their addresses, what came and went in marks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n".join(line.rstrip() for line in "".join(reader.parts).strip().split("\n")) + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._fresh = 2  #: line breaks at the end of the text; as if an empty line came first
        self._blank = False  #: whether a blank is due before the next word
        self._unread = 0
        self._links: list[tuple[str, int]] = []
        self._spans: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _UNREAD:
            self._unread += 1
        elif tag == "a":
            self._links.append((told.get("href") or "", len(self.parts)))
        elif tag == "span":
            label = told.get("aria-label") or ""
            before, after = next((marks for start, marks in _MARKS.items() if label.startswith(start)), ("", ""))
            self._add(before)
            self._spans.append(after)
        elif tag == "br":
            self.parts.append("\n")
            self._fresh, self._blank = self._fresh + 1, False
        elif tag in _LINES | _PARAGRAPHS:
            margin = _MARGIN.search(told.get("style") or "")
            wide = tag in _PARAGRAPHS or (margin is not None and int(margin[1]) >= _BLANK_LINE)
            self._break(2 if wide else 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            if href and href != "".join(self.parts[start:]).strip():
                self._add(f" <{href}>")
        elif tag == "span" and self._spans:
            self._add(self._spans.pop())
        elif tag in _LINES | _PARAGRAPHS:
            self._break(1)

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        # Line breaks of the source are blanks; those of the text come from elements.
        for word in re.split(r"([ \t\r\n\f\v]+)", data):
            if word and not word.strip(" \t\r\n\f\v"):
                self._blank = True
            else:
                self._add(word)

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._blank and not self._fresh:
            self.parts.append(" ")
        self.parts.append(text)
        self._fresh, self._blank = 0, False

    def _break(self, lines: int) -> None:
        self._blank = False
        if self._fresh < lines:
            self.parts.append("\n" * (lines - self._fresh))
            self._fresh = lines
