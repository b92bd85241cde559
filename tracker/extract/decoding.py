"""Bytes to characters, by BOM, HTTP header and meta element, never failing."""

import codecs
import re

_META = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,500}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: What browsers read under these labels (WHATWG Encoding).
_READ_AS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-9": "cp1254"}


def decode(body: bytes, charset: str | None = None, *, html: bool = False) -> str:
    """Return the characters of `body`.

    A BOM decides; else text that is valid UTF-8 is UTF-8, whatever is declared; else the HTTP charset, then that of the
    page's meta element, then windows-1252. What cannot be decoded becomes U+FFFD. NUL characters are dropped.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace").replace("\0", "")
    declared = _META.search(body[:4096]) if html else None
    labels = [charset or "", declared.group(1).decode("ascii") if declared else ""]
    names = [name for name in map(_codec, labels) if name]
    # Seven-bit and 16-bit encodings are valid UTF-8 byte for byte, so a declaration has to be believed for them.
    if not any(name.startswith(("utf-16", "utf-32", "iso2022", "hz")) for name in names):
        try:
            return body.decode("utf-8").replace("\0", "")
        except UnicodeDecodeError:
            names = [name for name in names if name != "utf-8"] or (["utf-8"] if names else [])
    for name in [*names[:1], "cp1252"]:
        try:
            return body.decode(name, "replace").replace("\0", "")
        except (UnicodeError, LookupError):
            continue
    return body.decode("latin-1").replace("\0", "")


def _codec(label: str) -> str | None:
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in (
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
    ):
        return None
    return _READ_AS.get(info.name, info.name)
