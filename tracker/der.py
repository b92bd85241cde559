"""Reads DER, the form of certificates and signatures, one level at a time: no recursion, nothing beyond its end."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Element:
    """A tag and what stands in it."""

    tag: int
    content: bytes

    SEQUENCE: ClassVar[int] = 0x30
    SET: ClassVar[int] = 0x31
    CONTEXT_0: ClassVar[int] = 0xA0
    OCTETS: ClassVar[int] = 0x04
    OID: ClassVar[int] = 0x06

    def parts(self) -> list["Element"]:
        """Return the elements within; raise `ValueError` where this holds none or they do not fill it."""
        if not self.tag & 0x20:
            raise ValueError(f"no elements in one of tag {self.tag:#x}")
        return read_all(self.content)

    def octets(self) -> bytes:
        """Return the bytes of an octet string; raise `ValueError` where it is none."""
        if self.tag != self.OCTETS:
            raise ValueError(f"tag {self.tag:#x} is no octet string")
        return self.content

    def oid(self) -> str:
        """Return an object identifier with dots; raise `ValueError` where it is none."""
        if self.tag != self.OID or not self.content or self.content[-1] & 0x80:
            raise ValueError("no object identifier")
        arcs, value = [], 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

    def retagged(self, tag: int) -> bytes:
        """Return the whole element under another tag."""
        return encoded(tag, self.content)


def encoded(tag: int, content: bytes) -> bytes:
    """Return an element in DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def read_one(data: bytes) -> Element:
    """Return the one element that bytes are; raise `ValueError` where they are not exactly one."""
    (element,) = read_all(data)
    return element


def read_all(data: bytes) -> list[Element]:
    """Return the elements that follow each other in bytes; raise `ValueError` where one is cut off or no DER."""
    found, at = [], 0
    while at < len(data):
        element, at = _read(data, at)
        found.append(element)
    return found


def _read(data: bytes, at: int) -> tuple[Element, int]:
    if len(data) < at + 2 or data[at] & 0x1F == 0x1F:
        raise ValueError(f"no element at byte {at}")
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or len(data) < start + count:
            raise ValueError(f"no length at byte {at}")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if len(data) < start + size:
        raise ValueError(f"the element at byte {at} is cut off")
    return Element(tag, data[start : start + size]), start + size
