"""Where each line of a folded, quoted or plain text stands in its file.

A literal block (`|`) keeps its lines, so counting is enough. The other styles join lines of the file, and hold breaks
as empty lines or as an escaped n.

Source: yaml.org/spec/1.2.2, sections 6.5 (line folding), 7.3 (flow scalars) and 8.1.3 (folded style).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = int | list[int]
"""Where a line of a text comes from: a line of the file; or column, line, column, line … where several were joined."""

_BREAK = re.compile(r"(?<!\\)(?:\\\\)*\\[nNLP]")


class _Text:
    """The lines of a value while they are put together."""

    def __init__(self) -> None:
        self._rows: list[list[int]] = []
        self._length = 0

    def begin(self, line: int) -> None:
        """Begin a line of the value."""
        self._rows.append([0, line])
        self._length = 0

    def join(self, line: int, gap: int) -> None:
        """Go on with the line of the value from another line of the file."""
        if not self._length:
            self._rows[-1] = [0, line]
            return
        self._length += gap
        self._rows[-1] += [self._length, line]

    def add(self, text: str) -> None:
        """Put text on the line of the value."""
        self._length += len(text)

    def rows(self) -> list[Row]:
        """Return where each line comes from."""
        return [row[1] if len(row) == 2 else row for row in self._rows]


def folded(rows: Sequence[str], first: int) -> list[Row]:
    """Map the lines of a folded block to lines of the file.

    Args:
        rows: The block's rows as they stand in the file, without its header.
        first: Line of the first row.
    """
    indent = min((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), default=0)
    found, blanks, before = _Text(), 0, ""
    for line, row in enumerate(rows, first):
        text = row[indent:].rstrip()
        if not text:
            blanks += 1
            continue
        # A single break between two plain rows is a blank; each further one, and each beside a deeper row, stays.
        plain = bool(before) and not _is_deeper(before) and not _is_deeper(text)
        breaks = blanks if plain or not before else blanks + 1
        for step in range(breaks if before else breaks + 1):
            found.begin(line - max(0, breaks - 1 - step) if before else line - breaks + step)
        if before and not breaks:
            found.join(line, 1)
        found.add(text)
        blanks, before = 0, text
    return found.rows()


def _is_deeper(text: str) -> bool:
    return text[:1] in (" ", "\t")


def flowing(rows: Sequence[str], first: int) -> list[Row]:
    """Map the lines of a quoted or plain text to lines of the file.

    Args:
        rows: The rows from the first to the last character of the text as they stand in the file.
        first: Line of the first row.
    """
    found, blanks, goes_on = _Text(), 0, False
    found.begin(first)
    for line, row in enumerate(rows, first):
        text = row.strip()
        if not text and line != first:
            blanks += 1
            continue
        for step in range(blanks):
            found.begin(line - blanks + 1 + step)
        if line != first and not blanks:
            found.join(line, 0 if goes_on else 1)
        # What follows the last break of a row may begin in the next one: nothing but a backslash is left of it.
        goes_on = text.endswith("\\") and not text.endswith("\\\\")
        head, *pieces = _BREAK.split(text.removesuffix("\\") if goes_on else text)
        found.add(head)
        for piece in pieces:
            found.begin(line)
            found.add(piece)
        blanks = 0
    return found.rows()
