"""Pages whose server declares shadow roots: `<template shadowrootmode="open">` in an element is what is shown of it.

What the element holds besides fills the slots of the root, by name; what fills none is not shown. Readers that know
nothing of this take a template for something that is never displayed.
"""

from collections.abc import Iterator

from lxml import etree

_MODES = {"open", "closed"}
_MOST = 5_000  #: roots of one page

#: What an element holds: elements, and the text between them.
_Nodes = list["etree._Element | str"]


def put_roots_in_place(root: etree._Element) -> None:
    """Put what declared shadow roots show where it is displayed; call it before templates are taken out."""
    templates = [one for one in root.iter("template") if one.get("shadowrootmode") in _MODES][:_MOST]
    if not templates:
        return
    slots = _slots(root, templates)
    hosts: dict[etree._Element, etree._Element] = {}
    for template in templates:
        host = template.getparent()
        if host is not None:
            hosts.setdefault(host, template)  # a second one is a template like any other
    # The inner ones first: a slot of an outer root may be what fills one of an inner root.
    for host, template in reversed(hosts.items()):
        _show(host, template, slots[template])


def _slots(root: etree._Element, templates: list[etree._Element]) -> dict[etree._Element, list[etree._Element]]:
    """Return the slots of each root, in order; those within another template are that one's."""
    found: dict[etree._Element, list[etree._Element]] = {template: [] for template in templates}
    within: list[etree._Element] = []
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=("template", "slot")):
        if element.tag == "slot":
            if event == "start" and within and within[-1] in found:
                found[within[-1]].append(element)
        elif event == "start":
            within.append(element)
        else:
            within.pop()
    return found


def _show(host: etree._Element, template: etree._Element, slots: list[etree._Element]) -> None:
    assigned: dict[str, _Nodes] = {}
    for node in list(_taken(host)):
        if node is not template:
            name = "" if isinstance(node, str) else node.get("slot", "")
            assigned.setdefault(name, []).append(node)
    for node in list(_taken(template)):
        _add(host, node)
    for slot in slots:
        found = assigned.pop(slot.get("name", ""), [])
        # White space between elements fills no slot that would say something itself.
        if any(not isinstance(node, str) or node.strip() for node in found):
            for _ in _taken(slot):
                pass
            for node in found:
                _add(slot, node)


def _taken(element: etree._Element) -> Iterator["etree._Element | str"]:
    """Take all that an element holds out of it, in order."""
    if element.text:
        yield element.text
    element.text = None
    for child in list(element):
        tail, child.tail = child.tail, None
        element.remove(child)
        yield child
        if tail:
            yield tail


def _add(element: etree._Element, node: "etree._Element | str") -> None:
    """Put something at the end of what an element holds."""
    if not isinstance(node, str):
        element.append(node)
    elif len(element):
        element[-1].tail = (element[-1].tail or "") + node
    else:
        element.text = (element.text or "") + node
