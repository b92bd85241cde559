"""Every screen in a real Chromium, over real and hostile histories: it shows, it fits, it is usable, nothing runs."""

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute
from pydantic import SecretStr
from sqlmodel import col, select

from tests.support.browser import Site, open_page
from tests.support.showcase import HOSTILE
from tracker.alerts.subscriptions import Purpose, link
from tracker.store.schema.message_tables import Subscription
from tracker.store.schema.tables import Change, ClauseRun, SourceRow, Version
from tracker.web.pages import OPEN_ROUTERS, ROUTERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 360, 1280

#: CSS pixels between the margins of a sheet of A4.
PAPER = 688

#: Screens by name; braces are filled from the store.
SCREENS = {
    "overview": "/",
    "changes": "/changes",
    "source": "/sources/{source}",
    "hostile source": "/sources/hostile",
    "version": "/sources/{source}/versions/1",
    "hostile version": "/sources/hostile/versions/2",
    "change": "/changes/{change}",
    "hostile change": "/changes/{hostile_change}",
    "change, side by side": "/changes/{change}?view=side",
    "change, whole text": "/changes/{change}?show=all",
    "any two versions": "/sources/hostile/diff?from=1&to=2",
    "clause": "/sources/hostile/clauses/{clause}",
    "search": "/search?q=partners&source=hostile",
    "compare": "/compare?topic=third_party_sharing&source=hostile&source={source}",
    "review": "/review",
    "baselines": "/baselines",
    "baselines of a source": "/baselines?source=hostile",
    "facts": "/sources/{source}/facts",
    "reports": "/reports",
    "audit report": "/reports/audit?source=hostile",
    "deadlines": "/deadlines",
    "processors": "/processors",
    "processors of a source": "/processors?source={source}",
    "operator": "/operator",
    "mutes": "/mutes",
    "review of a change": "/review/{change}",
    "feeds": "/feeds",
    "subscriptions": "/subscriptions",
    "log in": "/login",
    "API": "/api/v1",
    "nowhere": "/nowhere",
}


#: Least contrast of text to WCAG AA.
AA = 4.5

#: What of a page is wrong on paper: what can be pressed there, what is wider than it, and the text of least contrast.
ON_PAPER = """() => {
    const shown = element => element.checkVisibility() && !element.closest(".visually-hidden");
    const all = [...document.body.querySelectorAll("*")].filter(shown);
    const told = element => element.outerHTML.slice(0, 120);
    const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const worded = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const contrasts = all.filter(worded)
        .filter(element => !(element instanceof SVGElement))
        .map(element => [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a))
        .map(([more, less]) => (more + 0.05) / (less + 0.05));
    return {
        pressed: all.filter(element => element.matches("button, input, select, textarea, nav a")).map(told),
        cut: all.filter(element => element.getBoundingClientRect().right > innerWidth + 1).map(told),
        paper: getComputedStyle(document.documentElement).backgroundColor,
        faintest: Math.min(...contrasts),
    };
}"""

#: How far the last letter of an element ends from where its last text does, both from the left.
LAST_LETTER = """element => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let last;
    while (walker.nextNode()) if (walker.currentNode.data.trim()) last = walker.currentNode;
    const end = last.data.trimEnd().length;
    const right = first => {
        const range = document.createRange();
        range.setStart(last, first);
        range.setEnd(last, end);
        return range.getBoundingClientRect().right;
    };
    return [last.data[end - 1], right(0) - right(end - 1)];
}"""


@pytest.fixture(scope="module")
def places(site: Site) -> dict[str, str]:
    """What the braces of the screens stand for."""
    with site.world.runtime.database.read() as session:
        hostile = session.exec(select(SourceRow).where(SourceRow.id == "hostile")).one()
        others = select(Change).where(col(Change.alert), Change.source_key != hostile.key)
        # The shortest of the real texts: the time that axe-core takes grows faster than the text.
        short = others.join(Version, col(Version.id) == Change.after_version_id).order_by(col(Version.clauses))
        change = session.exec(short).first()
        harmful = session.exec(select(Change).where(Change.source_key == hostile.key)).one()
        change = change or harmful
        source = session.get_one(SourceRow, change.source_key)
        gone = select(ClauseRun).where(ClauseRun.source_key == hostile.key, col(ClauseRun.gone_at).is_not(None))
        run = session.exec(gone).first()
        assert run is not None
        return {
            "source": source.id,
            "change": change.id,
            "hostile_change": harmful.id,
            "clause": str(run.clause_id),
        }


@cache
def axe() -> str:
    """Return the script that looks for what keeps people with impairments out."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: "Page") -> list[str]:
    """Return what axe-core holds against a page by WCAG 2.2 A and AA; the page's own rules on scripts stay in force."""
    page.evaluate(axe())
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{item['id']}: {item['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for item in found["violations"]
        for node in item["nodes"][:3]
    ]


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_shows_on_a_phone_and_on_a_dark_desktop(
    chromium: "Browser", site: Site, places: dict[str, str], name: str
) -> None:
    """It answers, says what it is, fits the width, breaks no rule of accessibility, and no fetched text runs."""
    path = SCREENS[name].format(**places)
    with open_page(chromium, site, width=PHONE) as (page, troubles):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if name == "nowhere" else 200), path
        assert page.title() != "broken"
        assert page.locator("h1").count() == 1
        # Light and dark differ in colours, phone and desktop in places: two of the four together show each once.
        for width, dark in ((PHONE, False), (DESKTOP, True)):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if dark else "light")
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{path} is {overflow} px wider than {width}"
            assert violations(page) == []
        assert [trouble for trouble in troubles if "404" not in trouble] == []


@pytest.mark.parametrize("name", ["hostile change", "hostile source", "hostile version", "search", "clause"])
def test_script_like_text_shows_as_text(chromium: "Browser", site: Site, places: dict[str, str], name: str) -> None:
    """A reader sees the markup that a policy's text holds, letter by letter."""
    with open_page(chromium, site) as (page, _):
        page.goto(SCREENS[name].format(**places))
        shown = page.locator("body").inner_text()
    if name == "clause":
        assert any(text in shown for text in HOSTILE)
    else:
        assert re.search(re.escape("<script>document.title='broken'</script>"), shown)


def test_reading_needs_no_scripts(chromium: "Browser", site: Site, places: dict[str, str]) -> None:
    """Filters, paging, searching and comparing work in a browser that runs none."""
    with open_page(chromium, site, scripts=False) as (page, _):
        page.goto("/search")
        page.get_by_role("searchbox").fill('"advertising partners" OR partners')
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_url("**/search?**")
        page.goto("/")
        page.get_by_role("link", name=re.compile("^Hostile")).first.click()
        page.wait_for_url("**/sources/hostile")
        page.get_by_role("link", name="Changes", exact=True).first.click()
        page.wait_for_url("**/changes")


def test_the_keyboard_reaches_the_content(chromium: "Browser", site: Site) -> None:
    """The first tab offers to skip the menu."""
    with open_page(chromium, site) as (page, _):
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_screen_reader_hears_what_a_change_means_before_the_redline(
    chromium: "Browser", site: Site, places: dict[str, str]
) -> None:
    """Headings come in order, the meaning first; what is inserted and removed is said in words."""
    with open_page(chromium, site) as (page, _):
        page.goto(f"/changes/{places['hostile_change']}")
        tree = page.locator("main").aria_snapshot()
        levels = page.locator("main").evaluate(
            "main => [...main.querySelectorAll('h1,h2,h3,h4')].map(heading => Number(heading.tagName[1]))"
        )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    told = (
        *('heading "Sale of contacts of the person', "definition: high · mixed", "version 1", "became", "version 2"),
        *("What it means", 'link "see clause 1"', "before: “We share", 'heading "Redline"', "removed: share"),
        "inserted: sell",
    )
    places_told = [tree.find(words) for words in told]
    assert places_told == sorted(places_told)
    assert min(places_told) >= 0
    assert "- insertion:" in tree
    assert "- deletion:" in tree
    # Signs and arrows are for the eye; a reader would say them as "black up-pointing triangle".
    assert not re.search("[▲△↓↑↕→←]", tree)


def test_every_page_is_among_the_screens() -> None:
    """A new page is looked at too; those that the links of mails lead to have a test of their own."""
    paths = [path.partition("?")[0] for path in SCREENS.values()]
    known = [re.sub(r"\{\w+\}", "7", path) for path in paths]
    for router in (*OPEN_ROUTERS, *ROUTERS):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if "GET" in (route.methods or ()) and not route.path.endswith((".ics", "{token}")):
                assert [path for path in known if route.path_regex.match(path)], f"{route.path} is no screen"


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_prints(chromium: "Browser", site: Site, places: dict[str, str], name: str) -> None:
    """On paper it is dark on white whatever the screen is, nothing is cut off, and nothing is there to press.

    A lawyer files a change as a PDF.
    """
    with open_page(chromium, site, width=PAPER, dark=True) as (page, _):
        page.goto(SCREENS[name].format(**places))
        page.emulate_media(media="print", color_scheme="dark")
        found = page.evaluate(ON_PAPER)
        if name == "hostile change":
            assert page.pdf(format="A4").startswith(b"%PDF-")
    assert found["pressed"] == []
    assert found["cut"] == []
    assert found["paper"] == "rgb(255, 255, 255)"
    assert found["faintest"] >= AA, found


def test_what_turns_writing_about_ends_with_its_text(chromium: "Browser", site: Site, places: dict[str, str]) -> None:
    """The quote that closes such a text stands behind it, not within."""
    with open_page(chromium, site) as (page, _):
        page.goto(f"/changes/{places['hostile_change']}")
        quotes = page.locator("blockquote", has_text="\u202e")
        assert quotes.count() > 0
        letter, behind = quotes.last.evaluate(LAST_LETTER)
    assert letter == "”"
    assert behind < 1


def test_a_subscription_is_asked_for_confirmed_and_ended_on_pages_that_everybody_can_use(
    chromium: "Browser", site: Site
) -> None:
    """Form, list, and the pages that the links of mails lead to: they fit, break no rule, and work without scripts."""
    runtime = site.world.runtime
    before = runtime.settings
    offered = {"subscription_mail": SecretStr("mailto://smtp.example?from=t@acme.example"), "public_url": site.address}
    runtime.settings = before.model_copy(update=offered)
    try:
        with open_page(chromium, site, width=PHONE, scripts=False) as (page, _):
            page.goto("/subscriptions?source=hostile")
            page.get_by_label("Mail address").fill("kim@reader.example")
            page.get_by_label("sale", exact=True).check()
            page.get_by_role("button", name="Subscribe").click()
            page.wait_for_url("**/subscriptions?asked=1")
            assert "one is on its way" in page.get_by_role("status").inner_text()
        with runtime.database.read() as session:
            row = session.exec(select(Subscription)).one()
            confirm, end = (link(session, runtime.settings, purpose, row) for purpose in Purpose)
        assert (row.sources, row.topics) == (["hostile"], ["sale"])
        for path in ("/subscriptions", confirm, end, f"{confirm}0"):
            for width, dark in ((PHONE, False), (DESKTOP, True)):
                with open_page(chromium, site, width=width, dark=dark) as (page, _):
                    page.goto(path)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                    assert violations(page) == [], path
        with open_page(chromium, site, scripts=False) as (page, _):
            page.goto(confirm)
            page.get_by_role("button", name="Send me these alerts").click()
            assert "Confirmed" in page.get_by_role("status").inner_text()
            page.goto(end)
            page.get_by_role("button", name="Unsubscribe").click()
            assert "Ended" in page.get_by_role("status").inner_text()
    finally:
        runtime.settings = before
