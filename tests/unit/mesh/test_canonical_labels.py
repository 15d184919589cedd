"""From which version on Istio's telemetry reads the labels that Kubernetes recommends."""

import pytest

from planner.mesh.canonical_labels import NAME, VERSION, reads_recommended
from planner.mesh.versions import Version


@pytest.mark.parametrize(
    ("istio", "reads"),
    [
        (Version(1, 18), False),
        (Version(1, 29), False),
        (Version(1, 29, 9), False),
        (Version(1, 30), True),
        (Version(1, 30, 0, "-rc.0"), True),
        (Version(1, 31, 1), True),
        (Version(2, 0), True),
    ],
)
def test_telemetry_falls_back_from_1_30(istio: Version, reads: bool) -> None:
    assert reads_recommended(istio) is reads


def test_the_labels_are_those_of_kubernetes() -> None:
    assert (NAME, VERSION) == ("app.kubernetes.io/name", "app.kubernetes.io/version")
