"""Redlines as HTML: what is gone and what came, said in marks, in colour and in words for who hears the page."""

from markupsafe import Markup, escape

from tracker.compare.redline import Op, redline

_GONE = Markup('<del><span class="visually-hidden">removed: </span>{}</del>')
_CAME = Markup('<ins><span class="visually-hidden">inserted: </span>{}</ins>')


def inline(before: str, after: str) -> Markup:
    """Return both texts in one, word by word."""
    return Markup("").join(_piece(op, text) for op, text in redline(before, after))


def old_side(before: str, after: str) -> Markup:
    """Return the old text with what is gone marked."""
    return Markup("").join(_piece(op, text) for op, text in redline(before, after) if op is not Op.INSERT)


def new_side(before: str, after: str) -> Markup:
    """Return the new text with what came marked."""
    return Markup("").join(_piece(op, text) for op, text in redline(before, after) if op is not Op.DELETE)


def _piece(op: Op, text: str) -> Markup:
    if op is Op.EQUAL:
        return escape(text)
    return (_GONE if op is Op.DELETE else _CAME).format(text)
