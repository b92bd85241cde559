"""What settings may be: a value that would break something later is refused by name when they are read."""

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


def test_every_number_has_both_bounds_and_its_default_within() -> None:
    """A new setting cannot forget them."""
    for name in NUMBERS:
        field = Settings.model_fields[name]
        kinds = {type(bound) for bound in field.metadata}
        assert kinds & {Ge, Gt}, name
        assert kinds & {Le, Lt}, name
        assert getattr(load_settings(**{name: field.default}), name) == field.default
