"""What was seen of a call, in the words of meshplan's verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner.model.verdict import VERDICTS

Outcome = dict[str, Any]
UNSEEN, ABSENT = "unseen", "absent"
"""Answered, and not a byte of it passed between two pods; and no pod that could call, or be called."""


def judged(outcome: Outcome, *, proxied: bool, let_through: bool, known: bool) -> str:
    """Name what happened.

    Args:
        outcome: What the machine room said of the call.
        proxied: Whether the caller's pod has a sidecar.
        let_through: Whether that sidecar passed it on by address, without knowing a Service there.
        known: Whether the callee's pod has a sidecar.
    """
    if not outcome["answered"]:
        return "broken"
    spoken = [one for one in outcome["wire"] if one["class"] != "silent"]
    if not spoken:
        return UNSEEN
    last = spoken[-1]
    if last["class"] == "mesh":
        return "mtls"
    if last["class"] == "tls":
        return "tls"
    past = let_through or last["from"] == outcome["local"]
    return "bypass" if proxied and past and not known else "plaintext"


def worst(seen: Iterable[str]) -> str:
    """Choose the worst of several outcomes: a verdict tells that where a call may go either way."""
    order = {name: number for number, name in enumerate((ABSENT, UNSEEN, *VERDICTS))}
    return max(seen, key=order.__getitem__, default=ABSENT)
