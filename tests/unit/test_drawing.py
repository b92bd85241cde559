"""Pictures: small, well-formed, escaped, named in words, and without anything a strict content policy forbids."""

import gzip
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from tracker.history.periods import Period, Unit, periods_between
from tracker.history.stats import HeatMap, Trends
from tracker.history.timeline import Gap, Seen, Stretch, Timeline, Trouble
from tracker.store.history.counts import ChangeCount
from tracker.store.history.timeline import Weighed
from tracker.web.drawing.heatmap import QUIET, HeatRow, draw_heatmap
from tracker.web.drawing.timeline import TimelineLinks, draw_timeline, timeline_file
from tracker.web.drawing.trend import draw_trend
from tracker.words import Topic

SVG = "{http://www.w3.org/2000/svg}"
UTC_ZONE = ZoneInfo("UTC")
START = datetime(2022, 1, 1, tzinfo=UTC)
MONTHS = periods_between(START, START + timedelta(days=1_090), Unit.MONTH, UTC_ZONE)
HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202eevil\x00\x1b[31m&amp;"
WEAKER = ChangeCount(changes=3, material=2, weaker=2, alerts=2, weight=3)
SMALL = ChangeCount(changes=1)


def parsed(drawn: str) -> etree._Element:
    return etree.fromstring(drawn.encode(), etree.XMLParser(resolve_entities=False))


def titles(root: etree._Element) -> list[str]:
    return [found.text or "" for found in root.iter(f"{SVG}title")]


def allowed(root: etree._Element) -> bool:
    """Whether a strict content policy lets all of it through."""
    scripts = [
        one for one in root.iter() if etree.QName(one).localname in {"script", "style", "foreignObject", "image"}
    ]
    return not scripts and not [
        name for one in root.iter() for name in one.attrib if name == "style" or name[:2] == "on"
    ]


def link(key: int, first: Period, last: Period) -> str:
    return f"/changes?source={key}&since={first.first_day}&until={last.last_day}"


def heat(cells: dict[int, dict[int, ChangeCount]], label: str = "Acme") -> etree._Element:
    rows = [HeatRow(key, label, f"/sources/{key}") for key in cells]
    return parsed(draw_heatmap(HeatMap(MONTHS, cells), rows, link))


def stretch(version: int, first: int, last: int, **told: object) -> Stretch:
    begin, end = START + timedelta(days=first), START + timedelta(days=last)
    seen = (Seen("archive", HOSTILE, begin, end, 2),)
    values: dict[str, object] = {"stated": None, "effective": None, "returned": False, "back_from": None}
    return Stretch(version, begin, end, seen, **(values | told))  # type: ignore[arg-type]


def weighed(day: int, severity: str, direction: str) -> Weighed:
    at = START + timedelta(days=day)
    return Weighed(f"id{day}", at, at, "history", severity != "none", severity, direction, [], HOSTILE)


def story() -> Timeline:
    return Timeline(
        "acme",
        HOSTILE,
        (
            stretch(1, 0, 100, stated="2022-02-01"),
            stretch(2, 101, 200, stated=HOSTILE),
            stretch(1, 400, 500, returned=True, back_from=0),
        ),
        (Gap(START + timedelta(days=200), START + timedelta(days=400)),),
        (weighed(101, "high", "weaker"), weighed(400, "low", "stronger"), weighed(450, "none", "neutral")),
        (Trouble("held", HOSTILE, START + timedelta(days=210), START + timedelta(days=211), 1),),
    )


LINKS = TimelineLinks(lambda ident: f"/changes/{ident}", lambda number: f"/versions/{number}")


def test_a_month_with_material_changes_is_a_link_that_says_in_words_what_happened() -> None:
    """It leads to the changes of that month; the title names source, month, number, direction and severity."""
    root = heat({7: {4: WEAKER}})
    cell = root.findall(f".//{SVG}a")[1]
    assert cell.get("href") == "/changes?source=7&since=2022-05-01&until=2022-05-31"
    assert cell.findtext(f"{SVG}title") == "Acme, May 2022: 2 material changes, at most high, 2 weaker; 1 more"


def test_weight_and_direction_of_a_cell_are_told_by_more_than_colour() -> None:
    """The number stands in the cell, and each direction has a shape of its own."""
    ways = {
        "weaker": ChangeCount(1, 1, weaker=1, weight=2),
        "stronger": ChangeCount(1, 1, stronger=1, weight=2),
        "mixed": ChangeCount(1, 1, mixed=1, weight=2),
        "neutral": ChangeCount(12, 12, weight=2),
    }
    root = heat({1: dict(enumerate(ways.values()))})
    symbols = [one for one in root.findall(f".//{SVG}defs/{SVG}g") if one.get("id") != QUIET]
    assert len({one.find(f"{SVG}path").get("d") for one in symbols}) == 4  # type: ignore[union-attr]
    assert sorted(one.findtext(f"{SVG}text") or "" for one in symbols) == ["1", "1", "1", "9+"]


def test_each_month_with_a_change_is_a_link_of_its_own_and_an_empty_one_is_nothing() -> None:
    """What is not material is drawn small, yet leads to its own month."""
    root = heat({1: {0: SMALL, 9: SMALL}, 2: {}})
    first, last = (MONTHS[at].words for at in (0, 9))
    assert [title.partition(": ")[0] for title in titles(root)] == [f"Acme, {first}", f"Acme, {last}"]
    assert len({one.get("href") for one in root.findall(f".//{SVG}g/{SVG}a") if one.find(f"{SVG}use") is not None}) == 2


def test_a_heat_map_of_fifty_sources_over_three_years_takes_less_than_20_kilobytes_on_the_wire() -> None:
    """A change every month and a half per source, every third of them material."""
    cells = {
        key: {at: WEAKER if (at + key) % 6 == 0 else SMALL for at in range(36) if (at + key) % 3 != 1}
        for key in range(50)
    }
    rows = [HeatRow(key, f"Vendor {key} Privacy Policy", f"/sources/vendor-{key}") for key in cells]
    assert len(gzip.compress(draw_heatmap(HeatMap(MONTHS, cells), rows, link).encode(), 6)) < 20_000


@pytest.mark.parametrize("linked", [True, False])
def test_hostile_text_is_text_in_every_picture(linked: bool) -> None:
    """Names, summaries, archives and dates neither end an element nor turn the writing direction."""
    trends = Trends(MONTHS, {Topic.SALE: {0: WEAKER}})
    drawn = [
        draw_heatmap(HeatMap(MONTHS, {1: {0: WEAKER, 1: SMALL}}), [HeatRow(1, HOSTILE, '/sources/"><b>')], link),
        draw_timeline(story(), UTC_ZONE, LINKS if linked else None),
        draw_trend(trends, Topic.SALE, lambda topic, period: f"/changes?topic={topic}&\"'<b>={period.name}"),
    ]
    for one in drawn:
        assert isinstance(one, Markup)
        assert allowed(parsed(one))
        assert "\u202e" not in one
        assert "\x1b" not in one


def test_a_trend_tells_weaker_from_stronger_by_place_and_hatch() -> None:
    """Stronger stands on the line, weaker hangs below it; the higher bar is the greater number."""
    counts = {0: ChangeCount(4, 4, weaker=2, stronger=2, weight=2), 3: ChangeCount(1, 1, stronger=1, weight=1)}
    root = parsed(draw_trend(Trends(MONTHS, {Topic.SALE: counts}), Topic.SALE, lambda topic, period: f"/{period.name}"))
    stronger = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "trend-stronger"]
    weaker = next(one for one in root.iter(f"{SVG}rect") if one.get("class") == "trend-weaker")
    assert [(one.get("y"), one.get("height")) for one in stronger] == [("22", "30"), ("37", "15")]
    assert (weaker.get("y"), weaker.get("height")) == ("52", "30")
    assert [one.get("href") for one in root.iter(f"{SVG}a")] == ["/2022-01", "/2022-04"]


def test_a_timeline_names_versions_gaps_returns_dates_troubles_and_changes() -> None:
    """Everything drawn says in its title what it is; only changes and versions lead somewhere."""
    root = parsed(draw_timeline(story(), UTC_ZONE, LINKS))
    told = titles(root)
    assert "Version 1, seen 2022-01-01 to 2022-04-11" in told
    assert "Nobody looked for 200 days, from 2022-07-20 to 2023-02-05" in told
    assert "Version 1 is back on 2023-02-05" in told
    assert "Version 1 says: last updated 2022-02-01; seen first on 2022-01-01" in told
    assert any(one.startswith("2022-04-12: high, weaker. ") for one in told)
    assert any(one.startswith("a text was held back (") for one in told)
    hrefs = [one.get("href") for one in root.iter(f"{SVG}a")]
    assert hrefs == ["/versions/1", "/versions/2", "/versions/1", "/changes/id400", "/changes/id101"]


def test_a_timeline_as_a_file_brings_its_colours_for_light_and_dark() -> None:
    """It is well-formed by itself, leads nowhere and loads nothing."""
    file = timeline_file(story(), UTC_ZONE)
    root = parsed(file)
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style
    assert "url(" not in style
    assert "--paper: #fdfdfb" in style
    assert not list(root.iter(f"{SVG}a"))


def test_a_timeline_of_a_thousand_versions_stays_small() -> None:
    """What would lie on top of each other is drawn once; a mark says how many changes it stands for."""
    stretches = tuple(
        stretch(number, 9 * number, 9 * number + 8, stated="2023-01-01", returned=number > 500, back_from=number % 500)
        for number in range(1_000)
    )
    changes = tuple(weighed(9 * number, "high", "weaker") for number in range(1_000))
    drawn = draw_timeline(Timeline("acme", "Acme", stretches, (), changes, ()), UTC_ZONE, LINKS)
    assert len(drawn.encode()) < 200_000
    assert any(title.endswith("more at this place)") for title in titles(parsed(drawn)))


def test_a_month_near_the_end_is_named_before_its_line() -> None:
    """Behind it the picture ends."""
    long = (stretch(1, 0, 2_038),)  # to 1 August 2027
    root = parsed(draw_timeline(Timeline("acme", "Acme", long, (), (), ()), UTC_ZONE, LINKS))
    (name,) = [one for one in root.iter(f"{SVG}text") if one.text == "2027-07"]
    assert (name.get("text-anchor"), float(name.get("x", "0")) > 900) == ("end", True)
    assert {one.get("text-anchor") for one in root.iter(f"{SVG}text") if one.text == "2025"} == {"start"}


def test_a_timeline_without_texts_says_so() -> None:
    """A source that was never seen has a picture too."""
    root = parsed(draw_timeline(Timeline("acme", "Acme", (), (), (), ()), UTC_ZONE))
    assert "No text has been seen yet." in [one.text for one in root.iter(f"{SVG}text")]


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(0, 700_000), min_size=1, max_size=30, unique=True),
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "America/St_Johns"]),
    name=st.text(max_size=40),
)
def test_any_history_gives_a_well_formed_picture_within_its_frame(days: list[int], zone: str, name: str) -> None:
    """One look, or two thousand years of them."""
    early = datetime(101, 1, 1, tzinfo=UTC)
    moments = [early + timedelta(days=day) for day in sorted(days)]
    stretches = tuple(
        Stretch(at, moment, moment, (Seen("live", None, moment, moment, 1),), None, None, False, None)
        for at, moment in enumerate(moments, 1)
    )
    root = parsed(draw_timeline(Timeline("acme", name, stretches, (), (), ()), ZoneInfo(zone)))
    places = [float(one.get("x", "0")) for one in root.iter(f"{SVG}rect")]
    assert all(0 <= place <= 960 for place in places)
    assert len(list(root.iter(f"{SVG}text"))) < 30
