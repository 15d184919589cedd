"""Shapes that the page shows: cells, tables, lists that say how much of them is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LINES = 8
"""Lines that one cell of a table shows."""
NAMES = 60
"""Names that one cell shows side by side."""
ROWS = 300
"""Rows that a table shows; two hundred namespaces fit."""


@dataclass(frozen=True, slots=True)
class Capped:
    """The first items of a list.

    Attributes:
        items: What is shown.
        left_out: How many more there are.
        where: File that has all of them.
    """

    items: tuple[str, ...]
    left_out: int = 0
    where: str = "plan.json"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        lines: Texts; more than one become a list.
        kind: `text`, `names`, `code`, `badge`, `number`, or `advice` (what, then what to do).
        tone: Colour of a badge: `bad`, `warn`, `open`, `info` or `good`.
        href: Where its text leads, or an empty string.
        note: A few words below the text, or an empty string.
    """

    lines: Capped
    kind: str = "text"
    tone: str = ""
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `facets` are what it can be filtered by, by name."""

    cells: tuple[Cell, ...]
    facets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows.

    Attributes:
        caption: What the rows are, for who cannot see the table.
        head: Names of the columns.
        rows: What is shown.
        left_out: Rows that are not shown.
        where: File that has all rows.
        facets: Filters offered above it: pairs of label and name of the facet.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0
    where: str = "plan.json"
    facets: tuple[tuple[str, str], ...] = ()


def capped(items: Iterable[str], most: int = LINES, where: str = "plan.json") -> Capped:
    """Keep the first items and count the others; a list of one too many is shown whole."""
    known = tuple(items)
    if len(known) <= most + 1:
        return Capped(known, 0, where)
    return Capped(known[:most], len(known) - most, where)


def text(*lines: str) -> Cell:
    """Make a cell of plain words."""
    return Cell(capped(lines))


def names(known: Iterable[str]) -> Cell:
    """Make a cell of short names, side by side."""
    return Cell(capped(known, NAMES), "names")


def code(*lines: str) -> Cell:
    """Make a cell of names, files or commands."""
    return Cell(capped(lines), "code")


def number(value: int | str) -> Cell:
    """Make a cell of one number."""
    return Cell(Capped((str(value),)), "number")


def badge(word: str, tone: str) -> Cell:
    """Make a cell of one coloured word; the word alone says it all."""
    return Cell(Capped((word,)), "badge", tone)


def link(word: str, href: str) -> Cell:
    """Make a cell that leads somewhere."""
    return Cell(Capped((word,)), "text", "", href)


def table(
    caption: str,
    head: tuple[str, ...],
    rows: Iterable[Sequence[Cell]],
    where: str = "plan.json",
    most: int = ROWS,
) -> Table:
    """Make a table of at most `most` rows."""
    known = [Row(tuple(row)) for row in rows]
    return Table(caption, head, tuple(known[:most]), max(0, len(known) - most), where)
