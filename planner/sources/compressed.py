"""Files compressed with Zstandard (RFC 8878): read with a limit, written so that the same text gives the same bytes."""

from __future__ import annotations

import errno

import zstandard

SUFFIX = ".zst"
MAGIC = b"\x28\xb5\x2f\xfd"
LARGEST = 1 << 30
"""Bytes that a compressed file may unfold to: 1 GiB, more than fifty times a cluster of 200 namespaces."""
_WINDOW = 1 << 27
"""Bytes that a frame may ask to look back; what `zstd --long` writes."""
_LEVEL = 10


def unpack(data: bytes, largest: int = LARGEST) -> bytes:
    """Return what a compressed file holds; never more than the limit is held in memory.

    Args:
        data: All frames of the file.
        largest: The limit, in bytes.

    Raises:
        OSError: It is no such file, damaged, cut off, or larger than the limit; `strerror` says which.
    """
    if not data.startswith(MAGIC):
        raise OSError(errno.EBADMSG, "not a Zstandard file")
    parts: list[bytes] = []
    size = 0
    try:
        while data:
            reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            for start in range(0, len(data), _STEP):
                part = reader.decompress(data[start : start + _STEP])
                size += len(part)
                if size > largest:
                    raise OSError(errno.EFBIG, f"unfolds to more than {largest >> 20} MiB")
                parts.append(part)
                if reader.eof:
                    rest = data[start + _STEP :]
                    data = reader.unused_data + rest
                    break
            else:
                raise OSError(errno.EBADMSG, "the Zstandard file is cut off")
    except zstandard.ZstdError as fault:
        raise OSError(errno.EBADMSG, "the Zstandard file is damaged") from fault
    return b"".join(parts)


_STEP = 1 << 10
"""Bytes of input at a time: at most about 32 MiB can come out of so few (a block of 128 KiB needs four bytes)."""


def pack(data: bytes) -> bytes:
    """Compress, with a checksum."""
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True).compress(data)
