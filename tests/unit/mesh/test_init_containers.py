"""Init containers: before, beside or without the proxy."""

from itertools import product

import pytest

from planner.mesh.init_containers import init_network


@pytest.mark.parametrize(
    ("cni", "native", "ambient", "strict", "works", "transport"),
    [
        (False, False, False, False, True, "plaintext"),
        (False, False, False, True, False, "plaintext"),
        (True, False, False, False, False, "refused"),
        (True, False, False, True, False, "refused"),
        (False, True, False, True, True, "mesh"),
        (True, True, False, True, True, "mesh"),
        (None, True, False, True, True, "mesh"),
        (None, None, True, True, True, "mesh"),
        (None, False, False, True, False, "unknown"),
        (None, False, False, False, None, "unknown"),
        (False, None, False, False, True, "unknown"),
        (False, None, False, True, None, "unknown"),
        (True, None, False, False, None, "unknown"),
    ],
)
def test_init_network(
    cni: bool | None, native: bool | None, ambient: bool, strict: bool, works: bool | None, transport: str
) -> None:
    found = init_network(cni=cni, native=native, ambient=ambient, target_strict=strict)
    assert (found.works, found.transport) == (works, transport)


def test_an_excluded_container_goes_past_the_proxy() -> None:
    assert init_network(cni=True, native=False, excluded=True).transport == "plaintext"
    assert init_network(cni=True, native=True, excluded=True, target_strict=True).works is False


def test_what_is_missing_is_named() -> None:
    assert "Istio CNI" in init_network(cni=None, native=False).reason
    assert "native" in init_network(cni=True, native=None).reason
    both = init_network(cni=None, native=None).reason
    assert "Istio CNI" in both
    assert "native" in both


@pytest.mark.parametrize(
    ("cni", "native", "strict"), list(product([True, False, None], [True, False, None], [True, False]))
)
def test_unknown_agrees_with_what_is_common_to_all_cases(cni: bool | None, native: bool | None, strict: bool) -> None:
    def cases(value: bool | None) -> list[bool]:
        return [True, False] if value is None else [value]

    answers = {
        init_network(cni=one, native=other, target_strict=strict).works
        for one, other in product(cases(cni), cases(native))
    }
    found = init_network(cni=cni, native=native, target_strict=strict)
    assert found.works is (answers.pop() if len(answers) == 1 else None)
    assert bool(found.fix) or found.works
