"""Jobs: a template that cannot change, and runs that must not happen twice.

A Job that has ended needs nothing, and one that is created again does its work again (a second payment run), so
nothing here ever asks for that.

Source: kubernetes/kubernetes pkg/apis/batch/validation/validation.go (a Job's template is immutable),
pkg/apis/batch/types.go (the conditions Complete and Failed say that it has ended).
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.bundle.part import Part, by_hand
from planner.model.workloads import Workload
from planner.plan.job_runs import ended


def only_when_it_runs_again(workload: Workload, labels: Mapping[str, str]) -> Part:
    """Say what a Job that may still run needs, without asking anybody to run it."""
    if ended(workload):
        return Part()
    listed = ", ".join(f'{key}: "{value}"' for key, value in sorted(labels.items()))
    start = f"{workload.ref}: nothing to do for a Job that has ended; only where it is to run again, create it"
    if not listed:
        return by_hand(f"{start} once its namespace has the label, and its pod gets a proxy.")
    word = "label" if len(labels) == 1 else "labels"
    back = f"{workload.ref}: only where it is to run again, create it without {', '.join(sorted(labels))}."
    return by_hand(f"{start} with the {word} {listed} on its pod template.", back)
