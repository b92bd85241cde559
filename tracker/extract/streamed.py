"""Pages that a server streams: parts that were late stand hidden at the end, and a script moves them into their place.

Frameworks that render on the server send the page at once with placeholders (`<template id="B:0">`), then each late
part in a hidden element with a call that names both. A reader without scripts would miss these parts.
"""

import re

from lxml import etree

#: A call such as `$RC("B:0","S:0")`: first the placeholder's id, then the part's; `$RS` names them the other way.
_CALL = re.compile(r"\$R([A-Z])\(\s*\"([^\"\\]{1,80})\"\s*,\s*\"([^\"\\]{1,80})\"")
_MOST = 2_000  #: parts of one page


def put_in_place(root: etree._Element) -> None:
    """Move streamed parts of a page to where they are displayed; call it before scripts are taken out."""
    pairs = _pairs(root)
    if not pairs:
        return
    by_id = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    for placeholder_id, part_id in pairs[:_MOST]:
        placeholder, part = by_id.get(placeholder_id), by_id.get(part_id)
        # Ids are the page's word: only a hidden element goes, only to a placeholder, and never into itself.
        if placeholder is None or part is None or placeholder.tag != "template" or part.get("hidden") is None:
            continue
        parent = placeholder.getparent()
        if parent is None or part.getparent() is None or part in placeholder.iterancestors():
            continue
        _move(part, parent, parent.index(placeholder))


def _pairs(root: etree._Element) -> list[tuple[str, str]]:
    found = []
    for script in root.iter("script"):
        for kind, first, second in _CALL.findall(script.text or ""):
            found.append((second, first) if kind == "S" else (first, second))
    told = ((template.get("data-bid"), template.get("data-sid")) for template in root.iter("template"))
    return found + [(placeholder, part) for placeholder, part in told if placeholder and part]


def _move(part: etree._Element, parent: etree._Element, at: int) -> None:
    """Put what a hidden element holds before the child of a parent at a place; the element itself stays, emptied."""
    children = list(part)
    if part.text and part.text.strip():
        before = parent[at - 1] if at else None
        if before is None:
            parent.text = (parent.text or "") + part.text
        else:
            before.tail = (before.tail or "") + part.text
    part.text = None
    for offset, child in enumerate(children):
        parent.insert(at + offset, child)
