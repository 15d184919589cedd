"""Kubernetes quantities: `250m`, `1.5`, `64Mi`, `1e3`.

Source: k8s.io/apimachinery pkg/api/resource.
"""

from __future__ import annotations

import re
from typing import Any

_QUANTITY = re.compile(r"^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$")
_BINARY = {unit: 1024.0 ** (power + 1) for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))}
_DECIMAL = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}


def parse(value: Any) -> float | None:
    """Read a quantity as a number of cores or bytes; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _QUANTITY.match(value.strip()) if isinstance(value, str) else None
    if not match:
        return None
    number, binary, decimal, exponent = match.groups()
    if exponent:
        return float(number) * 10.0 ** int(exponent)
    return float(number) * (_BINARY[binary] if binary else _DECIMAL[decimal] if decimal else 1.0)


def show(value: float, resource: str) -> str:
    """Write a number of cores or bytes for people: `2.5`, `1.5Gi`."""
    if resource.endswith("cpu"):
        return f"{round(value, 3):g}"
    unit = "Gi" if value >= _BINARY["Gi"] else "Mi"
    return f"{round(value / _BINARY[unit], 2):g}{unit}"
