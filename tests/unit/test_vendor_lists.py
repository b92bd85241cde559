"""Lists of vendors: read as spreadsheets write them, every mistake with its line and column."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.daemon.discovery.discovered import home_of
from tracker.errors import VendorListError
from tracker.sources.vendors import Vendor, read_accepted, read_vendors


def saved(folder: Path, text: str | bytes) -> Path:
    path = folder / "v.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "vendor,domain,owner,tag\nAcme,acme.example,kim,hr\n",
        "Tags;Company Name;Web-Address;Vendor Owner;Notes\r\nhr;Acme;acme.example;kim;none\r\n",
        "\ufeffDomain\tSupplier\tOWNER\tLabels\nacme.example/\tAcme\tkim\thr\n",
        "Vendor,Domain,Owner,Tag\nAcme,acme.example,kim,hr\n".encode("utf-16"),
        "\ufeffsep=;\r\nVendor;Domain;Owner;Tag\r\nAcme;acme.example;kim;hr\r\n",
        "sep=\t\nVendor\tDomain\tOwner\tTag\nAcme\tacme.example\tkim\thr\n",
        "\r\n;;;;\r\nVendor;Domain;Owner;Tag\r\nAcme;acme.example;kim;hr\r\n",
        '"Notes (what, when, why,\nhow, who)";Vendor;Domain;Owner;Tag\n,;Acme;acme.example;kim;hr\n',
    ],
)
def test_headings_go_by_many_names_in_any_order(text: str | bytes, tmp_path: Path) -> None:
    """Commas, semicolons or tabs; UTF-8 or UTF-16; columns that nobody needs are passed over."""
    (vendor,) = read_vendors(saved(tmp_path, text)).vendors
    assert (vendor.name, vendor.site, vendor.tags) == ("Acme", "acme.example", ("hr", "owner:kim"))


def test_a_list_of_windows_is_read_in_its_code_page(tmp_path: Path) -> None:
    """What is not UTF-8 is what spreadsheets save there."""
    (vendor,) = read_vendors(saved(tmp_path, "Firma;Webseite\nMüller;mueller.example\n".encode("cp1252"))).vendors
    assert vendor.name == "Müller"


def test_every_mistake_has_its_line_and_the_heading_of_its_column(tmp_path: Path) -> None:
    """All at once; quoted line ends count as lines of the file."""
    text = (
        'Vendor,Website\n"Two\nlines",two.example\nNone,\nBad,not a domain\nIp,10.0.0.1\nToo,many.example,cells,here\n'
    )
    with pytest.raises(VendorListError) as caught:
        read_vendors(saved(tmp_path, text))
    assert [(problem.line, problem.field) for problem in caught.value.problems] == [
        (4, "Website"),
        (5, "Website"),
        (6, "Website"),
        (7, ""),
    ]
    assert '"not a domain" is no domain (write one like example.com)' in str(caught.value)


def test_a_list_without_a_column_of_domains_says_what_to_call_it(tmp_path: Path) -> None:
    """Line 1 is named."""
    with pytest.raises(VendorListError, match=r"v\.csv:1: no column names the domain"):
        read_vendors(saved(tmp_path, "vendor,phone\nAcme,1\n"))


@pytest.mark.parametrize("text", ["", "domain\n", "domain\n\n , \n"])
def test_a_list_of_nobody_is_a_mistake(text: str, tmp_path: Path) -> None:
    """Nothing would come of it."""
    with pytest.raises(VendorListError):
        read_vendors(saved(tmp_path, text))


def test_a_site_is_the_same_in_the_letters_of_its_script_and_in_ascii(tmp_path: Path) -> None:
    """Or it would be looked through twice, and its documents proposed twice."""
    text = (
        "domain\nb\u00fccher.example\nxn--bcher-kva.example\nhttps://www.B\u00dcCHER.example/\n"
        "b\u00fccher.example:8443\n"
    )
    found = read_vendors(saved(tmp_path, text))
    assert [vendor.site for vendor in found.vendors] == ["b\u00fccher.example", "b\u00fccher.example:8443"]
    assert len(found.notes) == 2


def test_a_site_on_several_lines_is_taken_once_with_the_tags_of_all(tmp_path: Path) -> None:
    """`www.`, case and scheme count for nothing; the note names both lines."""
    found = read_vendors(saved(tmp_path, "name,url,tag\nA,a.example,x\nA,https://www.A.example/,y\n"))
    assert found.vendors == (Vendor(2, "A", "a.example", ("x", "y")),)
    assert "v.csv:3" in found.notes[0]
    assert "line 2" in found.notes[0]


@pytest.mark.parametrize(
    ("site", "fine"),
    [
        ("acme.example", True),
        ("acme.example:8080", True),
        ("müller.example", True),
        ("https://acme.example/de/", True),
        ("http://127.0.0.1:80/", True),
        ("acme", False),
        ("http://acme/", False),
        ("a" * 64 + ".example", False),
        ("acme.example/path", False),
        ("kim@acme.example", False),
        ("http://kim:pw@acme.example/", False),
        ("acme.example, bird.example", False),
        ("1.2.3.4", False),
    ],
)
def test_a_site_is_a_domain_or_the_address_of_a_home_page(site: str, fine: bool, tmp_path: Path) -> None:
    """What is taken here is taken by the search as well."""
    path = saved(tmp_path, f'domain\n"{site}"\n')
    if fine:
        assert home_of(read_vendors(path).vendors[0].site)
    else:
        with pytest.raises(VendorListError, match="is no domain"):
            read_vendors(path)


REVIEW = "accept,vendor,domain,type,document url,tags,language,id\n"


def test_accepted_lines_become_entries(tmp_path: Path) -> None:
    """The others are left alone, whatever they hold; the apostrophe before a formula is taken off."""
    text = REVIEW + (
        'yes,\'=Acme,a.example,privacy policy,https://a.example/p,"hr, owner:kim",de,acme\n'
        "no,B,b.example,nonsense,nowhere,,,\n"
        "X,C,c.example,Imprint,https://c.example/i,,,\n"
    )
    first, second = read_accepted(saved(tmp_path, text))
    assert (first.id, first.name, first.type, first.tags) == (
        "acme",
        "=Acme Privacy Policy",
        "Privacy Policy",
        ("hr", "owner:kim"),
    )
    assert (first.language, second.language, second.id, second.min_words) == ("de", "", "", 15)


def test_mistakes_of_accepted_lines_are_named(tmp_path: Path) -> None:
    """Address, type, id and an unclear decision."""
    text = REVIEW + "yes,A,a.example,Poem,ftp://a.example/,,,A b\nmaybe,B,b.example,Imprint,https://b.example/,,,\n"
    with pytest.raises(VendorListError) as caught:
        read_accepted(saved(tmp_path, text))
    assert [(problem.line, problem.field) for problem in caught.value.problems] == [
        (2, "document url"),
        (2, "id"),
        (2, "type"),
        (3, "accept"),
    ]


@given(st.text(alphabet='ab.,;"\n\r\t=x\0é') | st.binary(max_size=80))
def test_junk_is_read_or_refused(tail: str | bytes) -> None:
    """Whatever the file holds."""
    from tempfile import TemporaryDirectory

    data = b"domain,vendor\n" + (tail.encode() if isinstance(tail, str) else tail)
    with TemporaryDirectory() as folder, suppress(VendorListError):
        assert read_vendors(saved(Path(folder), data)).vendors
