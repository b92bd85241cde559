"""What is read from small pages, rule by rule."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import unavailable
from tests.support.pdfs import pdf_of
from tracker.compare.model import Block, BlockKind
from tracker.errors import ExtractionError
from tracker.extract import ExtractionRules, Range, combine, extract
from tracker.words import FailureKind

ANY = ExtractionRules(min_words=0)


def html(page: str, rules: ExtractionRules = ANY) -> list[tuple[str, str, str]]:
    return [(b.kind.value, b.marker, b.text) for b in extract(page.encode(), "text/html", rules).blocks]


def markdown(text: str) -> list[tuple[str, str, str]]:
    return [(b.kind.value, b.marker, b.text) for b in extract(text.encode(), "text/markdown", ANY).blocks]


def plain(text: str) -> list[tuple[str, str, str]]:
    return [(b.kind.value, b.marker, b.text) for b in extract(text.encode(), "text/plain", ANY).blocks]


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("<p>We keep<br>it.<br><br>Not long.</p>", [("paragraph", "", "We keep it."), ("paragraph", "", "Not long.")]),
        ("<ol start=3><li>x<ul><li>y</ul><li>z</ol>", [("item", "3.", "x"), ("item", "•", "y"), ("item", "4.", "z")]),
        ("<ol type=a reversed><li>x<li>y</ol>", [("item", "b.", "x"), ("item", "a.", "y")]),
        ("<ol type=i><li value=4>x<li>y</ol>", [("item", "iv.", "x"), ("item", "v.", "y")]),
        ("<dl><dt>Data<dd>What we hold.</dl>", [("term", "", "Data"), ("definition", "", "What we hold.")]),
        (
            "<h2>A</h2><details><summary>More</summary><p hidden>Text.</p></details>",
            [("heading", "", "A"), ("heading", "", "More"), ("paragraph", "", "Text.")],
        ),
        ("<table><tr><td><p>One.</p><p>Two.</p></table>", [("paragraph", "", "One."), ("paragraph", "", "Two.")]),
        ("<a href='#m'>Skip to content</a><p>Text <a href='#'>#</a>here.</p>", [("paragraph", "", "Text here.")]),
        ("<script>x()</script><p>da\u00adta\u200b “kept”</p>", [("paragraph", "", "data “kept”")]),
        ("<p>Write to <a data-cfemail='422302206c21'>hidden</a>.</p>", [("paragraph", "", "Write to a@b.c.")]),
    ],
)
def test_html_blocks(page: str, blocks: list[tuple[str, str, str]]) -> None:
    """Each element of HTML becomes the block a reader sees."""
    assert html(page) == blocks


@pytest.mark.parametrize(("words", "around"), [(149, True), (150, False)])
@pytest.mark.parametrize("inner", ["", "<article>Within.</article>"])
def test_the_main_region_holds_enough_words(words: int, around: bool, inner: str) -> None:
    """With fewer it does not hold the document; elements of one word each are as many words."""
    main = "<b>a</b> " * (words - bool(inner)) + inner
    texts = [text for _, _, text in html(f"<body><p>Around.</p><main>{main}</main></body>")]
    assert ("Around." in texts) is around


@pytest.mark.parametrize("element", ["nav", "div role=Navigation", "section id=onetrust-banner-sdk"])
def test_what_stands_aside_is_left_out(element: str) -> None:
    """Menus and consent dialogs, by their element, role or id."""
    page = (
        f"<p>We keep data.</p><div role='region' id=x>It is safe.</div><{element}><p>Accept.</p></{element.split()[0]}>"
    )
    assert [text for _, _, text in html(page)] == ["We keep data.", "It is safe."]


@pytest.mark.parametrize(
    ("opening", "kept"), [("We use these:", True), ("See these. \n", True), ("Ours：\u00a0", True), ("These", False)]
)
def test_links_that_a_sentence_opens_are_text(opening: str, kept: bool) -> None:
    """A list of links alone is a menu."""
    links = "".join(f"<li><a href='/{name}'>Partner {name}</a></li>" for name in "abcde")
    texts = [text for _, _, text in html(f"<body><p>{opening}</p><ul>{links}</ul></body>")]
    assert ("Partner a" in texts) is kept


def test_table_rows_keep_cells_and_header() -> None:
    """A row of data knows its cells and the header cells above them."""
    blocks = extract(b"<table><tr><th>Data<th>Why<tr><td>Mail<td>Log in</table>", "text/html", ANY).blocks
    assert blocks[1] == Block(BlockKind.ROW, "Mail | Log in", cells=("Mail", "Log in"), header=("Data", "Why"))


PAGE = "<div><p id=a>A.</p><p id=b>B.</p><p id=c>C.</p><p id=d>D.</p></div>"


@pytest.mark.parametrize(
    ("rules", "texts"),
    [
        (ExtractionRules(("#b, #d",), min_words=0), ["B.", "D."]),
        (ExtractionRules((Range(start_before="#b", end_before="#d"),), min_words=0), ["B.", "C."]),
        (ExtractionRules((Range(start_after="#b", end_after="#d"),), min_words=0), ["C.", "D."]),
        (ExtractionRules((), (Range(start_before="#b", end_after="#c"), ".none"), min_words=0), ["A.", "D."]),
        (ExtractionRules(("div *:nth-of-type(2)",), min_words=0), ["B."]),
    ],
)
def test_selection(rules: ExtractionRules, texts: list[str]) -> None:
    """Selectors and ranges keep and drop exactly what they name."""
    assert [text for _, _, text in html(PAGE, rules)] == texts


@pytest.mark.parametrize("chosen", ["#none", Range(start_before="#a", end_before="#none")])
def test_selection_that_fails(chosen: str | Range) -> None:
    """A selector without match and a range without end are errors, never an empty text."""
    with pytest.raises(ExtractionError) as caught:
        html(PAGE, ExtractionRules((chosen,), min_words=0))
    assert caught.value.kind is FailureKind.NOTHING_SELECTED


@pytest.mark.parametrize(
    ("body", "media_type", "kind"),
    [
        (b"<div id=app></div>", "text/html", FailureKind.NEEDS_RENDERING),
        (b" \n\0", "text/html", FailureKind.UNREADABLE),
        (bytes(range(32)) * 50, "text/plain", FailureKind.UNREADABLE),
        (b"%PDF-1.4 broken", "application/pdf", FailureKind.UNREADABLE),
    ],
)
def test_no_text(body: bytes, media_type: str, kind: FailureKind) -> None:
    """What holds no text says why."""
    with pytest.raises(ExtractionError) as caught:
        extract(body, media_type, ExtractionRules())
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Title\n=====\n\n## Two ##\n", [("heading", "", "Title"), ("heading", "", "Two")]),
        ("*   a\n    1.  b\n*   c", [("item", "•", "a"), ("item", "1.", "b"), ("item", "•", "c")]),
        ("A **b** _c_ [d](http://x.y/z_(1)) ![e](f) 1\\. \\*g", [("paragraph", "", "A b c d 1. *g")]),
        ("Lead:  \n\\- one  \n\\- two", [("paragraph", "", "Lead:"), ("item", "•", "one"), ("item", "•", "two")]),
        ("#####   \nTerms\n\nText.", [("heading", "", "Terms"), ("paragraph", "", "Text.")]),
        ("a\n\n- - -\n\n[x]: http://y\n\nb", [("paragraph", "", "a"), ("paragraph", "", "b")]),
    ],
)
def test_markdown_blocks(text: str, blocks: list[tuple[str, str, str]]) -> None:
    """Marks of Markdown go, its structure stays."""
    assert markdown(text) == blocks


def test_archive_notice_is_not_text() -> None:
    """The notice of an archive corpus fills date and address."""
    notice = (
        "> *The following text is extracted and transformed from the acme.example privacy policy that was archived on "
        "2019-03-09. Please check the [original snapshot](https://archive.example/1) for more.*\n\n# Privacy\n\nText."
    )
    found = extract(notice.encode(), "text/markdown", ANY)
    assert (found.archived_at, found.archive_url) == ("2019-03-09", "https://archive.example/1")
    assert [block.text for block in found.blocks] == ["Privacy", "Text."]


def test_plain_text_without_its_menus() -> None:
    """Address, menu and footer around a plain text are left out; wrapped lines are joined."""
    text = (
        "http://acme.example/privacy\nPrivacy\nHome\nPrivacy\nWe collect what you type into forms on our pages and\n"
        "keep it safe for you.\nCookies\nWe use none.\nTerms of Service\nPrivacy\nFAQ\n"
    )
    assert plain(text) == [
        ("heading", "", "Privacy"),
        ("paragraph", "", "We collect what you type into forms on our pages and keep it safe for you."),
        ("heading", "", "Cookies"),
        ("paragraph", "", "We use none."),
    ]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<p>x</p>" + b"<ul><li>x " * 900, "text/html"),
        (b"<p>x</p>" + b"<table><tr><td>x " * 500, "text/html"),
        (b"<p title='" + b"x" * 3_000_000 + b"'>x</p>", "text/html"),
        (b"- " * 50_000 + b"x", "text/markdown"),
        (b"x [a](" * 50_000, "text/markdown"),
        (b">" * 100_000 + b" x", "text/markdown"),
    ],
)
@pytest.mark.timeout(10)
def test_hostile_input(body: bytes, media_type: str) -> None:
    """Depth and size of a page cost neither recursion nor more than seconds."""
    assert extract(body, media_type, ANY).words > 0


@pytest.mark.parametrize(
    "body",
    [
        b"<p>First.</p>" + b"<div>" * 50_000 + b"deep" + b"</div>" * 50_000 + b"<p>Last.</p>",
        b"<p>First.</p>" + b"<ul><li>x " * 20_000,
        b"<p>First.</p>" + b"<table><tr><td>x " * 5_000,
    ],
)
@pytest.mark.timeout(10)
def test_page_too_deep_to_be_read_whole_fails(body: bytes) -> None:
    """A page of which the parser would leave out a part is no shorter policy but a failure."""
    with pytest.raises(ExtractionError, match="nested too deeply") as failure:
        extract(body, "text/html", ANY)
    assert failure.value.kind is FailureKind.UNREADABLE


@pytest.mark.timeout(30)
def test_page_too_long_to_be_read_whole_fails() -> None:
    """A page over the size that is read fails and is not cut."""
    with pytest.raises(ExtractionError, match="too long"):
        extract(b"<p>" + b"word " * 6_000_001, "text/html", ANY)


MENU = "".join(f"<a href='/{name}'>{name}</a>" for name in ("Products", "Pricing", "Blog", "Careers"))


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<h2>Summary <a href='#s'><span>#</span></a></h2>", ["Summary"]),
        ("<h2>Summary<a href='#s'>Link to this section</a></h2>", ["Summary"]),
        ("<p>Contact us</p><p>In force since May.</p><h1>Privacy</h1>", ["In force since May.", "Privacy"]),
        ("<h2>Summary ¶</h2><h3>Use #</h3>", ["Summary", "Use"]),
        ("<h2>Summary <button>Copy link</button></h2>", ["Summary"]),
        (f"<div>{MENU}</div><p>We keep data.</p>", ["We keep data."]),
        (
            "<h2>Contents</h2><ul><li><a href='#a'>Use</a><li><a href='#b'>Sale</a><li><a href='#c'>Law</a></ul><p>Use",
            ["Use"],
        ),
    ],
)
def test_links_that_only_help_to_move_about_are_not_text(page: str, texts: list[str]) -> None:
    """Heading anchors, menus outside `nav` and tables of contents are left out."""
    assert [text for _, _, text in html(page)] == texts


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        (
            "<h2>Our processors</h2><ul>"
            + "".join(f"<li><a href='https://{name}.example/'>{name}</a>" for name in ("Acme", "Bolt", "Core", "Dune"))
            + "</ul>",
            ["Our processors", "Acme", "Bolt", "Core", "Dune"],
        ),
        (f"<p>These rules apply to:</p><div>{MENU}</div>", ["These rules apply to:", "Products Pricing Blog Careers"]),
        ("<p>See our <a href='/cookies'>Cookie Policy</a>.</p>", ["See our Cookie Policy."]),
        (
            "<button aria-expanded=false>Use</button><div aria-hidden=true><p>We use data.</p></div>",
            ["Use", "We use data."],
        ),
        ("<p><a href='/p'>Priv</a><a href='/p'>acy</a> matters.</p>", ["Privacy matters."]),
    ],
)
def test_links_of_the_policy_stay(page: str, texts: list[str]) -> None:
    """Lists of partners, lists a sentence opens, links in sentences and collapsed sections are text."""
    assert [text for _, _, text in html(page)] == texts


def test_combining_equal_pages_fails() -> None:
    """One page served for two addresses is a fault of the server, no document."""
    page = extract(b"<p>Text.</p>", "text/html", ANY)
    with pytest.raises(ExtractionError):
        combine([page, page])


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (codecs.BOM_UTF8 + "<p>Größe – “x”</p>".encode(), "iso-8859-1"),
        ("<p>Größe – “x”</p>".encode("utf-16"), None),
        ("<p>Größe – “x”</p>".encode("utf-16-le"), "utf-16-le"),
        ("<p>Größe – “x”</p>".encode("cp1252"), None),
        ("<p>Größe – “x”</p>".encode("cp1252"), "iso-8859-1"),
        ("<p>Größe – “x”</p>".encode("cp1252"), "no-such-charset"),
        ("<p>Größe – “x”</p>".encode(), "windows-1252"),
        ("<meta charset=iso-8859-15><p>Größe “x”</p>".replace("“x”", "€").encode("iso-8859-15"), None),
    ],
)
def test_charset_by_bom_then_valid_utf8_then_header_then_meta(body: bytes, charset: str | None) -> None:
    """Whatever a server says of the charset, the letters come out right."""
    text = extract(body, "text/html", ANY, charset=charset).blocks[0].text
    assert text in ("Größe – “x”", "Größe €")


def test_broken_encoding_does_not_fail() -> None:
    """A byte that fits no charset costs one character and no more."""
    assert (
        extract(b"<p>We keep \xff data.</p>", "text/html", ANY, charset="utf-8").blocks[0].text.startswith("We keep ")
    )


TAGS = st.sampled_from(
    ["p", "div", "ul", "ol", "li", "h2", "table", "tr", "td", "dl", "dt", "dd", "pre", "b", "summary"]
)
TREES = st.recursive(
    st.just(None),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


def _render(tree: object, counter: Iterator[int]) -> str:
    if not isinstance(tree, tuple):
        return f" word{next(counter)} "
    tag, children = tree
    return f"<{tag}>" + "".join(_render(child, counter) for child in children) + f"</{tag}>"


@settings(max_examples=150, deadline=None)
@example(("table", [("td", []), ("td", [None])]))  # cells for which no row is opened
@given(TREES)
def test_words_of_any_tree_come_out_once(tree: object) -> None:
    """However elements nest, no word is lost, invented or said twice."""
    counter = count()
    page = _render(tree, counter) + "<p>end</p>"
    words = " ".join(text for _, _, text in html(page)).replace("|", " ").split()
    assert sorted(words) == sorted([*(f"word{number}" for number in range(next(counter))), "end"])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text("<>/#*-_[]()|`>\\\n\t 1.a&;=\"'", max_size=300).map(str.encode), st.data())
def test_any_bytes_are_read_or_refused(body: bytes, data: st.DataObject) -> None:
    """Whatever the bytes are, nothing but a typed failure is raised."""
    media_type = data.draw(st.sampled_from(["text/html", "text/markdown", "text/plain", ""]))
    with suppress(ExtractionError):
        extract(body, media_type, ANY)


def _need_pdfminer() -> None:
    if find_spec("pdfminer") is None:
        unavailable("pdfminer.six is not installed")


def test_pdf_paragraph_goes_on_over_the_page_without_headers_and_numbers() -> None:
    """A sentence cut by a page is one paragraph; what repeats at the edges of pages and page numbers are no text."""
    _need_pdfminer()
    body = pdf_of(
        [(760, "Acme Privacy"), (600, "We keep what you send us as long as it is"), (30, "1")],
        [(760, "Acme Privacy"), (600, "needed for your account."), (400, "We sell nothing."), (30, "2")],
        [(760, "Acme Privacy"), (600, "Write to us."), (30, "3")],
    )
    assert [block.text for block in extract(body, "application/pdf", ANY).blocks] == [
        "We keep what you send us as long as it is needed for your account.",
        "We sell nothing.",
        "Write to us.",
    ]


def test_pdf_without_text_fails() -> None:
    """A scan has no text layer: a failure, and no empty policy."""
    _need_pdfminer()
    with pytest.raises(ExtractionError, match="no text layer"):
        extract(pdf_of([]), "application/pdf", ANY)


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name", ["mediasoftpro", "netsoft-studio", "newsoftwares-net", "ohsoft", "websoft-hosted-solutions"]
)
def test_saved_page_keeps_first_and_last_sentence_without_menus(corpus: Path, name: str) -> None:
    """Of a page saved as text the sentences stay, from the first to the last, and the menus around them go."""
    body = (corpus / "seeds" / f"{name}.txt").read_bytes()
    lines = [" ".join(line.lstrip("> ").split()) for line in body.decode().splitlines()]
    sentences = [line for line in lines if len(line.split()) > 12 and line.endswith(".") and "*" not in line]
    texts = [block.text for block in extract(body, "", ANY, url=f"{name}.txt").blocks]
    said = " ".join(texts)
    assert sentences[0] in said
    assert sentences[-1] in said
    assert not {"home", "menu", "top of page", "skip to content"} & {text.lower() for text in texts}
    assert "extracted and transformed from" not in said
