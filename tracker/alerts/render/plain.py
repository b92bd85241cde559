"""The text of an HTML message word for word, for the plain part of a mail and for services that take plain text."""

import re
from html.parser import HTMLParser

#: Elements that begin and end a line, and those with a blank line around them.
_LINES = frozenset({"br", "div", "li", "tr", "td", "th", "p", "dt", "dd"})
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "ul", "ol", "table"})

#: Elements that nobody reads.
_UNREAD = frozenset({"head", "title", "style", "script"})

#: How the words that came and went are marked: the same as on the command line.
_MARKS = {"removed: ": ("[-", "-]"), "added: ": ("{+", "+}")}


def plain_text(html: str) -> str:
    """Return the text of an HTML message: its lines, its links with their addresses, what came and went in marks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[ \t\r\f\v]+", " ", one).strip() for one in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
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
            self.parts.append(before)
            self._spans.append(after)
        else:
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread -= 1
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            said = "".join(self.parts[start:]).strip()
            if href and href != said:
                self.parts.append(f" <{href}>")
        elif tag == "span" and self._spans:
            self.parts.append(self._spans.pop())
        elif tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            # Line breaks of the source are blanks; those of the text come from elements.
            self.parts.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n")
