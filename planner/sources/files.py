"""Files and folders: which ones are read, and their text."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path

from planner.errors import InputError
from planner.sources import compressed

SUFFIXES = (".yaml", ".yml", ".json")
OWN_CONFIGURATION = "meshplan.yaml"
"""Lies beside manifests and is none; read by `--config`."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find(source: str) -> tuple[Path, ...]:
    """Return the files of a folder (recursive, hidden ones left out) or the one file named, sorted.

    Raises:
        InputError: The path does not exist.
    """
    path = Path(source)
    if path.is_dir():
        return tuple(_walk(path, frozenset()))
    if not path.exists():
        raise InputError(
            f"{source}: no such file or folder", "give a folder, a file, `-`, or a saved snapshot", "source"
        )
    return (path,)


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:  # a link that leads back to a folder we are in
        return
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry.name.startswith(".") or entry.name == OWN_CONFIGURATION:
            continue
        if entry.is_dir():
            yield from _walk(entry, above | {real})
        elif _inner_suffix(entry) in SUFFIXES and entry.is_file():
            yield entry


def _inner_suffix(path: Path) -> str:
    """Return the suffix that says what a file holds, under that of its compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [compressed.SUFFIX]:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def text_of(path: Path) -> str:
    """Read a file as text, by its byte order mark or as UTF-8 (PowerShell writes UTF-16).

    What ends in `.zst` is unfolded first, up to `compressed.LARGEST`.

    Raises:
        OSError: It cannot be opened or unfolded.
        UnicodeError: It is not text.
    """
    data = path.read_bytes()
    return decode(compressed.unpack(data) if path.suffix.lower() == compressed.SUFFIX else data)


def standard_input() -> str:
    """Read all of standard input as text, compressed or not.

    Raises:
        InputError: It is compressed and cannot be unfolded.
    """
    data = sys.stdin.buffer.read()
    try:
        return decode(compressed.unpack(data) if data.startswith(compressed.MAGIC) else data)
    except OSError as fault:
        raise InputError(f"-: {fault.strerror}", "send the file again", "source") from fault


def decode(data: bytes) -> str:
    """Turn the bytes of a file into text."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding)
