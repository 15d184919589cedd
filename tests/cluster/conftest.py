"""Fixtures of the tests that need a real control plane; they skip where its parts are not installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane, start
from tests.cluster.rollout_cluster import Cluster, point
from tests.cluster.skips import HOW, forbidden
from tests.cluster.status_writer import StatusWriter

HERE = Path(__file__).parent
PARTS = ("kube-apiserver", "etcd", "kubectl", "crds/istio.yaml")


@pytest.fixture(scope="session")
def assets() -> Path:
    """Folder with the programs and `crds/`; skips where the user has not got them."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    if not named:
        pytest.skip(f"no control plane: {HOW}")
    missing = [part for part in PARTS if not (Path(named) / part).is_file()]
    assert not missing, f"KUBEBUILDER_ASSETS={named} has no {', '.join(missing)}: {HOW}"
    return Path(named).resolve()


@pytest.fixture(scope="session")
def control_plane(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One control plane for all tests of a worker; a test leaves it as it found it, or uses its own namespaces."""
    plane = start(tmp_path_factory.mktemp("control-plane"), assets)
    yield plane
    plane.stop()


@pytest.fixture
def fresh_control_plane(assets: Path, tmp_path: Path) -> Iterator[ControlPlane]:
    """An empty control plane for this test alone."""
    plane = start(tmp_path / "control-plane", assets)
    yield plane
    plane.stop()


@pytest.fixture
def status_writer() -> Iterator[Callable[..., StatusWriter]]:
    """Start the stand-in for kubelet and controllers: `status_writer(plane, pods=True)`."""
    started: list[StatusWriter] = []

    def begin(plane: ControlPlane, *, pods: bool = False) -> StatusWriter:
        writer = StatusWriter(plane, pods=pods)
        started.append(writer)
        writer.start()
        return writer

    yield begin
    for writer in started:
        writer.stop()


@pytest.fixture
def use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[ControlPlane], Cluster]]:
    made: list[Cluster] = []

    def build(plane: ControlPlane, space: str = "") -> Cluster:
        point(monkeypatch, plane.kubeconfig)
        monkeypatch.chdir(tmp_path)
        made.append(Cluster(plane, tmp_path / "out", capsys, space))
        return made[-1]

    yield build
    for cluster in made:
        cluster.api.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where all parts are promised to be there."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if forbidden() and report.skipped and item.path.is_relative_to(HERE):
        report.outcome = "failed"
        report.longrepr = f"skipped, which MESHPLAN_FORBID_SKIPS forbids: {report.longrepr}"
    return report  # type: ignore[return-value]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a whole module."""
    report: pytest.CollectReport = yield  # type: ignore[assignment]
    if forbidden() and report.outcome == "skipped" and collector.path.is_relative_to(HERE):
        report.outcome = "failed"
        report.longrepr = f"skipped, which MESHPLAN_FORBID_SKIPS forbids: {report.longrepr}"
    return report  # type: ignore[return-value]
