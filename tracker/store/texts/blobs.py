"""Content addressed by SHA-256: compressed, against a similar blob where that is smaller, verified on every read."""

import hashlib
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tracker.errors import DamagedError, PayloadRemoved, StoreError
from tracker.store.database import hold_content, insert_new
from tracker.store.schema.tables import Blob
from tracker.store.texts.compression import MAX_PLAIN, compress, decompress

#: Blobs that a new one may be based on, one on the other; the next is a key frame again. Reading the last of a chain of
#: pages of a megabyte takes 20 ms so.
MAX_DEPTH = 9

#: The same as far as it is read: stores of earlier builds have longer chains.
MOST_READ = 19

#: Below so many bytes zstd wins nothing, and as a prefix it refuses less than eight.
SMALL = 64


@dataclass(frozen=True, slots=True)
class Encoded:
    """Plain bytes as they are stored."""

    encoding: str
    data: bytes
    base_sha256: str | None = None
    depth: int = 0


def put_blob(session: Session, data: bytes, *, base: str | None = None) -> str:
    """Store bytes and return their SHA-256; bytes stored already are left as they are.

    Args:
        session: of a writer.
        data: the plain bytes.
        base: SHA-256 of a stored blob that is likely similar, used if the result is smaller.

    """
    if len(data) > MAX_PLAIN:
        raise StoreError(f"{len(data)} bytes are more than the store keeps in one piece ({MAX_PLAIN})")
    hold_content(session, exclusive=False)
    sha256 = hashlib.sha256(data).hexdigest()
    known = session.get(Blob, sha256)
    if known is not None and known.encoding != "removed":
        return sha256
    encoded = _encode(session, data, base if base != sha256 else None)
    if known is not None:
        _replace(session, known, encoded)
    else:
        _insert(session, sha256, len(data), encoded)
    return sha256


def get_blob(session: Session, sha256: str) -> bytes:
    """Return the plain bytes of a blob, checked against its hash.

    Raises:
        PayloadRemoved: a retention rule removed them.
        DamagedError: there is no such blob, or it or one it is based on does not fit its hash.

    """
    chain: list[Blob] = []
    wanted: str | None = sha256
    while wanted is not None:
        blob = session.get(Blob, wanted)
        if blob is None:
            raise DamagedError(f"blob {wanted} is missing" + (f", {sha256} is based on it" if chain else ""))
        if blob.encoding == "removed":
            if chain:
                raise DamagedError(f"blob {wanted} was removed, yet {sha256} is based on it")
            raise PayloadRemoved(f"blob {sha256} was removed by a retention rule")
        chain.append(blob)
        if len(chain) > MOST_READ + 1:
            raise DamagedError(f"blob {sha256} is based on too many others")
        wanted = blob.base_sha256 if blob.encoding == "zstd-prefix" else None
    plain = b""
    for blob in reversed(chain):
        plain = decode_blob(blob, plain)
    return plain


def decode_blob(blob: Blob, base: bytes) -> bytes:
    """Return a blob's plain bytes; `base` are those of the blob it is based on.

    Raises:
        DamagedError: they do not fit the blob's hash.

    """
    if blob.encoding == "raw":
        plain = blob.data
    elif blob.encoding in {"zstd", "zstd-prefix"}:
        try:
            plain = decompress(blob.data, blob.size, base if blob.encoding == "zstd-prefix" else b"")
        except DamagedError as error:
            raise DamagedError(f"blob {blob.sha256}: {error}") from None
    else:
        raise DamagedError(f"blob {blob.sha256} has the unknown encoding {blob.encoding!r}")
    if len(plain) != blob.size or hashlib.sha256(plain).hexdigest() != blob.sha256:
        raise DamagedError(f"blob {blob.sha256} does not fit its hash")
    return plain


def remove_payload(session: Session, sha256: str) -> int:
    """Remove a blob's bytes and keep its hash and size; return how many stored bytes that freed.

    Blobs based on it are first based on something else. Every hash chain over it still holds.

    Raises:
        DamagedError: there is no such blob, or one based on it cannot be read.

    """
    hold_content(session, exclusive=True)
    blob = session.get(Blob, sha256)
    if blob is None:
        raise DamagedError(f"blob {sha256} is missing")
    freed = len(blob.data) - detach(session, blob)
    _replace(session, blob, Encoded("removed", b""))
    return freed


def detach(session: Session, blob: Blob, *, besides: frozenset[str] = frozenset()) -> int:
    """Base the blobs that are based on this one on its own base instead; return how many bytes they grew by.

    Those in `besides` are left alone: they are about to go too.
    """
    grown = 0
    for child in _based_on(session, blob.sha256):
        if child.sha256 in besides:
            continue
        base = blob.base_sha256
        while base is not None and base in besides:
            base = session.get_one(Blob, base).base_sha256
        encoded = _encode(session, get_blob(session, child.sha256), base)
        grown += len(encoded.data) - len(child.data)
        _replace(session, child, encoded)
    return grown


def _based_on(session: Session, sha256: str) -> list[Blob]:
    return list(session.exec(select(Blob).where(Blob.base_sha256 == sha256).order_by(col(Blob.sha256))))


def _encode(session: Session, data: bytes, base: str | None) -> Encoded:
    alone = Encoded("raw", data)
    if len(data) >= SMALL:
        packed = compress(data)
        if len(packed) < len(data):
            alone = Encoded("zstd", packed)
    if base is None:
        return alone
    parent = session.get(Blob, base)
    if parent is None or parent.depth >= MAX_DEPTH or parent.size < SMALL:
        return alone
    try:
        prefix = get_blob(session, base)
    except DamagedError:
        return alone  # what is damaged already must not spread to what arrives now
    packed = compress(data, prefix)
    return Encoded("zstd-prefix", packed, base, parent.depth + 1) if len(packed) < len(alone.data) else alone


def _insert(session: Session, sha256: str, size: int, encoded: Encoded) -> None:
    row = {
        "sha256": sha256,
        "size": size,
        "encoding": encoded.encoding,
        "base_sha256": encoded.base_sha256,
        "depth": encoded.depth,
        "data": encoded.data,
    }
    insert_new(session, Blob, [row])


def _replace(session: Session, blob: Blob, encoded: Encoded) -> None:
    blob.encoding = encoded.encoding
    blob.data = encoded.data
    blob.base_sha256 = encoded.base_sha256
    blob.depth = encoded.depth
    session.add(blob)
    session.flush()
