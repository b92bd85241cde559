"""Which links lead to policies: by their words, their addresses and where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.extract.links import MOST_LINKS, Link, read_links
from tracker.sources.link_words import is_hub, sign_of, type_said


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("Privacy & Cookie Policy", "/x", "Privacy Policy"),
        ("Cookie Policy", "/privacy/cookies", "Trackers Policy"),
        ("Website Terms of Use ›", "/x", "Terms of Service"),
        ("DPA", "/x", "Data Processor Agreement"),
        ("Impressum", "/x", "Imprint"),
        ("", "/legal/Privacy_Policy.html", "Privacy Policy"),
        ("", "/politique-de-confidentialit%C3%A9", "Privacy Policy"),
        ("More", "/terms-of-service-2024", "Terms of Service"),
        ("Pricing", "/pricing", None),
        ("Determined", "/determined", None),
    ],
)
def test_words_and_addresses_name_the_type(text: str, path: str, kind: str | None) -> None:
    """The words of a link go before its address, the longer phrase before the shorter."""
    sign = sign_of(Link(f"https://a.example{path}", text))
    assert (sign.type if sign else None) == kind


def test_more_signs_make_surer() -> None:
    """Words, address, footer and mark of the site add up; settings and posts count little."""

    def sure(text: str, path: str, *, footer: bool = False, rel: str = "") -> float:
        sign = sign_of(Link(f"https://a.example{path}", text, frozenset(rel.split()), footer))
        return sign.confidence if sign else 0.0

    steps = [
        sure("Privacy", "/x"),
        sure("Privacy", "/x", footer=True),
        sure("Privacy", "/privacy", footer=True),
        sure("Privacy", "/privacy", footer=True, rel="privacy-policy"),
    ]
    assert steps == sorted(set(steps))
    assert sure("Your privacy choices", "/privacy", footer=True) < 0.2
    assert sure("Privacy", "/blog/privacy") < 0.4


def test_hubs_are_told_by_words_or_address() -> None:
    """Pages that link the documents."""
    assert is_hub(Link("https://a.example/x", "Legal"))
    assert is_hub(Link("https://a.example/legal/", "§"))
    assert not is_hub(Link("https://a.example/x", "Legal tech"))


def test_titles_name_types() -> None:
    """In any of the languages."""
    assert type_said("Datenschutzerklärung – Brightmail") == "Privacy Policy"
    assert type_said("Welcome") is None


def test_links_are_absolute_and_web_addresses_alone_are_kept() -> None:
    """The base of a page counts, fragments do not; mail, scripts and addresses with passwords are left out."""
    page = read_links(
        b"<html lang=de-CH><base href='/de/'><a href='a#b'>A</a><a href='mailto:x@a.example'>M</a>"
        b"<a href='javascript:alert(1)'>J</a><a href='https://u:p@b.example/'>P</a><a href='http://[bad'>B</a>"
        b"<div class='site-footer'><a href='/f'>F</a></div><meta property='og:site_name' content=' Bright  Mail '>",
        "https://a.example/x",
    )
    assert [(link.url, link.text, link.in_footer) for link in page.links] == [
        ("https://a.example/de/a", "A", False),
        ("https://a.example/f", "F", True),
    ]
    assert (page.language, page.site_name) == ("de", "Bright Mail")


def test_of_very_many_links_the_last_are_read() -> None:
    """The footer comes last."""
    page = read_links(b"<a href=/x>x</a>" * 5_000 + b"<a href=/privacy>p</a>", "https://a.example/")
    assert (len(page.links), page.links[-1].url) == (MOST_LINKS, "https://a.example/privacy")


@given(st.text(max_size=60))
def test_odd_addresses_raise_nothing(href: str) -> None:
    """Whatever a link holds."""
    page = read_links(f'<p>x</p><a href="{href}">Privacy</a>'.encode("utf-8", "replace"), "https://a.example/")
    for link in page.links:
        sign_of(link)
        is_hub(link)
