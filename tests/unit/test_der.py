"""DER is read as it is written, and anything else is refused with one kind of error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.der import Element, encoded, read_all, read_one


@given(st.binary(max_size=300), st.sampled_from([0x02, 0x04, 0x30, 0xA0]))
def test_what_was_written_is_read(content: bytes, tag: int) -> None:
    """Tag and content come back, with short lengths and long ones."""
    assert read_one(encoded(tag, content)) == Element(tag, content)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but `ValueError` is raised, and what was read fits within what there was."""
    try:
        found = read_all(data)
        assert sum(len(one.content) + 2 for one in found) <= len(data)
        for one in found:
            one.parts()
            one.oid()
    except ValueError:
        pass


def test_object_identifiers_have_dots() -> None:
    """Two arcs share the first byte; the root 2 has room for more."""
    assert Element(0x06, bytes.fromhex("2a864886f70d010904")).oid() == "1.2.840.113549.1.9.4"
    assert Element(0x06, bytes.fromhex("608648016503040201")).oid() == "2.16.840.1.101.3.4.2.1"
    assert Element(0x06, bytes.fromhex("8837")).oid() == "2.999"


@pytest.mark.parametrize("data", ["30", "3005", "308000", "3085000000000100", "1f0100", "3003020101ff"])
def test_what_is_cut_off_or_no_der_is_refused(data: str) -> None:
    """No length, too short, indefinite, too long a length, a long tag, something after the end."""
    with pytest.raises(ValueError):
        read_one(bytes.fromhex(data))
