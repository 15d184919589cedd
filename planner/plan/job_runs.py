"""Whether the run of a Job is over.

Source: kubernetes/kubernetes pkg/apis/batch/types.go (the conditions Complete and Failed say that it has ended).
"""

from __future__ import annotations

from planner.model.fields import maps_at, text_at
from planner.model.workloads import Workload

_ENDED = ("Complete", "Failed")


def ended(workload: Workload) -> bool:
    """Whether a workload is a Job that is known to have ended."""
    if workload.ref.kind != "Job":
        return False
    conditions = (item for _, item in maps_at(workload.object.raw, "status", "conditions"))
    return any(text_at(item, "type") in _ENDED and text_at(item, "status") == "True" for item in conditions)
