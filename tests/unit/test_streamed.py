"""Parts of a page that a server streamed late are read in their place; what is no text is left out."""

import pytest

from tracker.extract import ExtractionRules, extract

LONG = "We keep what you tell us for as long as your account is open and then delete it. " * 12


def texts_of(page: str) -> list[str]:
    """Return the blocks of a page in order, the cells of a row set off by bars."""
    blocks = extract(page.encode(), "text/html", ExtractionRules(min_words=0)).blocks
    return [" | ".join(block.cells) or block.text for block in blocks]


def streamed(late: str, script: str, place: str = '<template id="B:0"></template>') -> list[str]:
    """Return the blocks of a page whose table came late."""
    body = f"<main><p>{LONG}</p><h2>Purposes</h2>{place}<p>After the table.</p></main>"
    page = f"<html><body>{body}<div hidden id='S:0'>{late}</div><script>{script}</script></body></html>"
    return texts_of(page)


TABLE = "<table><tr><th>Purpose</th><th>Kept for</th></tr><tr><td>Invoices</td><td>ten years</td></tr></table>"


def test_a_part_that_was_streamed_late_is_read_in_its_place() -> None:
    """The server names placeholder and part in a call; a reader without scripts puts it where it is displayed."""
    texts = streamed(TABLE, '$RC("B:0","S:0")')
    assert texts.index("Purposes") < texts.index("Invoices | ten years") < texts.index("After the table.")
    assert texts == streamed(TABLE, '$RS("S:0","B:0")')


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("", '<template id="B:0"></template>'),
        ('$RC("B:9","S:0")', '<template id="B:0"></template>'),
        ('$RC("B:0","B:0")', '<template id="B:0"></template>'),
        ('$RC("B:0","S:0")', '<p id="B:0">no placeholder</p>'),
    ],
)
def test_only_a_hidden_part_with_a_placeholder_moves(script: str, place: str) -> None:
    """What a page says of its ids is not believed further than that; nothing of the text is lost."""
    texts = streamed(TABLE, script, place)
    assert "Invoices | ten years" not in texts
    assert "After the table." in texts


def test_a_part_that_holds_its_own_placeholder_stays() -> None:
    """A loop in a hostile page ends."""
    place = '<template id="B:0"></template>'
    texts = streamed(f"<p>x</p>{place}", '$RC("B:0","S:0")', "")
    assert "After the table." in texts


def test_a_list_to_choose_from_is_no_text() -> None:
    """The languages that a page offers in a list box are not what it says."""
    options = "".join(f"<li role=option><span>{name}</span></li>" for name in ("Deutsch", "Ελληνικά", "Español"))
    body = f"<body><h1>Terms</h1><p>{LONG}</p><div><ul role=listbox>{options}</ul></div></body>"
    assert "Ελληνικά" not in texts_of(f"<html>{body}</html>")
