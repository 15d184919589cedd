"""Pod Security Admission with a proxy in the pod."""

import pytest

from planner.mesh.pod_security import admission
from planner.mesh.versions import Version

OLD, NEW = Version(1, 27), Version(1, 28)


@pytest.mark.parametrize(
    ("enforce", "cni", "istio", "pod", "proxy", "outcome"),
    [
        (None, False, NEW, None, None, "ok"),
        ("", False, NEW, None, None, "ok"),
        ("privileged", False, NEW, None, None, "ok"),
        ("baseline", False, NEW, None, None, "rejected"),
        ("baseline", True, NEW, None, None, "ok"),
        ("baseline", None, NEW, None, None, "depends"),
        ("restricted", False, NEW, "RuntimeDefault", True, "rejected"),
        ("restricted", None, NEW, "RuntimeDefault", True, "depends"),
        ("restricted", True, OLD, "RuntimeDefault", None, "ok"),
        ("restricted", True, OLD, "Localhost", None, "ok"),
        ("restricted", True, OLD, "Unconfined", True, "rejected"),
        ("restricted", True, OLD, None, True, "rejected"),
        ("restricted", True, NEW, None, True, "ok"),
        ("restricted", True, NEW, None, None, "depends"),
        ("restricted", True, NEW, None, False, "rejected"),
        ("Baseline", True, NEW, None, None, "depends"),
    ],
)
def test_admission(
    enforce: str | None, cni: bool | None, istio: Version, pod: str | None, proxy: bool | None, outcome: str
) -> None:
    found = admission(enforce, cni, istio, pod_seccomp=pod, proxy_seccomp=proxy)
    assert found.outcome == outcome
    assert found.reason
    if outcome == "rejected":
        assert found.fix


@pytest.mark.parametrize("enforce", ["privileged", "baseline", "restricted"])
def test_ambient_is_admitted_everywhere(enforce: str) -> None:
    assert admission(enforce, None, NEW, ambient=True).outcome == "ok"
