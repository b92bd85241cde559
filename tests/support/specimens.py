# ruff: noqa: E501  (inputs stand as they come)
"""Sound inputs of every sort the tracker reads, and the damage done to them in tests.

A damaged specimen gets deeper into a parser than noise does: most of it is still what the parser expects.
"""

import gzip
import json
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

from tests.support.pdfs import pdf_of

PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Privacy Policy</title>
<style>p{color:red}</style></head><body><nav><a href="/">Home</a></nav><main><h1>Privacy Policy</h1>
<p>Last updated: <b>1 March 2024</b>. We collect your <em>name</em> and e-mail address&nbsp;&amp; phone.</p>
<ol start="3"><li>We share it with <a href="https://p.example/x">partners</a><ul><li>for adverts</li></ul></li></ol>
<table><thead><tr><th>Vendor</th><th>Purpose</th></tr></thead><tbody><tr><td rowspan=2>Acme</td><td>Mail</td></tr>
<tr><td>Hosting<br>and backups</td></tr></tbody></table><details><summary>More</summary><p>We keep it 30 days.</p>
</details><template><p>hidden</p></template><script>var a = "</p>";</script></main><footer>Imprint</footer></body></html>"""
MARKDOWN = b"""# Privacy Policy

Last updated: 1 March 2024

1. We collect your **name** and [address](https://a.example "t").
   - also your `phone`

| Vendor | Purpose |
| --- | --- |
| Acme \\| Co | Mail |

> A quote &amp; more

Setext
------

![x](y) <b>html</b> * item
"""
TEXT = b"PRIVACY POLICY\r\n\r\n1. What we collect\r\n   Your name and address,\r\n   and your phone.\r\n\r\n\x0c- one\r\n- two\r\n"
PDF = pdf_of(
    [
        (760, "Acme Privacy Policy"),
        (700, "We collect your name and"),
        (686, "address, and we keep it."),
        (40, "Page 1"),
    ],
    [(700, "We sell nothing."), (40, "Page 2")],
)
INDEX_OF_IA = json.dumps(
    [
        ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"],
        ["com,acme)/p", "20200131102030", "https://acme.example/p", "text/html", "200", "ABCDEF", "1234"],
        ["com,acme)/p", "20210131102030", "http://acme.example:80/p", "warc/revisit", "-", "ABCDEF", "-"],
    ]
).encode()
INDEX_OF_PYWB = b"\n".join(
    json.dumps({"urlkey": "com,acme)/p", "timestamp": f"20{year}0131102030", "url": "https://acme.example/p",
                "mime": "text/html", "status": "200", "digest": "ABC", "length": "12", "offset": "0"}).encode()
    for year in (19, 20, 21)
)  # fmt: skip
SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://acme.example/privacy</loc><lastmod>2024-01-01</lastmod></url><url><loc>/terms</loc></url></urlset>"""
SOURCES = b"""[defaults]
schedule = { every = "12h", jitter = 0.1 }

[[route]]
name = "ops"
url = "mailto://alerts@acme.example"
severity = "medium"
topics = ["sale", "ai_training"]
quiet = ["22:00-07:00"]
time_zone = "Europe/Paris"
limit = "10/1h"

[[archive]]
name = "own"
dialect = "pywb"
cdx = "https://archive.acme.example/all/cdx"
replay = "https://archive.acme.example/all/"

[[source]]
id = "acme-privacy"
name = "Acme Privacy Policy"
organisation = "Acme"
type = "Privacy Policy"
url = "https://acme.example/privacy"
select = ["main", { start_after = "h1", end_before = "footer" }]
remove = [".ad"]
tags = ["vendor"]
routes = ["ops"]
schedule = { cron = "0 6 * * *" }
backfill = { archives = ["own"], since = 2019-01-01, every = "30d" }

[[source.earlier]]
url = "https://acme.example/old"
until = 2020-01-01
"""
SETTINGS = b"""database_url = "sqlite:///x.sqlite"
sources = "sources.toml"
contact = "privacy@acme.example"
time_zone = "Europe/Berlin"
fetch_threads = 4
lexicon_overlays = ["words"]
allow_private_addresses = false
"""
VENDORS = 'Vendor;Website;Owner;Tag\r\n"Acme, Inc.";acme.example;kim;hr, it\r\nMüller;https://mueller.example/x;;\r\n'.encode()
DECLARATION = json.dumps(
    {
        "name": "Acme",
        "terms": {
            "Privacy Policy": {
                "fetch": "https://acme.example/privacy", "select": ["main", {"startBefore": "h1", "endAfter": "p"}],
                "remove": ".ad", "filter": ["clean"],
            },
            "Terms of Service": {"combine": [{"fetch": "https://acme.example/a", "select": "b"}, {"fetch": "https://acme.example/c"}]},
        },
    }
).encode()  # fmt: skip
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n<p>Ac\r\n6\r\nme</p>\r\n0\r\n\r\n"
)
RECORD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <https://acme.example/p>\r\n"
    b"WARC-Date: 2020-01-31T10:20:30Z\r\nWARC-Record-ID: <urn:uuid:0>\r\nContent-Type: application/http\r\n"
    b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(_RESPONSE), _RESPONSE)
)
WARC = gzip.compress(RECORD) + gzip.compress(RECORD)
HEADERS = b"Wed, 21 Oct 2026 07:28:00 GMT"

#: What may be put anywhere: the words, brackets and numbers that parsers turn on.
TOKENS = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"<", b">", b"</", b"<table>", b"<tr><td rowspan=9999 colspan=9999>", b"<select>",
    b"<!--", b"]]>", b"<![CDATA[", b"<template>", b"<svg><style>", b"&#x110000;", b"&#0;", b"&", b"[", b"]", b"{", b"}", b"[[", b"]](", b"(", b"\"", b"'",
    b"'''", b"=", b",", b";", b"|", b"| --- |", b"`", b"~~~", b"\\", b"#", b"-", b"-1", b"0", b"99999999999999999999", b"1e999", b"NaN", b"null", b"true",
    b"\xe2\x80\xae", b"\xf0\x9f\x92\xa9", b"\xed\xa0\x80", b"obj", b"endobj", b"stream", b"endstream", b"/Kids [2 0 R]", b"/Length -1", b"/Filter /FlateDecode",
    b"/Contents 1 0 R", b"trailer", b"xref", b"%%EOF", b"Content-Length: 99999999999", b"Content-Encoding: br", b"Transfer-Encoding: chunked", b"file:///etc/passwd",
    b"http://169.254.169.254/", b"javascript:alert(1)", b"2020-13-45", b"99999999999999", b"0000-00-00T00:00:00Z", b"(?P<a>a+)+$", b"{% include 'x' %}", b"${HOME}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blow:
    """One damage: where in the specimen (0 to 1), to how many bytes, and with what."""

    kind: Literal["cut", "insert", "repeat", "swap", "flip"]
    at: float
    size: int
    token: bytes

    def on(self, data: bytes) -> bytes:
        """Return the specimen with this damage."""
        at = int(self.at * len(data))
        end = min(len(data), at + self.size)
        if self.kind == "cut":
            return data[:at] + data[end:]
        if self.kind == "insert":
            return data[:at] + self.token + data[at:]
        if self.kind == "repeat":
            return data[:end] + data[at:end] * 40 + data[end:]
        if self.kind == "swap":
            return data[end:] + data[:end]
        return data[:at] + bytes(byte ^ 0x55 for byte in data[at:end]) + data[end:]


BLOWS = st.lists(
    st.builds(
        Blow,
        st.sampled_from(["cut", "insert", "insert", "repeat", "swap", "flip"]),
        st.floats(0, 1),
        st.integers(1, 60),
        st.sampled_from(TOKENS) | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=8,
)


def damaged(specimen: bytes, blows: list[Blow]) -> bytes:
    """Return a specimen with all damages, one after the other."""
    for blow in blows:
        specimen = blow.on(specimen)
    return specimen
