"""CSS selectors and ranges on a parsed page."""

import re
from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from cssselect.parser import Function, parse_series
from cssselect.xpath import XPathExpr
from lxml import etree

from tracker.errors import ExtractionError
from tracker.extract.model import Range, Selection
from tracker.words import FailureKind

_NAMESPACE = "urn:tracker:select"
#: CSS allows identifiers that open with two hyphens, the CSS parser does not: quoted they mean the same.
_DASHED_VALUE = re.compile(r"([~|^$*]?=)\s*(--[\w-]*)\s*(?=\])")


class _Translator(HTMLTranslator):
    """Adds `:nth-of-type()` and its kin without an element name, which declarations of real collections use."""

    def xpath_nth_of_type_function(self, xpath: XPathExpr, function: Function) -> XPathExpr:
        if xpath.element != "*":
            return super().xpath_nth_of_type_function(xpath, function)
        return _place_in(xpath, "place-of-type()", function)

    def xpath_nth_last_of_type_function(self, xpath: XPathExpr, function: Function) -> XPathExpr:
        if xpath.element != "*":
            return super().xpath_nth_last_of_type_function(xpath, function)
        return _place_in(xpath, "place-from-end()", function)

    def xpath_first_of_type_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        if xpath.element != "*":
            return super().xpath_first_of_type_pseudo(xpath)
        return xpath.add_condition("s:place-of-type() = 1")

    def xpath_last_of_type_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        if xpath.element != "*":
            return super().xpath_last_of_type_pseudo(xpath)
        return xpath.add_condition("s:place-from-end() = 1")


def _place_in(xpath: XPathExpr, place: str, function: Function) -> XPathExpr:
    """Add the condition that a place, counted from 1, is in the series `an+b` of the function."""
    step, start = parse_series(function.arguments)
    if step == 0:
        return xpath.add_condition(f"s:{place} = {start}")
    side = ">=" if step > 0 else "<="
    return xpath.add_condition(f"(s:{place} - {start}) mod {step} = 0 and s:{place} {side} {start}")


def _place_of_type(context: Any) -> int:
    node = context.context_node
    return 1 + sum(1 for _ in node.itersiblings(node.tag, preceding=True))


def _place_from_end(context: Any) -> int:
    node = context.context_node
    return 1 + sum(1 for _ in node.itersiblings(node.tag))


_FUNCTIONS = {(_NAMESPACE, "place-of-type"): _place_of_type, (_NAMESPACE, "place-from-end"): _place_from_end}


@lru_cache(maxsize=4096)
def path_of(selector: str) -> str:
    """Return the XPath that a CSS selector (or comma list) stands for.

    Raises:
        ExtractionError: it cannot be read.

    """
    try:
        return _Translator().css_to_xpath(_DASHED_VALUE.sub(r'\1"\2"', selector))
    except (SelectorError, RecursionError) as error:
        raise ExtractionError(FailureKind.NOTHING_SELECTED, f"selector {selector!r} cannot be read: {error}") from error


def matches(root: etree._Element, selector: str) -> list[etree._Element]:
    """Return the elements a CSS selector (or comma list) finds, in document order."""
    found = root.xpath(path_of(selector), namespaces={"s": _NAMESPACE}, extensions=_FUNCTIONS)
    return [element for element in found if isinstance(element.tag, str)] if isinstance(found, list) else []


def select(root: etree._Element, selections: Sequence[Selection]) -> list[etree._Element]:
    """Return what the selections keep, in their order; matches inside other matches are not repeated.

    Raises:
        ExtractionError: nothing matches, or a range has no end.

    """
    kept: list[etree._Element] = []
    taken: set[etree._Element] = set()
    for selection in selections:
        if isinstance(selection, Range):
            copy = deepcopy(root)
            if _trim(copy, selection, keep=True):
                kept.append(copy)
            continue
        for element in matches(root, selection):
            if element not in taken and taken.isdisjoint(element.iterancestors()):
                taken.add(element)
                kept.append(element)
    # An element matched later may enclose one matched earlier.
    kept = [
        element for element in kept if element not in taken or (taken - {element}).isdisjoint(element.iterancestors())
    ]
    if not kept:
        names = ", ".join(str(selection) for selection in selections)
        raise ExtractionError(FailureKind.NOTHING_SELECTED, f"nothing on the page matches {names}")
    return kept


def remove(root: etree._Element, selections: Sequence[Selection]) -> None:
    """Remove what the selections match from the tree; what matches nothing is fine.

    Raises:
        ExtractionError: a range has a start on the page and no end.

    """
    for selection in selections:
        if isinstance(selection, Range):
            _trim(root, selection, keep=False)
        else:
            for element in matches(root, selection):
                drop(element)


def drop(element: etree._Element) -> None:
    """Take an element out of its tree and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)


def _trim(root: etree._Element, wanted: Range, *, keep: bool) -> bool:
    """Cut a tree down to a range (or cut the range out of it); return whether the range starts on this page."""
    starts = matches(root, wanted.start_before or wanted.start_after or "")
    if not starts:
        return False
    ends = matches(root, wanted.end_before or wanted.end_after or "")
    if not ends:
        missing = wanted.end_before or wanted.end_after
        raise ExtractionError(FailureKind.NOTHING_SELECTED, f"the range has no end: nothing matches {missing!r}")
    opens = (starts[0], "start" if wanted.start_before else "end")
    closes = (ends[0], "start" if wanted.end_before else "end")
    around = {*starts[0].iterancestors(), *ends[0].iterancestors()}
    inside = False
    whole: list[etree._Element] = []
    entered: list[bool] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if (element, event) == closes and event == "start":
            inside = False
        if (element, event) == opens and event == "start":
            inside = True
        if event == "start":
            entered.append(inside is not keep)
            if element.text and inside is not keep:
                element.text = None
            continue
        entirely = entered.pop() and inside is not keep
        if (element, event) == closes:
            inside = False
        if (element, event) == opens:
            inside = True
        if element.tail and inside is not keep:
            element.tail = None
        if entirely and element not in around and element is not root:
            whole.append(element)
    for element in whole:
        drop(element)
    return True
