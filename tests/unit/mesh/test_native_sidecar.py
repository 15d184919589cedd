"""Native sidecars by version, flag and annotation; and whether a Job ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.native_sidecar import NativeSidecar, job_ends, native_sidecars
from planner.mesh.versions import Version


@pytest.mark.parametrize(
    ("istio", "kubernetes", "annotation", "flag", "enabled"),
    [
        ("1.18", "1.33", None, "true", False),
        ("1.19", "1.33", None, None, False),
        ("1.26.4", "1.33", None, None, False),
        ("1.19", "1.29", None, "true", True),
        ("1.19", "1.28", None, "true", False),
        ("1.26", None, None, "true", None),
        ("1.26", None, None, None, False),
        ("1.27", "1.33", None, None, True),
        ("1.27", "1.32", None, None, False),
        ("1.27", "1.32", None, "auto", False),
        ("1.31", None, None, None, None),
        ("1.31", "1.33", None, "false", False),
        ("1.31", None, None, "false", False),
        ("1.31", "1.30", None, "true", True),
        ("1.31", "1.30", "true", "false", True),
        ("1.31", "1.33", "false", "true", False),
        ("1.31", "1.30", "maybe", None, True),
        ("1.24", "1.30", "maybe", "true", False),
        ("1.24", "1.30", "true", None, True),
        ("1.23", "1.30", "true", None, False),
    ],
)
def test_native_sidecars(
    istio: str, kubernetes: str | None, annotation: str | None, flag: str | None, enabled: bool | None
) -> None:
    cluster = Version.parse(kubernetes) if kubernetes else None
    found = native_sidecars(Version.parse(istio), cluster, annotation, flag)
    assert found.enabled is enabled, found.reason
    if enabled is None:
        assert "not known" in found.reason


VERSIONS = st.builds(Version, st.just(1), st.integers(0, 40))


@given(VERSIONS, st.none() | VERSIONS, st.none() | st.text(), st.none() | st.text())
def test_total(istio: Version, kubernetes: Version | None, annotation: str | None, flag: str | None) -> None:
    found = native_sidecars(istio, kubernetes, annotation, flag)
    assert found.reason
    if kubernetes is not None:
        assert found.enabled is not None
    if found.enabled:
        assert istio.at_least(1, 19)
        assert kubernetes is not None
        assert kubernetes.at_least(1, 29)


NATIVE, CLASSIC, UNKNOWN = NativeSidecar(True, "yes"), NativeSidecar(False, "no"), NativeSidecar(None, "kubelet?")


@pytest.mark.parametrize(
    ("mode", "native", "quits", "ends"),
    [
        ("none", None, False, True),
        ("ambient", None, False, True),
        ("sidecar", NATIVE, False, True),
        ("sidecar", CLASSIC, False, False),
        ("sidecar", CLASSIC, True, True),
        ("sidecar", UNKNOWN, False, None),
        ("sidecar", UNKNOWN, True, True),
        ("sidecar", None, False, None),
    ],
)
def test_job_ends(mode: str, native: NativeSidecar | None, quits: bool, ends: bool | None) -> None:
    found = job_ends(mode, native, quits=quits)
    assert found.ends is ends
    assert found.reason
    assert bool(found.fix) == (ends is not True)
