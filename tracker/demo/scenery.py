"""The demo's world: invented policies over several years, as the pages that a site and an archive would show."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib import resources
from typing import Any

_MENU = ("Home", "Products", "Prices", "Help", "About us", "Careers")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {organisation}</title>
<style>body {{ font-family: sans-serif }}</style><script>window.visits = {visits};</script></head>
<body><header><a href="/">{organisation}</a><nav><ul>{menu}</ul></nav></header>
<div class="cookie-banner" role="dialog">We use cookies. <button>Accept all</button> <button>Settings</button></div>
<main><h1>{title}</h1>{dated}{sections}</main>
<footer><ul>{menu}</ul><p>© {organisation}. Visitor number {visits}.</p></footer></body></html>
"""

#: What a site in trouble shows, with status 200.
ERROR_PAGE = """<!doctype html><html lang="en"><head><title>Oops</title></head><body><main><h1>Something went wrong</h1>
<p>Our servers are taking a short break. Please try again later.</p></main></body></html>
"""


@dataclass(frozen=True, slots=True)
class Capture:
    """A page as the archive caught it."""

    path: str  #: below the site's root, such as "brightmail/privacy"
    at: datetime
    html: str


class Policy:
    """One invented policy, in all its versions."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told
        self.id: str = told["id"]
        self.name: str = told["name"]
        self.organisation: str = told["organisation"]
        self.aliases: tuple[str, ...] = tuple(told.get("aliases", ()))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths of its pages, in order."""
        return tuple(f"{self.id}/{page['path']}" for page in self._told["page"])

    @property
    def versions(self) -> int:
        """Return how many versions there are, shown yet or not."""
        return len(self._told["version"])

    def pages(self, version: int, visits: int = 0) -> dict[str, str]:
        """Return the HTML of each page, by path, as a version (from 1) shows it to a certain visitor."""
        return {
            path: self._page(page, version, visits) for path, page in zip(self.paths, self._told["page"], strict=True)
        }

    def captures(self) -> Iterator[Capture]:
        """Yield what the archive holds, in time order."""
        for number, capture in enumerate(self._told["capture"]):
            shown = dict.fromkeys(self.paths, ERROR_PAGE)
            if not capture.get("error"):
                shown = self.pages(capture["version"], visits=1_000 * (number + 1))
            for path, html in shown.items():
                yield Capture(path, capture["at"], html)

    def _page(self, page: Mapping[str, Any], version: int, visits: int) -> str:
        steps = self._told["version"][:version]
        sections = "".join(
            self._section(number, section, steps) for number, section in enumerate(self._ordered(page, steps), 1)
        )
        dated = page["dated"].format(updated=steps[-1]["updated"])
        return _PAGE.format(
            title=escape(page["title"]),
            organisation=escape(self.organisation),
            menu="".join(f"<li><a href='/{item.lower().replace(' ', '-')}'>{item}</a></li>" for item in _MENU),
            dated=f"<p>{escape(dated)}</p>" if dated else "",
            sections=sections,
            visits=visits,
        )

    @staticmethod
    def _ordered(page: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        order = next((step["order"] for step in reversed(steps) if "order" in step), None)
        sections: list[Mapping[str, Any]] = page["section"]
        known = {section["id"] for section in sections}
        if order is None or not known >= set(order):
            return sections
        return sorted(sections, key=lambda section: order.index(section["id"]))

    @staticmethod
    def _section(number: int, section: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> str:
        heading = section["heading"]
        if heading[0].isdigit():
            heading = f"{number}.{heading.partition('.')[2]}"
        parts = [f"<h2>{escape(heading)}</h2>"]
        parts += [f"<p>{escape(_edited(text, steps))}</p>" for text in section.get("text", ())]
        items = "".join(f"<li>{escape(_edited(item, steps))}</li>" for item in section.get("items", ()))
        return "".join([*parts, f"<ul>{items}</ul>" if items else ""])


def _edited(text: str, steps: list[Mapping[str, Any]]) -> str:
    for step in steps:
        for old, new in [*step.get("replace", ()), *step.get("everywhere", ())]:
            text = text.replace(old, new)
    return text


def policies() -> tuple[Policy, ...]:
    """Return the invented policies, by id."""
    folder = resources.files("tracker.demo").joinpath("world")
    found = (Policy(tomllib.loads(file.read_text(encoding="utf-8"))) for file in folder.iterdir())
    return tuple(sorted(found, key=lambda policy: policy.id))
