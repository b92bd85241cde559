"""Finding the policies of sites: many layouts, ten languages, and traps."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from tests.hostile import HostileServer, hostile_server
from tests.support.sites import FOOTERS, document, document_in, home, html, links
from tests.world import World
from tracker.clock import Clock, ManualClock
from tracker.daemon.discovery.discovered import Cost, Discovery, Wanted, drafts_of, home_of
from tracker.daemon.discovery.discoveries import discover_all
from tracker.daemon.discovery.discovery import discover
from tracker.errors import ArchiveRateLimited, FetchError, RobotsForbidden, UsageError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.fetch.live import LiveFetcher
from tracker.fetch.memory import InMemoryFetcher
from tracker.fetch.model import Archive, FetchRequest, Page
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.sources.load import parse_sources
from tracker.sources.model import SourcesFile
from tracker.store.database import Database
from tracker.words import FailureKind

SITE = "https://brightmail.example"


@pytest.fixture
def site(clock: ManualClock) -> InMemoryFetcher:
    """A world of pages; what is not served is not there."""
    return InMemoryFetcher(clock)


def search(site: InMemoryFetcher, clock: Clock, *, archive: Archive | None = None, **cost: object) -> Discovery:
    """Look for the documents of Brightmail."""
    opened: Callable[[], Archive] | None = (lambda: archive) if archive else None
    return discover(Wanted("brightmail.example"), site, clock, archive=opened, cost=Cost(**cost))  # type: ignore[arg-type]


def likely(found: Discovery) -> list[tuple[str, str]]:
    return [(one.type, one.url.removeprefix(SITE)) for one in found.likely]


def test_links_of_the_footer_are_found_with_reason_and_confidence(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The surest come first, read and judged; the entries load; few requests are made."""
    site.serve(
        f"{SITE}/",
        home(("Privacy Policy", "/privacy"), ("Terms of Service", "/tos"), ("About", "/about"), ("Cookies", "/ck")),
    )
    site.serve(f"{SITE}/privacy", document("Privacy Policy", "Brightmail"))
    site.serve(f"{SITE}/tos", document("Terms of Service", "Brightmail", extra="You agree to these."))
    site.serve(f"{SITE}/ck", document("Cookie Policy", "Brightmail", extra="We use cookies."))
    found = search(site, clock)
    assert set(likely(found)) == {
        ("Privacy Policy", "/privacy"),
        ("Terms of Service", "/tos"),
        ("Trackers Policy", "/ck"),
    }
    assert found.requests == 4
    best = found.candidates[0]
    assert round(best.confidence, 2) == 0.99
    assert best.reasons[0] == "linked as “Privacy Policy” in the footer"
    assert "reads like a policy" in best.reason
    (drafts,) = drafts_of([found], SourcesFile(()))
    loaded = parse_sources("\n".join(draft.entry.as_toml() for draft in drafts), "s.toml", {})
    assert loaded.sources[0].id == "brightmail-privacy-policy"
    assert drafts[0].entry.as_toml().startswith("[[source]]\n# 99%: linked as")


@pytest.mark.parametrize("language", sorted(FOOTERS))
def test_ten_languages_are_read(language: str, site: InMemoryFetcher, clock: ManualClock) -> None:
    """Words of links and addresses tell privacy policy from terms; the entry has the language of the text."""
    privacy, terms = FOOTERS[language]
    site.serve(f"{SITE}/", home(privacy, terms, ("Team", "/x"), ("Shop", "/y"), language=language))
    for title, path in (privacy, terms):
        site.serve(SITE + path, document_in(language, title, "Brightmail"))
    found = search(site, clock)
    assert set(likely(found)) == {("Privacy Policy", privacy[1]), ("Terms of Service", terms[1])}
    assert {one.language for one in found.candidates} == {language}
    assert found.requests == 3


def test_the_mark_of_the_site_is_enough(site: InMemoryFetcher, clock: ManualClock) -> None:
    """`rel` values stand in for words, in the head as well."""
    head = "<link rel=privacy-policy href='/d/1'>"
    site.serve(
        f"{SITE}/", home(("Mehr", "/d/2"), head=head).replace('"/d/2"', '"/d/2" rel="terms-of-service nofollow"')
    )
    site.serve(f"{SITE}/d/1", document("Our word", "Brightmail"))
    site.serve(f"{SITE}/d/2", document("Our rules", "Brightmail"))
    assert set(likely(search(site, clock))) == {("Privacy Policy", "/d/1"), ("Terms of Service", "/d/2")}


def test_a_page_of_legal_links_is_followed(site: InMemoryFetcher, clock: ManualClock) -> None:
    """What the home page does not link itself."""
    site.serve(f"{SITE}/", home(("Legal", "/legal")))
    site.serve(f"{SITE}/legal", html(links([("Privacy Policy", "privacy"), ("Sub-processors", "subs")])))
    site.serve(f"{SITE}/privacy", document("Privacy Policy", "Brightmail"))
    assert likely(search(site, clock)) == [("Privacy Policy", "/privacy")]


def test_a_link_may_be_a_document_and_a_page_of_links(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The page of all legal texts that "Privacy" leads to is no policy, what it links is."""
    site.serve(f"{SITE}/", home(("Privacy", "/legal")))
    site.serve(f"{SITE}/legal", html(links([("Privacy Policy", "/legal/privacy"), ("Archived", "/legal/archive/1")])))
    site.serve(f"{SITE}/legal/privacy", document("Privacy Policy", "Brightmail"))
    assert likely(search(site, clock)) == [("Privacy Policy", "/legal/privacy")]


def test_old_versions_are_unlikely(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The document in force is what is followed."""
    old = [(f"{year} Privacy Policy", f"/legal/privacy-policy/year/{year}") for year in range(2010, 2026)]
    site.serve(f"{SITE}/", home(*old, ("Privacy Policy", "/legal/privacy-policy"), ("Archived Terms", "/old-terms")))
    for number, (_, path) in enumerate([("", "/legal/privacy-policy"), *old]):
        site.serve(SITE + path, document("Privacy Policy", "Brightmail", extra=f"Text {number}."))
    assert likely(search(site, clock))[0] == ("Privacy Policy", "/legal/privacy-policy")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bright Mail: mail that shines", "Bright Mail"),
        ("The best mail of all", "Brightmail"),
        ("", "Brightmail"),
        ("Mail with pleasure | brightmail", "brightmail"),
    ],
)
def test_the_organisation_is_called_as_its_site_calls_it(
    name: str, shown: str, site: InMemoryFetcher, clock: ManualClock
) -> None:
    """Without slogans, and only where it fits the domain: what a page says of itself names the source."""
    site.serve(f"{SITE}/", home(("Privacy", "/p"), head=f"<meta property='og:site_name' content='{name}'>"))
    assert search(site, clock).organisation == shown


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_many_sites_are_searched_until_a_stop_is_asked_for(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun by then is returned, and told of; the rest is left out."""
    world = World.build(database, clock, fetch_threads=1)
    stop = Event()
    wanted = [Wanted(f"v{number}.example") for number in range(5)]
    for one in wanted:
        world.fetcher.serve(f"https://{one.site}/", home())
    answer = world.fetcher.fetch

    def stop_at_the_third(request: FetchRequest) -> Page:
        if request.url == "https://v2.example/":
            stop.set()
        return answer(request)

    monkeypatch.setattr(world.fetcher, "fetch", stop_at_the_third)
    told: list[str] = []
    found = discover_all(world.runtime, wanted, stop=stop, progress=lambda done, of, one: told.append(one.wanted.site))
    assert [one.wanted.site for one in found] == sorted(told) == ["v0.example", "v1.example", "v2.example"]
    assert len(discover_all(world.runtime, wanted)) == 5


def test_a_picture_with_words_is_a_link_like_any_other(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The text of an image, or a label, says where a link leads."""
    site.serve(f"{SITE}/", html("<a href=/p1><img alt='Privacy Policy'></a><a href=/p2 aria-label='Terms of Use'></a>"))
    site.serve(f"{SITE}/p1", document("Privacy", "Brightmail"))
    site.serve(f"{SITE}/p2", document("Terms", "Brightmail"))
    assert set(likely(search(site, clock))) == {("Privacy Policy", "/p1"), ("Terms of Service", "/p2")}


def test_sitemaps_are_read_where_no_link_leads_to_a_privacy_policy(site: InMemoryFetcher, clock: ManualClock) -> None:
    """Those that robots.txt names, the ones of pages first, packed or not; addresses of others count for nothing."""
    site.serve(f"{SITE}/", html("<div id=app></div>"))
    site.serve(f"{SITE}/robots.txt", f"User-agent: *\nSitemap: {SITE}/map.xml\n", media_type="text/plain")
    names = ("a.xml", "b.xml", "c.xml", "d.xml", "pages.xml.gz")
    index = "".join(f"<sitemap><loc>{SITE}/map-{name}</loc></sitemap>" for name in names)
    site.serve(f"{SITE}/map.xml", f"<sitemapindex>{index}</sitemapindex>", media_type="application/xml")
    urls = (f"{SITE}/shoes", f"{SITE}/datenschutz", "https://other.example/privacy")
    pages = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    packed = gzip.compress(f"<urlset>{pages}</urlset>".encode())
    site.serve(f"{SITE}/map-pages.xml.gz", packed, media_type="application/x-gzip")
    site.serve(f"{SITE}/datenschutz", document("Privacy Policy", "Brightmail"))
    found = search(site, clock)
    assert likely(found) == [("Privacy Policy", "/datenschutz")]
    assert found.candidates[0].reasons[0] == "listed in the sitemap"
    asked = [request.url for request in site.requests]
    assert asked.index(f"{SITE}/map-pages.xml.gz") == 3
    assert not any("other.example" in url for url in asked)


def test_usual_paths_are_tried_in_the_language_of_the_site(site: InMemoryFetcher, clock: ManualClock) -> None:
    """Only where nothing else led anywhere."""
    site.serve(f"{SITE}/", html("<div id=app></div>", language="de-AT"))
    site.serve(f"{SITE}/datenschutz", document_in("de", "Datenschutzerklärung", "Brightmail"))
    found = search(site, clock)
    assert likely(found) == [("Privacy Policy", "/datenschutz")]


def test_the_index_of_an_archive_is_the_last_to_be_asked(site: InMemoryFetcher, clock: ManualClock) -> None:
    """A site whose pages say nothing: its archived addresses are looked at; a blocked archive is a note."""
    archive = InMemoryArchive("memory")
    archive.add(f"{SITE}/about/privacy-notice", datetime(2020, 1, 1, tzinfo=UTC), b"old")
    site.queue(f"{SITE}/", FetchError(FailureKind.BLOCKED, "a bot wall"))
    site.serve(f"{SITE}/about/privacy-notice", document("Privacy Notice", "Brightmail"))
    found = search(site, clock, archive=archive)
    assert likely(found) == [("Privacy Policy", "/about/privacy-notice")]
    assert found.candidates[0].reasons[0] == "archived by memory"
    assert found.notes[0].startswith("the home page cannot be had")
    site.queue(f"{SITE}/", FetchError(FailureKind.BLOCKED, "a bot wall"))
    archive.fail(ArchiveRateLimited("slow down", 60))
    assert "the archive's index cannot be asked: slow down" in search(site, clock, archive=archive).notes


def test_a_page_that_is_no_policy_is_not_offered(site: InMemoryFetcher, clock: ManualClock) -> None:
    """A login page, an error page with status 200 and a missing one stand behind links that look right."""
    site.serve(f"{SITE}/", home(("Privacy Policy", "/p"), ("Terms of Service", "/t"), ("Cookie Policy", "/c")))
    site.serve(f"{SITE}/p", html("<main><h1>Log in</h1><p>Please log in to continue.</p></main>", title="Log in"))
    site.serve(f"{SITE}/t", html("<main><p>Sorry, page not found.</p></main>", title="Page not found"))
    found = search(site, clock)
    assert likely(found) == []
    assert any("HTTP 404" in one.reason for one in found.rejected)


def test_settings_posts_and_files_are_no_documents(site: InMemoryFetcher, clock: ManualClock) -> None:
    """Links that speak of privacy without leading to a policy are at most unlikely."""
    site.serve(
        f"{SITE}/",
        home(
            ("Cookie settings", "/prefs"),
            ("Our thoughts on the new privacy law", "/blog/privacy-law"),
            ("Privacy", "/privacy.png"),
            ("In terms of speed we are unmatched by any other mail service", "/speed"),
        ),
    )
    found = search(site, clock)
    assert likely(found) == []
    assert f"{SITE}/privacy.png" not in [request.url for request in site.requests]


def test_a_policy_of_somebody_else_is_not_taken_for_the_sites_own(site: InMemoryFetcher, clock: ManualClock) -> None:
    """A captcha's notice links its maker's policy; one that a host of policies keeps for the site speaks of it."""
    theirs, hosted = "https://captcha.example/privacy", "https://policies.example/view/123"
    site.serve(f"{SITE}/", home(("Privacy Policy", theirs), ("Privacy Policy", hosted)))
    site.serve(theirs, document("Privacy Policy", "Captchas"))
    site.serve(hosted, document("Privacy Policy", "Brightmail"))
    found = search(site, clock)
    assert [one.url for one in found.likely] == [hosted]
    assert "is on policies.example" in found.likely[0].reasons
    (rejected,) = [one for one in (*found.candidates, *found.rejected) if one.url == theirs]
    assert rejected.reasons[-1] == "is on captcha.example and does not speak of Brightmail"


def test_one_text_under_two_addresses_is_offered_once(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The other is named as the same."""
    site.serve(f"{SITE}/", home(("Privacy Policy", "/privacy"), ("Data protection", "/data-protection")))
    for path in ("/privacy", "/data-protection"):
        site.serve(SITE + path, document("Privacy Policy", "Brightmail"))
    found = search(site, clock)
    assert likely(found) == [("Privacy Policy", "/privacy")]
    assert found.rejected[0].reasons[-1] == f"is the same text as {SITE}/privacy"


def test_what_robots_txt_forbids_is_named_and_not_looked_at(site: InMemoryFetcher, clock: ManualClock) -> None:
    """The link is still worth a look of a person."""
    site.serve(f"{SITE}/", home(("Privacy Policy", "/privacy")))
    site.queue(f"{SITE}/privacy", RobotsForbidden("robots.txt asks us not to"))
    found = search(site, clock)
    (one,) = [one for one in found.candidates if one.url == f"{SITE}/privacy"]
    assert (one.words, "robots.txt" in one.reason) == (None, True)


def test_a_link_farm_costs_no_more_than_a_site(site: InMemoryFetcher, clock: ManualClock) -> None:
    """Thousands of links that all claim to be the privacy policy: few requests are made, the footer's is found."""
    farm = links((f"Privacy Policy {number}", f"/f/{number}/privacy") for number in range(20_000))
    site.serve(f"{SITE}/", html(f"<main>{farm}</main><footer><a href=/privacy>Privacy Policy</a></footer>"))
    site.serve(f"{SITE}/privacy", document("Privacy Policy", "Brightmail"))
    found = search(site, clock)
    assert likely(found)[0] == ("Privacy Policy", "/privacy")
    assert len(site.requests) <= 24


def test_time_that_is_up_ends_the_search_with_what_was_found(site: InMemoryFetcher, clock: ManualClock) -> None:
    """No request follows; what was not looked at says so."""
    site.serve(f"{SITE}/", home(("Privacy Policy", "/privacy")))
    assert search(site, clock, time=timedelta(0)).notes[0].startswith("ended early")
    found = search(site, clock, requests=1)
    assert len(site.requests) == 1
    assert found.candidates[0].reasons[-1] == "not looked at"


def test_other_spellings_of_a_domain_are_tried(site: InMemoryFetcher, clock: ManualClock) -> None:
    """`www.` where the bare domain does not answer."""
    site.queue(f"{SITE}/", FetchError(FailureKind.DNS, "no such name"))
    site.serve("https://www.brightmail.example/", home(("Privacy", "/privacy")))
    site.serve("https://www.brightmail.example/privacy", document("Privacy Policy", "Brightmail"))
    found = search(site, clock)
    assert found.home == "https://www.brightmail.example/"
    assert [one.url for one in found.likely] == ["https://www.brightmail.example/privacy"]


@pytest.mark.parametrize(
    "site_name", ["", "no spaces.example", "ftp://a.example", "localdomain", "a" * 90 + ".example"]
)
def test_what_is_no_domain_is_refused(site_name: str) -> None:
    """Before anything is asked."""
    with pytest.raises(UsageError, match="is no domain"):
        home_of(site_name)


@pytest.fixture
def live(clock: ManualClock) -> LiveFetcher:
    settings = Settings(allow_private_addresses=True, host_delay=0, max_bytes=2_000_000)
    return LiveFetcher(settings, clock, ThreadPacer(clock))


def bomb(server: HostileServer) -> None:
    """Serve sitemaps that unpack to more than anybody reads, or lead in circles."""
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    server.page(
        "/entities.xml", f"{entities}]><urlset><url><loc>&j;</loc></url></urlset>".encode(), Content_Type="text/xml"
    )
    zeros = gzip.compress(b"<urlset>" + b"<url><loc></loc></url>" * 1_000_000)
    server.page("/big.xml", zeros, Content_Type="text/xml", Content_Encoding="gzip")
    server.page("/big.xml.gz", zeros, Content_Type="application/gzip")
    circle = f"<sitemapindex><sitemap><loc>{server.url('/circle.xml')}</loc></sitemap></sitemapindex>"
    server.page("/circle.xml", circle.encode(), Content_Type="text/xml")


def test_sitemap_bombs_and_circles_cost_little(live: LiveFetcher, clock: ManualClock) -> None:
    """Entities are not expanded, sizes are capped, each sitemap is asked once; the usual path is found all the same."""
    with hostile_server() as server:
        bomb(server)
        server.page("/", html("<div id=app></div>").encode())
        named = "\n".join(
            f"Sitemap: {server.url(path)}" for path in ("/entities.xml", "/big.xml", "/big.xml.gz", "/circle.xml")
        )
        server.page("/robots.txt", named.encode(), Content_Type="text/plain")
        server.page("/privacy", document("Privacy Policy", "Brightmail").encode())
        found = discover(Wanted(server.url("/"), "Brightmail"), live, clock)
        assert [one.url for one in found.likely] == [server.url("/privacy")]
        paths = [path for path, _ in server.seen]
        assert paths.count("/circle.xml") == 1
    live.close()


def test_a_redirect_to_another_site_is_somebody_elses_page(live: LiveFetcher, clock: ManualClock) -> None:
    """The link is the site's own, the page it leads to is not, and speaks of another company."""
    with hostile_server() as server:
        away = server.url("/theirs").replace("127.0.0.1", "localhost")
        server.page("/", home(("Privacy Policy", "/privacy")).encode())
        server.page("/privacy", b"", 302, Location=away)
        server.page("/theirs", document("Privacy Policy", "Parking Lot").encode())
        found = discover(Wanted(server.url("/"), "Brightmail"), live, clock)
        assert found.likely == []
        assert any("does not speak of Brightmail" in one.reason for one in (*found.candidates, *found.rejected))
    live.close()


def test_a_private_address_named_by_a_page_is_not_asked(clock: ManualClock) -> None:
    """The fetcher's rules on addresses hold for everything a page names."""
    guarded = LiveFetcher(Settings(host_delay=0), clock, ThreadPacer(clock))
    with hostile_server() as server:
        server.page("/privacy", document("Privacy Policy", "Brightmail").encode())
        found = discover(Wanted(server.url("/")), guarded, clock)
        assert server.seen == []
        assert "forbidden_address" in found.notes[0]
    guarded.close()
