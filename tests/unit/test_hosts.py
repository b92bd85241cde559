"""Hosts of web addresses, and whether two are the same."""

import pytest

from tracker.hosts import host_of, is_public_address, is_within, origin_of, page_of, port_of, server_of, site_of

NONE = ("", "no address", "https://", "http://[")
NO_PORT = ("https://a.example:port/", "https://a.example:99999/")


@pytest.mark.parametrize(
    ("url", "host", "site", "server"),
    [
        ("https://A.Example/x", "a.example", "a.example", "a.example"),
        ("http://www.a.example./", "www.a.example.", "a.example", "www.a.example."),
        ("https://a.example:443/", "a.example", "a.example", "a.example"),
        ("http://a.example:443/", "a.example", "a.example", "a.example"),
        ("http://a.example:8080/", "a.example", "a.example", "a.example:8080"),
        ("https://user:secret@a.example/", "a.example", "a.example", "a.example"),
        ("//a.example/x", "a.example", "a.example", "a.example"),
        *((url, "", "", "") for url in NONE),
        *((url, "a.example", "a.example", "") for url in NO_PORT),
    ],
)
def test_an_address_names_a_host(url: str, host: str, site: str, server: str) -> None:
    assert (host_of(url), site_of(url), server_of(url)) == (host, site, server)


@pytest.mark.parametrize(
    ("url", "port"), [("http://a.example", 80), ("https://a.example", 443), ("https://a.example:8443/", 8443)]
)
def test_a_port_is_asked_though_none_is_named(url: str, port: int) -> None:
    assert port_of(url) == port


def test_what_is_no_port_is_said() -> None:
    with pytest.raises(ValueError, match="port"):
        port_of("https://a.example:port/")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://A.example/x") == origin_of("https://a.example:443/y") == ("https", "a.example", 443)
    assert origin_of("http://a.example/") != origin_of("https://a.example/")
    assert {origin_of(url) for url in (*NONE, *NO_PORT)} == {("", "", 0)}


@pytest.mark.parametrize(
    "url", ["http://a.example/x", "https://www.a.example/x/", "https://a.example:443/x", "https://A.EXAMPLE/x#part"]
)
def test_one_page_has_many_forms(url: str) -> None:
    assert page_of(url) == "a.example/x"


@pytest.mark.parametrize("url", ["https://a.example/x?y", "https://a.example/X", "https://a.example:8080/x"])
def test_other_pages_are_others(url: str) -> None:
    assert page_of(url) != "a.example/x"


@pytest.mark.parametrize(
    ("host", "domain", "within"),
    [
        ("a.example", "a.example", True),
        ("b.a.example", "a.example", True),
        ("ba.example", "a.example", False),
        ("example", "a.example", False),
        ("a.example", "", False),
        ("", "", False),
    ],
)
def test_a_host_lies_within_a_domain_or_does_not(host: str, domain: str, within: bool) -> None:
    assert is_within(host, domain) is within


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("ftp://a.example/x", False),
        ("javascript:alert(1)", False),
        ("https://user@a.example/", False),
        ("https://user:secret@a.example/", False),
        *((url, False) for url in (*NONE, *NO_PORT)),
    ],
)
def test_only_web_addresses_without_a_login_are_public(url: str, public: bool) -> None:
    assert is_public_address(url) is public
