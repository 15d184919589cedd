"""Which pods ambient mode captures."""

import pytest

from planner.mesh.ambient import captured

AMBIENT = {"istio.io/dataplane-mode": "ambient"}
OUT = {"istio.io/dataplane-mode": "none"}


@pytest.mark.parametrize(
    ("name", "namespace", "pod", "annotations", "host_network", "expected"),
    [
        ("shop", AMBIENT, {}, {}, False, True),
        ("shop", {}, AMBIENT, {}, False, True),
        ("shop", OUT, AMBIENT, {}, False, True),
        ("shop", AMBIENT, OUT, {}, False, False),
        ("shop", {}, {}, {}, False, False),
        ("shop", {"istio.io/dataplane-mode": "Ambient"}, {}, {}, False, False),
        ("shop", AMBIENT, {}, {"sidecar.istio.io/status": "{}"}, False, False),
        ("shop", AMBIENT, {}, {}, True, False),
        ("kube-system", AMBIENT, AMBIENT, {}, False, False),
    ],
)
def test_captured(
    name: str,
    namespace: dict[str, str],
    pod: dict[str, str],
    annotations: dict[str, str],
    host_network: bool,
    expected: bool,
) -> None:
    found = captured(name, namespace, pod, annotations, host_network)
    assert found.captured == expected
    assert found.reason


def test_excluded_namespaces_can_be_told() -> None:
    assert not captured("infra", AMBIENT, {}, {}, False, frozenset({"infra"})).captured
