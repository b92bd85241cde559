"""What a page declares as shadow roots is read as it is shown."""

from tests.unit.test_streamed import LONG, texts_of

ROOT = '<template shadowrootmode="{mode}">{html}</template>'


def rooted(html: str, light: str = "", mode: str = "open") -> list[str]:
    """Return the blocks of a page with one element that declares a root."""
    host = f"<acme-terms>{ROOT.format(mode=mode, html=html)}{light}</acme-terms>"
    return texts_of(f"<html><body><main><h1>Terms</h1>{host}<p>{LONG}</p></main></body></html>")


def test_a_declared_root_is_shown_in_place_of_what_its_element_holds() -> None:
    """Open or closed; named slots and the other one hold what fills them, or else what they hold themselves."""
    html = "<h2><slot name=what>None</slot></h2><p>We <b>sell <slot>a</slot></b> to <slot name=who>anyone</slot>.</p>"
    light = "<i slot=what>Data</i><span>names</span><p slot=none>not shown</p>"
    for mode in ("open", "closed"):
        assert rooted(html, light, mode)[1:3] == ["Data", "We sell names to anyone."]


def test_roots_within_roots_are_filled_from_without() -> None:
    """A slot of the outer root fills one of the inner."""
    inner = "<acme-row>" + ROOT.format(mode="open", html="<p>Kept for <slot name=span></slot>.</p>")
    html = inner + "<b slot=span><slot name=years></slot> years</b></acme-row>"
    assert rooted(html, "<i slot=years>ten</i>")[1] == "Kept for ten years."


def test_other_templates_are_no_text() -> None:
    """Nor a second one of an element; text besides is kept."""
    template = "<template><p>never shown</p></template>"
    assert rooted("<p>Shown.</p>" + template)[1] == "Shown."
    assert rooted("<p>Shown.</p>", ROOT.format(mode="open", html="second"))[1] == "Shown."
    assert rooted("<p>x</p>", mode="other")[1] == LONG.strip()
    assert not [text for text in rooted("<p>Shown.</p>", template) if "never" in text]


def test_a_page_of_nothing_but_roots_ends() -> None:
    """Hostile nesting costs no more than its length."""
    deep = "<div><template shadowrootmode=open><slot>" * 200 + "core" + "</slot></template></div>" * 200
    assert "core" in texts_of(f"<html><body>{deep}<p>{LONG}</p></body></html>")
