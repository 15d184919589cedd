"""A rollout on a real API server: the four commands, and every object of the server before and after."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import pytest

from planner.cli.app import run
from planner.operate import passing, record
from planner.operate.live import Live
from planner.operate.progress import Progress
from planner.operate.rollout import Place, Rollout, read
from planner.operate.values import at
from planner.pipeline import operate
from tests.cluster.api import MERGE, Api, ApiError, Key
from tests.cluster.control_plane import ControlPlane

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "samples" / "bank"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
PASSING = (
    "Pod",
    "Event",
    "Lease",
    "EndpointSlice",
    "IPAddress",
    "ServiceCIDR",
    "FlowSchema",
    "APIService",
    "Endpoints",
)
Objects = dict[Key, dict[str, Any]]


class Cluster:
    """A control plane with a plan for it, and the command line."""

    def __init__(self, plane: ControlPlane, out: Path, capsys: pytest.CaptureFixture[str], space: str = "") -> None:
        self.plane, self.out, self._capsys, self.space = plane, out, capsys, space
        self.api: Api = plane.api()

    def meshplan(self, *words: object) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run([str(word) for word in words])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    @property
    def rollout(self) -> Rollout:
        return read(self.out)

    @property
    def progress(self) -> Progress:
        return Progress(self.rollout, record.read(self.out))

    @property
    def live(self) -> Live:
        return operate.live("")

    def open_gates(self, place: Place) -> list[str]:
        return [item.name for item in passing.before(self.live, self.progress, place) if item.open]

    def apply(self, *words: str) -> tuple[int, str, str]:
        """Apply the next step, with every gate confirmed that is open."""
        place = self.progress.following()
        names = self.open_gates(place) if place else []
        confirmed = [word for name in names for word in ("--confirm", name)]
        return self.meshplan("apply", "-d", self.out, "--yes", "--timeout", 20, *confirmed, *words)

    def objects(self) -> Objects:
        """Every object without what the server or a stand-in changes by itself."""
        for _ in range(20):
            try:
                return {k: still(raw) for k, raw in self.api.objects() if k.kind not in PASSING and self.mine(k)}
            except ApiError as fault:  # the storage of a kind that was defined just now
                if fault.status != 429:
                    raise
            time.sleep(0.5)
        raise AssertionError("the server does not come to rest")

    def mine(self, key: Key) -> bool:
        """Whether a test that shares its control plane with others looks at an object."""
        return not self.space or self.space in (key.namespace, key.name)

    def patch(self, path: str, body: Any) -> None:
        self.api.request("PATCH", path, body, MERGE)


def still(raw: dict[str, Any]) -> dict[str, Any]:
    copied = copy.deepcopy(raw)
    for name in ("managedFields", "resourceVersion", "generation"):
        copied["metadata"].pop(name, None)
    copied.pop("status", None)
    template = at(copied, ("spec", "template", "metadata"))
    if isinstance(template, dict):
        annotations = template.get("annotations", {})
        annotations.pop(RESTARTED, None)
        if not annotations:
            template.pop("annotations", None)
    return _tidy(copied)


def _tidy(value: Any) -> Any:
    """Drop empty mappings: the server drops an empty map of labels at its next writing."""
    if isinstance(value, dict):
        kept = {key: _tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != {}}
    return [_tidy(inner) for inner in value] if isinstance(value, list) else value


def point(monkeypatch: pytest.MonkeyPatch, kubeconfig: Path) -> None:
    """Choose a kubeconfig."""
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))


def plan_into(source: Path | str, out: Path, *words: object) -> None:
    assert run(["plan", str(source), "-d", str(out), *map(str, words)]) in (0, 4)
