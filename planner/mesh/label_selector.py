"""Kubernetes labels: what is a valid one, and which labels a selector matches.

Source: k8s.io/apimachinery LabelSelectorAsSelector; istio/istio pkg/config/labels Instance.Validate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from planner.model.fields import list_at, map_at, text_at

_NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_KEY = re.compile(f"(?:{_PREFIX}/)?{_NAME}")
_VALUE = re.compile(f"(?:{_NAME})?")


def wrong_label(labels: Any) -> str | None:
    """Give the first key or value that cannot be a label, or None where all can."""
    for key, value in map_at(labels).items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            return repr(key)
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            return f"{key}: {value!r}"
    return None


def is_empty(selector: Any) -> bool:
    """Tell whether a selector says nothing; Kubernetes lets an empty one match everything."""
    raw = map_at(selector)
    return not map_at(raw.get("matchLabels")) and not list_at(raw.get("matchExpressions"))


def matches(selector: Any, labels: Mapping[str, str]) -> bool:
    """Tell whether a LabelSelector object matches; an ill-typed requirement matches nothing."""
    raw = map_at(selector)
    equal = all(labels.get(str(key)) == value for key, value in map_at(raw.get("matchLabels")).items())
    return equal and all(_holds(map_at(expression), labels) for expression in list_at(raw.get("matchExpressions")))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = (
        text_at(expression.get("key")),
        expression.get("operator"),
        list_at(expression.get("values")),
    )
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    return operator == "DoesNotExist" and key not in labels
