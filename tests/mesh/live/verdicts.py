"""meshplan's own verdicts, from `meshplan simulate -o json --undo`, as a life of each flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TODAY = "today"


def moments(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the verdict of every flow today, after each step, and after each step was taken back.

    The name of a moment is `PHASE STEP`, as in `1 20-label`.
    """
    now = {one["flow"]: one["verdict"] for one in document["today"]}
    yield TODAY, dict(now)
    for step in (*document["steps"], *document.get("undo", ())):
        now |= {one["flow"]: one["verdict"] for one in step["changes"]}
        if not step["during"]:
            yield f"{step['phase']} {step['step']}", dict(now)
