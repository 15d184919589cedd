from __future__ import annotations

import pytest

from planner.checks.quantities import parse, show


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", 0.25),
        ("2", 2.0),
        (2, 2.0),
        (0.5, 0.5),
        ("64Mi", 64 * 1024.0**2),
        ("1G", 1e9),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
    ],
)
def test_quantities(text: object, value: float) -> None:
    assert parse(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "1 Gi", "Mi", True, None, [], "--1", "1e", "1ee3"])
def test_what_is_no_quantity(text: object) -> None:
    assert parse(text) is None


def test_shown_for_people() -> None:
    assert show(2.5, "limits.cpu") == "2.5"
    assert show(128 * 1024.0**2, "limits.memory") == "128Mi"
    assert show(1.5 * 1024.0**3, "memory") == "1.5Gi"
