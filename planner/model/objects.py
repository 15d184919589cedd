"""One Kubernetes object as it was read, with the place it was read from."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.model.fields import Path, dig, strings_at, text_at
from planner.model.refs import Ref

Lines = int | list[Any] | dict[str, Any] | None
"""Mirror of an object that holds line numbers in place of values.

A mapping becomes a dict of the same keys (its own line under the empty key), a list a list whose
first element is its own line, a scalar its line. A block scalar (`|`) is given as the negative of the
line of its header, so that a line inside its text can be counted from there. A text whose lines are not
those of the file (folded, or quoted over several) becomes a list: its own line, then for each line of the
text its line in the file, or a list of column and line by turns where lines of the file were joined.
"""

_WORD = re.compile(r"[\w.-]{2,200}")
LIVE = "cluster:"
"""How the place of a live object begins; the name of the context follows."""


def is_live(file: str) -> bool:
    """Whether a place is a cluster and no file."""
    return file.startswith(LIVE)


@dataclass(frozen=True, slots=True, eq=False)
class KubeObject:
    """One object, pruned of what nobody reads and of every Secret value.

    Attributes:
        ref: Namespace (given or assumed), name and kind.
        api_version: As written.
        raw: The object; never changed after reading.
        file: Path of the file as the user gave it, `-` for standard input, `cluster:CONTEXT` for a live object.
        document: Number of the document in the file, from 1.
        lines: Line numbers of the fields, see `Lines`; None where the source has none.
        assumed_namespace: True where the object names no namespace and was given the default one.
    """

    ref: Ref
    api_version: str
    raw: Mapping[str, Any]
    file: str = ""
    document: int = 0
    lines: Lines = field(default=None, repr=False)
    assumed_namespace: bool = False

    @property
    def group(self) -> str:
        """API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the object itself."""
        return strings_at(self.raw, "metadata", "labels")

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of the object itself."""
        return strings_at(self.raw, "metadata", "annotations")

    @property
    def created(self) -> str:
        """Creation time as the API server wrote it, or an empty string."""
        return text_at(self.raw, "metadata", "creationTimestamp")

    def line_of(self, path: Path = (), offset: int = 0, text: str = "") -> int:
        """Return the line of a field, or of the closest parent that has one; 0 where unknown.

        Args:
            path: Keys and indexes from the root of the object.
            offset: Line inside the text of a scalar, from 0; ignored where it stands on one line.
            text: Words that stand there; they tell apart lines of the file that were joined to one.
        """
        here, known = self.lines, _own_line(self.lines)
        for step in path:
            here = _child(here, step)
            if here is None:
                return known
            known = _own_line(here) or known
        if isinstance(here, int) and here < 0:
            return -here + 1 + offset
        if isinstance(here, list) and offset + 1 < len(here) and isinstance(value := dig(self.raw, *path), str):
            return _row_line(here[offset + 1], value.splitlines()[offset : offset + 1], text) or known
        return known


def _row_line(row: Any, line: list[str], text: str) -> int:
    """Return the line of the file from which words in a line of a text come; 0 where that is not known."""
    if isinstance(row, int):
        return row
    if not isinstance(row, list) or len(row) < 2 or not all(isinstance(number, int) for number in row):
        return 0
    words = sorted(_WORD.findall(text), key=len, reverse=True)
    columns = (line[0].lower().find(word.lower()) for word in words if line)
    column = next((column for column in columns if column >= 0), 0)
    starts, lines = row[::2], row[1::2]
    return int(lines[max(0, bisect.bisect_right(starts, column) - 1)])


def _own_line(lines: Lines) -> int:
    if isinstance(lines, dict):
        lines = lines.get("")
    elif isinstance(lines, list):
        lines = lines[0] if lines else 0
    return abs(lines) if isinstance(lines, int) else 0


def _child(lines: Lines, step: str | int) -> Lines:
    if isinstance(step, str):
        return lines.get(step) if isinstance(lines, dict) else None
    return lines[step + 1] if isinstance(lines, list) and 0 <= step < len(lines) - 1 else None
