"""Kubernetes label selectors."""

from typing import Any

import pytest

from planner.mesh.label_selector import is_empty, matches, wrong_label

LABELS = {"app": "cart", "tier": "web"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        (None, True),
        ({"matchLabels": {"app": "cart"}}, True),
        ({"matchLabels": {"app": "cart", "x": "y"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "b"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": []}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["cart"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["cart"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Like"}]}, False),
        ({"matchExpressions": ["app"]}, False),
    ],
)
def test_matches(selector: Any, expected: bool) -> None:
    assert matches(selector, LABELS) == expected


@pytest.mark.parametrize(
    "labels", [{}, {"app": "cart", "app.kubernetes.io/name": ""}, {"x-y.z/A_b.c": "v1.2_3-x"}, None]
)
def test_sound_labels(labels: Any) -> None:
    assert wrong_label(labels) is None


@pytest.mark.parametrize(
    "labels",
    [{"": "x"}, {"a b": "x"}, {"a": "x y"}, {"a": "-x"}, {"a": 1}, {"/a": "x"}, {"A.io/a": "x"}, {"a": "x" * 64}],
)
def test_wrong_labels(labels: Any) -> None:
    assert wrong_label(labels)


def test_is_empty() -> None:
    assert is_empty({})
    assert is_empty({"matchLabels": {}})
    assert not is_empty({"matchExpressions": [{}]})
