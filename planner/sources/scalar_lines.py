"""Where each line of a folded or quoted text stands in its file.

A literal block (`|`) keeps its lines, so counting is enough. A folded block (`>`) joins lines, and a quoted text that
goes over several lines holds its breaks as an escaped n or as empty lines.

Source: yaml.org/spec/1.2.2, sections 6.5 (line folding), 7.3.1 (double-quoted style) and 8.1.3 (folded style).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile(r"\\(n|N|L|P|.|$)", re.DOTALL)


def folded(rows: Sequence[str], first: int) -> list[int]:
    """Map the lines of a folded block to lines of the file.

    Args:
        rows: The block's rows as they stand in the file, without its header.
        first: Line of the first row.

    Returns:
        The line of the file at which each line of the value begins.
    """
    indent = min((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), default=0)
    found: list[int] = []
    blanks, before = 0, ""
    for number, row in enumerate(rows):
        text = row[indent:].rstrip()
        if not text:
            blanks += 1
            continue
        joins = bool(before) and not _is_deeper(before) and not _is_deeper(text)
        # A single break between two plain rows is a blank; each further one, and each beside a deeper row, stays.
        added = blanks if joins or not before else blanks + 1
        found += [first + number - max(0, added - 1 - step) for step in range(added)]
        if not found or not before:
            found.append(first + number)
        blanks, before = 0, text
    return found


def _is_deeper(text: str) -> bool:
    return text[:1] in (" ", "\t")


def quoted(rows: Sequence[str], first: int) -> list[int]:
    """Map the lines of a double-quoted text to lines of the file.

    Args:
        rows: The rows from the opening to the closing quote as they stand in the file.
        first: Line of the first row.

    Returns:
        The line of the file at which each line of the value begins.
    """
    found = [first]
    for number, row in enumerate(rows):
        if number and not row.strip():
            found.append(first + number)
            continue
        text = row.strip()
        ends = [match.end() for match in _BREAK.finditer(text) if match[1] in ("n", "N", "L", "P")]
        # What follows the last break of a row may begin in the next one: `…\n\` with nothing but the backslash.
        found += [first + number + (text[end:] in ("", "\\")) for end in ends]
    return found
