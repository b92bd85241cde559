"""Zstandard with a bound on what comes out; one import for every version of Python."""

import json
import sys
from typing import Any

from tracker.errors import DamagedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Fast, and within a few per cent of the slow levels on HTML that is compressed against its predecessor.
LEVEL = 9
#: Of bodies: two per cent larger than at `LEVEL`, in two thirds of the time.
BODY_LEVEL = 7
WINDOW_LOG_MIN, WINDOW_LOG_MAX = 10, 27

#: Nothing larger is stored or read back, whatever a damaged row says of its size.
MAX_PLAIN = 1 << 30

_LENGTH = 4  #: bytes in front of packed data that say how long its plain form is


def compress(data: bytes, prefix: bytes = b"", level: int = LEVEL) -> bytes:
    """Return data compressed, against a prefix that `decompress` will need again if one is given."""
    window = min(max((len(data) + len(prefix)).bit_length(), WINDOW_LOG_MIN), WINDOW_LOG_MAX)
    parameter = zstd.CompressionParameter
    options: dict[int, int] = {
        parameter.compression_level: level,
        parameter.window_log: window,
        parameter.checksum_flag: 1,
    }
    if not prefix:
        return zstd.compress(data, options=options)
    return zstd.compress(data, options=options, zstd_dict=zstd.ZstdDict(prefix, is_raw=True).as_prefix)


def decompress(data: bytes, size: int, prefix: bytes = b"") -> bytes:
    """Return the plain bytes, which must be `size` long.

    Raises:
        DamagedError: the data is no such frame; no more than `size` bytes are ever produced.

    """
    if not 0 <= size <= MAX_PLAIN:
        raise DamagedError(f"a stored size of {size} bytes is beyond anything the store keeps")
    dictionary = zstd.ZstdDict(prefix, is_raw=True).as_prefix if prefix else None
    decoder = zstd.ZstdDecompressor(
        zstd_dict=dictionary, options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG_MAX}
    )
    try:
        plain = decoder.decompress(data, max_length=size + 1)
    except zstd.ZstdError as error:
        raise DamagedError(f"stored bytes do not decompress: {error}") from None
    if len(plain) != size or not decoder.eof or decoder.unused_data:
        raise DamagedError(f"stored bytes do not decompress to the {size} bytes they should")
    return plain


def pack_json(value: Any, prefix: bytes = b"") -> bytes:
    """Return plain data as compressed JSON, against a prefix that `unpack_json` will need again if one is given."""
    return packed(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), prefix)


def unpack_json(data: bytes, prefix: bytes = b"") -> Any:
    """Return what `pack_json` was given.

    Raises:
        DamagedError: the bytes are not what it returned, or the prefix is another.

    """
    try:
        return json.loads(unpacked(data, prefix))
    except ValueError:
        raise DamagedError("stored bytes hold no JSON") from None


def packed(plain: bytes, prefix: bytes = b"") -> bytes:
    """Return bytes compressed, with what `unpacked` has to know of them; against a prefix if one is given."""
    return len(plain).to_bytes(_LENGTH, "big") + compress(plain, prefix)


def unpacked(data: bytes, prefix: bytes = b"") -> bytes:
    """Return the bytes that `packed` was given; raises DamagedError as `decompress` does."""
    return decompress(data[_LENGTH:], min(int.from_bytes(data[:_LENGTH], "big"), MAX_PLAIN), prefix)
