"""The measurement as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.discovery import calibration
from benchmarks.discovery.calibration import Scored
from benchmarks.discovery.compare import FIGURES, Share
from benchmarks.discovery.measure import Measured


def as_text(rows: Sequence[Measured], outside: Sequence[Scored], *, misses: bool) -> str:
    """Return the tables of a person.

    Args:
        rows: One for each corpus.
        outside: Confidence and truth of every sample, by weights fitted without its corpus.
        misses: Whether to name each miss.
    """
    return "\n".join((*_figures(rows, misses=misses), "", *_calibration(rows, outside)))


def _total(rows: Sequence[Measured]) -> dict[str, Share]:
    total = {name: Share() for name in FIGURES}
    for row in rows:
        for name, share in row.figures.items():
            total[name].add(share)
    return total


def _figures(rows: Sequence[Measured], *, misses: bool) -> Iterator[str]:
    width = max(len(row.corpus) for row in rows) + 1
    yield (
        f"{'corpus':{width}}" + "".join(f"{name:>17}" for name in FIGURES) + f"{'objects':>9}{'read s':>8}{'find s':>8}"
    )
    for row in rows:
        shares = "".join(_share(row.figures[name]) for name in FIGURES)
        yield f"{row.corpus:{width}}{shares}{row.objects:>9}{row.read_seconds:>8.2f}{row.discover_seconds:>8.2f}"
        for name in FIGURES if misses else ():
            yield from (f"    {name}: {text}" for text in row.figures[name].bad)
    read, found = sum(row.read_seconds for row in rows), sum(row.discover_seconds for row in rows)
    shares = "".join(_share(share) for share in _total(rows).values())
    yield f"{'TOTAL':{width}}{shares}{sum(row.objects for row in rows):>9}{read:>8.2f}{found:>8.2f}"


def _share(share: Share) -> str:
    return f"{share.value:8.3f} {share.good:>4}/{share.of:<3}"


def _scored(rows: Sequence[Measured]) -> list[Scored]:
    return [(sample.confidence, sample.right) for row in rows for sample in row.samples]


def _calibration(rows: Sequence[Measured], outside: Sequence[Scored]) -> Iterator[str]:
    scored = _scored(rows)
    parts = [("as reported", scored)]
    parts += [("by weights fitted without the corpus itself", list(outside))] if outside else []
    for title, items in parts:
        yield f"calibration, {title}: {len(items)} flows"
        yield f"  {'confidence':14}{'flows':>7}{'said':>8}{'right':>8}  95 %"
        for b in calibration.table(items):
            yield f"  {b.low:4.2f} - {b.high:4.2f}   {b.number:>7}{b.said:>8.3f}{b.right:>8.3f}  ± {b.margin:.3f}"
        yield (
            f"  Brier {calibration.brier(items):.4f}; one for all {calibration.brier_of_constant(items):.4f};"
            f" mean distance {calibration.error(items):.3f}"
        )


def as_json(rows: Sequence[Measured], outside: Sequence[Scored]) -> str:
    """Return everything as JSON."""
    document: dict[str, Any] = {
        "corpora": [
            {
                "name": row.corpus,
                "objects": row.objects,
                "readSeconds": row.read_seconds,
                "discoverSeconds": row.discover_seconds,
                **{name: asdict(share) | {"value": share.value} for name, share in row.figures.items()},
            }
            for row in rows
        ],
        "total": {name: {"good": s.good, "of": s.of, "value": s.value} for name, s in _total(rows).items()},
        "calibration": {name: _summary(items) for name, items in (("reported", _scored(rows)), ("heldOut", outside))},
    }
    return json.dumps(document, indent=2)


def _summary(items: Sequence[Scored]) -> dict[str, Any]:
    return {
        "flows": len(items),
        "brier": calibration.brier(items),
        "brierOfConstant": calibration.brier_of_constant(items),
        "meanDistance": calibration.error(items),
        "table": [asdict(b) for b in calibration.table(items)],
    }
