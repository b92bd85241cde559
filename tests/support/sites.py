"""A zoo of invented sites: how their pages link to their policies, in ten languages, and what lays traps."""

import json
from collections.abc import Iterable
from pathlib import Path

from tests.world import PARAGRAPHS

#: Language: what the footer calls the privacy policy and the terms, and where they are.
FOOTERS = {
    "en": (("Privacy Notice", "/legal/privacy-notice"), ("Terms & Conditions", "/legal/tc")),
    "de": (("Datenschutzerklärung", "/datenschutz.html"), ("AGB", "/agb.html")),
    "fr": (("Politique de confidentialité", "/fr/p/12"), ("Conditions générales d’utilisation", "/fr/p/13")),
    "es": (("Política de privacidad", "/es/politica-de-privacidad/"), ("Términos y condiciones", "/es/terminos")),
    "it": (("Informativa sulla privacy", "/it/privacy"), ("Termini e condizioni", "/it/termini")),
    "pt": (("Política de Privacidade", "/pt/privacidade"), ("Termos de Uso", "/pt/termos")),
    "nl": (("Privacyverklaring", "/privacyverklaring"), ("Algemene voorwaarden", "/voorwaarden")),
    "sv": (("Integritetspolicy", "/integritet"), ("Allmänna villkor", "/villkor")),
    "da": (("Privatlivspolitik", "/privatliv"), ("Handelsbetingelser", "/betingelser")),
    "pl": (("Polityka prywatności", "/polityka"), ("Regulamin", "/regulamin")),
}


def html(body: str, *, title: str = "", language: str = "en", head: str = "") -> str:
    """Return a page."""
    return f"<html lang={language}><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def links(pairs: Iterable[tuple[str, str]]) -> str:
    """Return links, each in an item of a list."""
    return "".join(f'<li><a href="{url}">{text}</a></li>' for text, url in pairs)


def home(*pairs: tuple[str, str], language: str = "en", head: str = "") -> str:
    """Return a home page with a menu and a footer of links."""
    menu = links([("Home", "/"), ("Products", "/products"), ("Blog", "/blog"), ("Login", "/login")])
    text = "<main><h1>Welcome</h1><p>We make things that people like.</p></main>"
    return html(
        f"<nav><ul>{menu}</ul></nav>{text}<footer><ul>{links(pairs)}</ul></footer>",
        title="Welcome",
        language=language,
        head=head,
    )


def document(title: str, name: str, *, extra: str = "", language: str = "en") -> str:
    """Return a policy in English that speaks of an organisation; `extra` makes its text one of its own."""
    paragraphs = [paragraph.replace("Acme", name) for paragraph in PARAGRAPHS]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in (f"{title} of {name}. {extra}", *paragraphs))
    return html(f"<main><h1>{title}</h1>{text}</main>", title=title, language=language)


def document_in(language: str, title: str, name: str) -> str:
    """Return a policy in one of ten languages, of the texts that were written for the tests of the guard."""
    path = Path(__file__).parents[1] / "quality" / "pages" / "pages.jsonl"
    pages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [
        line for page in pages if (page["language"], page["kind"]) == (language, "policy") for line in page["lines"]
    ]
    text = "".join(f"<p>{line}</p>" for line in [f"{title} – {name}", *4 * lines])
    return html(f"<main><h1>{title}</h1>{text}</main>", title=title, language=language)
