"""The parts of an evidence bundle that people read: the redline as one HTML file, and what the bundle is."""

from collections.abc import Sequence
from html import escape

from tracker.compare.model import ClauseChange
from tracker.compare.redline import Op, redline
from tracker.history.redlined import Fate, Line, lines_of
from tracker.store.texts.versions import StoredClause

#: No script, no request, no form: the file may be opened anywhere. The style sheet is the only thing allowed.
_HEAD = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }}
del {{ background: #fdd; color: #600 }}
ins {{ background: #dfd; color: #040 }}
p[data-fate] {{ border-left: 4px solid #888; padding-left: .7rem }}
p[data-fate]::before {{ content: attr(data-fate) ": "; font: bold .8rem sans-serif }}
</style>
</head>
<body>
<h1>{title}</h1>
"""

_MARKS = {Op.EQUAL: "{}", Op.DELETE: "<del>{}</del>", Op.INSERT: "<ins>{}</ins>"}

README = """EVIDENCE OF A CHANGE IN A PUBLISHED TEXT

This bundle shows what one web page said before and after it changed, and how
that is known. It was written by the program "tracker".

What is in it
  change.json       Which text, when its old words were seen last, when its new
                    words were seen first, how the change was judged, and where
                    a public archive keeps a copy of the page ("copies").
  redline.html      Both texts in one, with what was removed and inserted. Open
                    it in any browser; it asks nothing of the network.
  before/, after/   For each of the two texts:
    text.md           the words, to read;
    clauses.json      the same words clause by clause, as they were compared;
    captures/N.body   the page exactly as the server sent it (a web page, a
                      PDF ...), content and transfer codings removed;
    captures/N.json   address, time, status and headers of the answer.
                      Where the headers name ":rendered-by", N.body is what
                      that browser made of the answer before it, whose hash
                      stands in ":rendered-from".
  chain.json        The link of every capture of this source from the first one
                    above to the newest. Each holds the hash of the one before,
                    so that no capture can be altered or left out unseen.
  manifest.json     Size and SHA-256 of every file above.
  manifest.tsr      Where there is one: a time stamp over manifest.json that an
                    authority signed (RFC 3161).

How to check it
  "tracker verify FILE.zip" recomputes every hash; it needs nothing but this
  file. Without the program: compare the SHA-256 of each file with
  manifest.json, and that of each captures/N.body with "payload_sha256" in
  captures/N.json. The hash of a link is the SHA-256 of its JSON without
  "chain_hash", keys sorted, no spaces, other than ASCII escaped. A time stamp
  is checked by "tracker verify FILE.zip --trust ROOTS.pem", or without the
  program by "openssl ts -verify -data manifest.json -in manifest.tsr -CAfile
  ROOTS.pem", where ROOTS.pem holds the certificates of its authority.

What it does not show
  Between "last_seen_before" and "first_seen_after" the page was not looked at:
  the words changed at some time between. Hashes show that the bundle fits
  together, not when it was made. That shows the time stamp, if there is one;
  otherwise keep the SHA-256 of manifest.json where it carries a date of its
  own (a notary, an e-mail).
  The judgement in change.json is the program's, not legal advice.
"""


def redline_page(
    title: str,
    language: str,
    changes: Sequence[ClauseChange],
    before: Sequence[StoredClause],
    after: Sequence[StoredClause],
) -> str:
    """Return both texts as one HTML page without anything that is run or loaded; every word of them is escaped."""
    parts = [_HEAD.format(language=escape(language), title=escape(title))]
    parts += [_line(line) for line in lines_of(changes, before, after)]
    return "".join([*parts, "</body>\n</html>\n"])


def _line(line: Line) -> str:
    if line.fate is Fate.SAME:
        return f"<p>{escape(line.after)}</p>\n"
    pieces = "".join(_MARKS[op].format(escape(text)) for op, text in redline(line.before, line.after))
    return f'<p data-fate="{escape(line.fate.value)}">{pieces}</p>\n'
