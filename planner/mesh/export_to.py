"""`exportTo`: which namespaces see an object.

Source: istio/istio pkg/config/validation validateExportTo.
"""

from __future__ import annotations

from typing import Any

from planner.mesh.hostnames import is_dns_label
from planner.mesh.problem import Problem, error
from planner.model.fields import list_at, text_at


def export_problems(values: Any, namespace: str, *, nobody_allowed: bool = False) -> list[Problem]:
    """Check `spec.exportTo`.

    Args:
        values: The raw list.
        namespace: Where the object lives; `.` means the same.
        nobody_allowed: `~` is allowed, which holds for ServiceEntry only.
    """
    field, found, seen = "spec.exportTo", [], set[str]()
    names = [text_at(value) for value in list_at(values)]
    for name in names:
        meant = namespace if name == "." else name
        if meant in seen:
            found.append(error("export-duplicate", field, f"{name!r} names the same namespace twice"))
        seen.add(meant)
        if name in (".", "*") or (name == "~" and nobody_allowed):
            continue
        if not is_dns_label(name):
            found.append(error("export-name", field, f"{name!r} is not the name of a namespace"))
    found.extend(
        error("export-mixed", field, f"{special!r} cannot stand beside other values")
        for special in ("*", "~")
        if special in names and len(seen) > 1
    )
    return found
