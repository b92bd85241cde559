"""What settings may be: a value that would break something later is refused by name when they are read."""

from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le, Lt

from tracker.errors import SettingsError
from tracker.settings import Settings, load_settings

NUMBERS = sorted(name for name, field in Settings.model_fields.items() if field.annotation in (int, float))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["inf", "nan", "-inf", "1e300", "-1", "9" * 30])
def test_a_number_out_of_bounds_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No duration or count is endless, and none leads to a time beyond the calendar."""
    monkeypatch.setenv(f"TRACKER_{name.upper()}", value)
    with pytest.raises(SettingsError, match=rf"variable: {name}: "):
        load_settings()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_value_of_another_type_is_taken_or_refused_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever TOML can say: a number for a list, a table for a text; nothing else breaks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACKER_DATA_DIR")
    for value in ("5", "1.5", "true", '"x"', '"[5"', "[5]", '["x", 5]', "[[1]]", "{ a = 1 }", "2026-03-01", "07:00:00"):
        Path("tracker.toml").write_text(f"{name} = {value}\n")
        told = f"variable: {name}"
        try:
            load_settings()
        except SettingsError as error:
            told = str(error)
        assert f"variable: {name}" in told, value


def test_every_number_has_both_bounds_and_its_default_within() -> None:
    """A new setting cannot forget them."""
    for name in NUMBERS:
        field = Settings.model_fields[name]
        kinds = {type(bound) for bound in field.metadata}
        assert kinds & {Ge, Gt}, name
        assert kinds & {Le, Lt}, name
        assert getattr(load_settings(**{name: field.default}), name) == field.default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "tracker.example.com"),
        ("public_url", "ftp://tracker.example.com"),
        ("public_url", "javascript:alert(1)"),
        ("public_url", "https://"),
        ("public_url", "https://tracker.example.com:port"),
        ("public_url", "https://tracker.example.com/a b"),
        ("public_url", "https://[::1"),
        ("proxy", "proxy.example.com:3128"),
        ("proxy", "socks5://proxy.example.com"),
        ("proxy", "http://"),
        ("contact", "privacy@example.com\r\nX-Other: 1"),
        ("contact", "a\x1b[31m"),
        ("ca_bundle", "none.pem"),
        ("ca_bundle", "."),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An address that nobody can ask, a line that would break out of a header, a file that is not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"TRACKER_{name.upper()}", value)
    with pytest.raises(SettingsError, match=rf"variable: {name}: "):
        load_settings()


def test_texts_that_can_be_used_are_taken(tmp_path: Path) -> None:
    """With a port, a path, a login, letters of any language."""
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    told = load_settings(
        public_url="https://tracker.example.com:8443/below/",
        proxy="http://kim:p%40ss@[::1]:3128",
        contact="Büro für Datenschutz, https://example.com/contact",
        ca_bundle=bundle,
    )
    assert told.proxy_for("acme.example") == "http://kim:p%40ss@[::1]:3128"
    assert (told.public_url, told.ca_bundle) == ("https://tracker.example.com:8443/below/", bundle)
