"""Bodies packed as web servers pack them."""

import gzip
import sys
import zlib
from collections.abc import Callable, Mapping

import brotlicffi

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: By the name of the content coding.
PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotlicffi.compress,
    "zstd": zstd.compress,
}
