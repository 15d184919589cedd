"""apply, verify, status and undo on a real API server: only what a step says changes, and all of it comes back."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.config import kube_config

from planner.bundle.patching import path_text
from planner.cli import rollout_view
from planner.cli.app import run
from planner.model.bundle import Change
from planner.operate import passing, record
from planner.operate.live import Conflict, Live
from planner.operate.progress import Progress, State
from planner.operate.record import Journal
from planner.operate.rollout import Place, Rollout, read
from planner.operate.values import at
from planner.pipeline import operate
from tests.cluster.api import MERGE, Api, ApiError, Key
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import load
from tests.cluster.status_writer import StatusWriter

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "samples" / "bank"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
_PASSING = (
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

    def tell(self, text: str) -> None:
        """Print a count for whoever runs the tests."""
        with self._capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

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
                return {k: _still(raw) for k, raw in self.api.objects() if k.kind not in _PASSING and self.mine(k)}
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


def _still(raw: dict[str, Any]) -> dict[str, Any]:
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


def _point(monkeypatch: pytest.MonkeyPatch, kubeconfig: Path) -> None:
    """Choose a kubeconfig; the kubernetes package looks at the variable only when it is imported."""
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))


def _plan(source: Path, out: Path, *words: object) -> None:
    assert run(["plan", str(source), "-d", str(out), *map(str, words)]) in (0, 4)


@pytest.fixture
def use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[ControlPlane], Cluster]]:
    made: list[Cluster] = []

    def build(plane: ControlPlane, space: str = "") -> Cluster:
        _point(monkeypatch, plane.kubeconfig)
        monkeypatch.chdir(tmp_path)
        made.append(Cluster(plane, tmp_path / "out", capsys, space))
        return made[-1]

    yield build
    for cluster in made:
        cluster.api.close()


_SHOP = """
apiVersion: v1
kind: Namespace
metadata: {{name: {space}, labels: {{team: shop}}}}
---
{web}
---
{cart}
"""
_APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {space}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{k8s-app: {name}}}}}
  template:
    metadata: {{labels: {{k8s-app: {name}}}}}
    spec:
      containers: [{{name: app, image: "example.com/{name}:1.4", ports: [{{containerPort: 8080}}]}}]
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {space}}}
spec:
  selector: {{k8s-app: {name}}}
  ports: [{{port: 80, targetPort: 8080}}]
"""
_FLOWS = """
flows:
- {{from: {space}/web, to: {space}/cart, port: 80, protocol: http}}
- {{from: {space}/cart, to: {space}/web, port: 80, protocol: http}}
"""


@pytest.fixture(scope="session")
def with_mesh_kinds(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> ControlPlane:
    load(control_plane, tmp_path_factory.mktemp("nothing"))
    return control_plane


@pytest.fixture
def shop(
    with_mesh_kinds: ControlPlane, status_writer: Callable[..., StatusWriter], use: Callable[..., Cluster],
    tmp_path: Path, request: pytest.FixtureRequest,
) -> tuple[Cluster, StatusWriter]:  # fmt: skip
    """A namespace of its own with two applications, on the control plane that the tests share."""
    space = f"shop-{zlib.crc32(request.node.name.encode()):x}"
    apps = {name: _APP.format(name=name, space=space) for name in ("web", "cart")}
    (tmp_path / "shop.yaml").write_text(_SHOP.format(space=space, **apps))
    (tmp_path / "flows.yaml").write_text(_FLOWS.format(space=space))
    with_mesh_kinds.kubectl("apply", "-f", str(tmp_path / "shop.yaml"))
    writer = status_writer(with_mesh_kinds, pods=True)
    cluster = use(with_mesh_kinds, space)
    _plan(tmp_path / "shop.yaml", cluster.out, "--config", tmp_path / "flows.yaml")
    return cluster, writer


def _differences(before: Objects, after: Objects) -> set[tuple[Key, str]]:
    found: set[tuple[Key, str]] = set()
    for key in set(before) | set(after):
        if key not in before or key not in after:
            found.add((key, "whole"))
        else:
            found |= {(key, path) for path in _paths(before[key], after[key], ())}
    return found


def _paths(one: Any, other: Any, path: tuple[Any, ...]) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in set(one) | set(other):
            yield from _paths(one.get(key, {}), other.get(key, {}), (*path, key))
    elif isinstance(other, dict) and one == {}:
        for key in other:
            yield from _paths({}, other[key], (*path, key))
    elif isinstance(one, dict) and other == {}:
        for key in one:
            yield from _paths(one[key], {}, (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            item = (("port", str(b.get("port"))), ("protocol", b.get("protocol"))) if isinstance(b, dict) else number
            yield from _paths(a, b, (*path, item))
    elif one != other:
        yield path_text(path)


def _meant(place: Place, before: Objects, after: Objects) -> tuple[set[tuple[Key, str]], set[tuple[Key, str]]]:
    """What the step must change, and what it may."""
    must: set[tuple[Key, str]] = set()
    groups = {(k.kind, k.namespace, k.name): k for k in (*before, *after)}
    for item in place.step.created:
        must.add((groups[item.ref.kind, item.ref.namespace, item.ref.name], "whole"))
    for patch in place.step.patches:
        key = groups[patch.ref.kind, patch.ref.namespace, patch.ref.name]
        must |= {(key, path_text(change.path)) for change in patch.changes if _moves(before[key], change)}
    return must, must


def _moves(raw: dict[str, Any], change: Change) -> bool:
    return at(raw, change.path) != change.new


def _forth_and_back(cluster: Cluster, name: str) -> tuple[int, int]:
    start = cluster.objects()
    compared, steps, unwell = len(start), 0, 0
    while (place := cluster.progress.following()) is not None:
        before = cluster.objects()
        code, out, err = cluster.apply()
        assert code == 0, (place.name, out, err)
        after = cluster.objects()
        must, may = _meant(place, before, after)
        changed = _differences(before, after)
        assert changed <= may, (place.name, changed - may)
        assert must <= changed, (place.name, must - changed)
        compared += len(after)
        steps += 1
        code, out, err = cluster.meshplan("verify", "-d", cluster.out, "--step", place.name)
        fails = [line for line in out.splitlines() if "does not hold" in line]
        unwell += len(fails)
        assert all("no proxy" in line or "ready" in line or "created since" in line for line in fails), (
            place.name,
            out,
        )
    code, out, err = cluster.apply()
    assert code == 0 and "Every step is done" in out
    code, out, err = cluster.meshplan("undo", "-d", cluster.out, "--all", "--yes", "--timeout", 20)
    assert code == 0, (out, err)
    end = cluster.objects()
    left = _differences(start, end)
    assert not left, left
    events = [event["event"] for event in record.read(cluster.out)]
    undone = sum(1 for place in cluster.rollout.places if cluster.progress.state(place) is State.UNDONE)
    said = f"{steps} steps applied, {undone} undone, {events.count('done')} changes, "
    cluster.tell(f"{name}: {said}{compared + len(end)} objects compared, {unwell} findings of verify (pods)")
    return steps, compared


def _inputs() -> list[Any]:
    corpora = sorted(ROOT.parent.glob("shared/corpus/*/"))
    return [pytest.param(BANK, id="bank"), *(pytest.param(folder, id=folder.name) for folder in corpora)]


@pytest.mark.parametrize("folder", _inputs())
def test_every_step_forth_and_back(
    folder: Path, fresh_control_plane: ControlPlane, use: Callable[..., Cluster],
    status_writer: Callable[..., StatusWriter], tmp_path: Path,
) -> None:  # fmt: skip
    """The bank is planned from its files; what others have is planned as the server gives it back."""
    load(fresh_control_plane, folder / "manifests")
    status_writer(fresh_control_plane, pods=True)
    cluster = use(fresh_control_plane)
    if folder == BANK:
        _plan(BANK, cluster.out, "--config", BANK / "meshplan.yaml")
    else:
        unwanted = (*_PASSING, "CustomResourceDefinition", "Secret")
        kept = [raw for key, raw in cluster.api.objects() if key.kind not in unwanted]
        dump = tmp_path / "live.json"
        dump.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": _named(cluster.api, kept)}))
        _plan(dump, cluster.out)
    steps, compared = _forth_and_back(cluster, folder.name)
    assert steps == len(cluster.rollout.places) > 3
    assert compared > 1000
    states = json.loads(cluster.meshplan("status", "-d", cluster.out, "-o", "json")[1])["steps"]
    assert {line["state"] for line in states} == {"undone"}
    assert all(event["time"] and event["user"] for event in record.read(cluster.out))


def _named(api: Api, raws: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items of a list have no kind; give it back."""
    kinds = {(r.group, r.kind): r for r in api.resources()}
    found = []
    for resource in kinds.values():
        for item in api.request("GET", resource.path)["items"]:
            if any(item["metadata"].get("uid") == raw["metadata"].get("uid") for raw in raws):
                version = f"{resource.group}/{resource.version}" if resource.group else resource.version
                found.append({"apiVersion": version, "kind": resource.kind, **item})
    return found


def _until(cluster: Cluster, name: str) -> Place:
    """Apply every step before the first one of this name."""
    while (place := cluster.progress.following()) is not None and place.step.name != name:
        code, out, err = cluster.apply()
        assert code == 0, (out, err)
    assert place is not None
    return place


def test_drift_is_refused_and_nothing_changed(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    place = cluster.progress.following()
    assert place is not None
    last = place.step.patches[-1].ref
    name = f"/api/v1/namespaces/{last.namespace}/services/{last.name}"
    ports = cluster.api.request("GET", name)["spec"]["ports"]
    cluster.patch(name, {"spec": {"ports": [port | {"appProtocol": "kubernetes.io/ws"} for port in ports]}})
    before = cluster.objects()
    code, _, err = cluster.apply()
    assert code == 1
    assert f"Service {last.text}" in err and "appProtocol" in err and "kubernetes.io/ws" in err and "expected" in err
    assert cluster.objects() == before
    assert not (cluster.out / record.FILE).exists()


def test_an_object_that_is_gone_is_refused(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    place = cluster.progress.following()
    assert place is not None
    ref = place.step.patches[0].ref
    cluster.plane.kubectl("delete", "service", ref.name, "-n", ref.namespace)
    code, _, err = cluster.apply()
    assert code == 1 and f"{ref}: the object does not exist" in err


def _raced(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, labels: dict[str, str]) -> tuple[int, str, str, Any]:
    """Apply the label step while somebody sets labels between our reading and our first patch; give the labels then."""
    path = f"/api/v1/namespaces/{_until(cluster, '20-label').step.patches[0].ref.name}"
    real, raced = Live.patch, []

    def slow(self: Live, *args: Any, dry: bool = False) -> Any:
        if not dry and not raced:
            raced.append(1)
            cluster.patch(path, {"metadata": {"labels": labels}})
        return real(self, *args, dry=dry)

    monkeypatch.setattr(Live, "patch", slow)
    code, out, err = cluster.apply()
    return code, out, err, cluster.api.request("GET", path)["metadata"]["labels"]


def test_a_change_between_reading_and_patching_is_never_overwritten(
    shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, _ = shop
    code, _, err, labels = _raced(cluster, monkeypatch, {"istio-injection": "disabled"})
    assert code == 1 and "expected (absent), found disabled" in err
    assert labels["istio-injection"] == "disabled"
    assert any(event["event"] == "conflict" for event in record.read(cluster.out))


def test_a_change_of_another_field_at_that_moment_does_not_stop_it(
    shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err, labels = _raced(shop[0], monkeypatch, {"team": "other"})
    assert code == 0, (out, err)
    assert labels["team"] == "other" and labels["istio-injection"] == "enabled"


def test_a_json_patch_is_guarded_too(shop: tuple[Cluster, StatusWriter]) -> None:
    from planner.model.bundle import PatchType
    from planner.model.refs import Ref

    cluster, _ = shop
    ref, path = Ref("", cluster.space, "Namespace"), f"/api/v1/namespaces/{cluster.space}"
    old = cluster.api.request("GET", path)["metadata"]["resourceVersion"]
    cluster.patch(path, {"metadata": {"labels": {"team": "other"}}})
    body = [{"op": "add", "path": "/metadata/labels/x", "value": "y"}]
    with pytest.raises(Conflict):
        cluster.live.patch("v1", ref, PatchType.JSON, body, old)
    new = cluster.api.request("GET", path)["metadata"]["resourceVersion"]
    assert cluster.live.patch("v1", ref, PatchType.JSON, body, new)["metadata"]["labels"]["x"] == "y"


@pytest.mark.parametrize("after", [1, 2])
def test_killed_in_the_middle_and_resumed(shop: tuple[Cluster, StatusWriter], after: int) -> None:
    """`after` is the number of patches sent when the process is killed: between intent and done."""
    cluster, _ = shop
    code = (
        "import os, signal, sys\n"
        "from planner.operate.live import Live\n"
        "from planner.cli.app import run\n"
        "real, sent = Live.patch, []\n"
        "def patch(self, *args, dry=False):\n"
        "    answer = real(self, *args, dry=dry)\n"
        "    if not dry:\n"
        "        sent.append(1)\n"
        f"        if len(sent) == {after}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return answer\n"
        "Live.patch = patch\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "apply", "-d", str(cluster.out), "--yes"]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed
    events = record.read(cluster.out)
    assert events[-1]["event"] == "intent"
    assert "half done" in cluster.meshplan("status", "-d", cluster.out)[1]
    start = len(events)
    done, out, err = cluster.apply()
    assert done == 0, (out, err)
    assert out.count("stands already") == after
    again = [e["event"] for e in record.read(cluster.out)[start:]]
    place = cluster.rollout.places[0]
    assert again.count("done") == len(place.step.patches) - after
    assert again.count("present") == after
    assert cluster.meshplan("undo", "-d", cluster.out, "--yes")[0] == 0
    for patch in place.step.patches:
        raw = cluster.api.request("GET", f"/api/v1/namespaces/{patch.ref.namespace}/services/{patch.ref.name}")
        assert [at(raw, c.path) for c in patch.changes] == [c.old for c in patch.changes]


def test_a_half_done_step_can_be_taken_back(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, writer = shop
    place = _until(cluster, "30-canary")
    start = cluster.objects()
    writer.paused.add(place.step.rollouts[0].ref.text)
    code, out, err = cluster.apply("--timeout", "1")
    assert code == 1 and "is not ready after 1 s" in err and "meshplan undo" in err, (out, err)
    assert record.read(cluster.out)[-1]["event"] == "failed"
    assert "half done" in cluster.meshplan("status", "-d", cluster.out)[1]
    writer.paused.clear()
    code, out, err = cluster.meshplan("undo", "-d", cluster.out, "--step", place.name, "--yes")
    assert code == 1 and "20-label must be taken back before it" in err
    code, out, err = cluster.meshplan(
        "undo", "-d", cluster.out, "--phase", place.phase.folder, "--yes", "--timeout", 20
    )
    assert code == 0, (out, err)
    assert "Done     3 steps taken back" in out
    assert start != cluster.objects()


def test_a_right_that_is_missing_is_named(shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, _ = shop
    read_only = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
    config = cluster.plane.kubeconfig_for_user("reader", rules=read_only)
    before = cluster.objects()
    _point(monkeypatch, config)
    code, _, err = cluster.apply()
    assert code == 5
    assert 'apiGroups: [""], resources: ["services"], verbs: ["patch"]' in err and "in namespace" in err
    assert cluster.objects() == before
    assert not (cluster.out / record.FILE).exists()


def test_the_rights_of_the_guide_are_enough(
    shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, _ = shop
    guide = (ROOT / "docs" / "guide" / "rollout.md").read_text(encoding="utf-8")
    role = yaml.safe_load(guide.partition("```yaml\n")[2].partition("```")[0])
    cluster.space = ""
    cluster.plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}})
    _point(monkeypatch, cluster.plane.kubeconfig_for_user("on-call", rules=role["rules"]))
    assert _forth_and_back(cluster, "shop, with the rights of the guide")[0] == len(cluster.rollout.places)
    asked = [event for event in cluster.plane.audit() if event["user"]["username"] == "on-call"]
    assert asked and not [event for event in asked if event["responseStatus"]["code"] == 403]


def test_gates_hold_the_next_step_back(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    for patch in cluster.rollout.places[0].step.patches:
        cluster.plane.apply(_slice(patch.ref.namespace, patch.ref.name))
    assert cluster.apply()[0] == 0
    lost = cluster.rollout.places[0].step.patches[0].ref
    cluster.plane.kubectl("delete", "endpointslice", lost.name, "-n", lost.namespace)
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes")
    assert code == 1 and f"no endpoint any more: {lost.text}" in err and "does not hold" in err
    cluster.plane.apply(_slice(lost.namespace, lost.name))
    code, out, err = cluster.meshplan("apply", "-d", cluster.out, "--yes")
    assert code == 0, (out, err)
    assert any(e["event"] == "held" and e["gate"].endswith("ports-unharmed") for e in record.read(cluster.out))
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes")
    assert code == 1 and "not checked" in err and "istioctl analyze" in err and "--confirm analyze-" in err
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes", "--confirm", "nothing")
    assert code == 2 and "one of:" in err
    assert cluster.apply()[0] == 0
    confirmed = [e for e in record.read(cluster.out) if e["event"] == "confirm"]
    assert confirmed and all(e["user"] and e["time"] for e in confirmed)


def _slice(namespace: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
        "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": True}}], "ports": [{"port": 80}],
    }  # fmt: skip


def test_a_pod_that_came_after_the_label_is_seen(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    place = _until(cluster, "30-canary")
    space = place.phase.namespaces[0]
    time.sleep(1.1)
    pod = {"metadata": {"name": "late"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    cluster.api.request("POST", f"/api/v1/namespaces/{space}/pods", pod)
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes")
    assert code == 1 and "were created since the label came: late" in err
    code, out, err = cluster.meshplan("apply", "-d", cluster.out, "--yes", "--confirm", "labels-stand")
    assert code == 0, (out, err)
    found = cluster.meshplan("verify", "-d", cluster.out, "--step", f"{place.phase.folder}/20-label")[1]
    assert "the label stands" in found


def test_order_names_and_cluster_are_checked(shop: tuple[Cluster, StatusWriter], tmp_path: Path) -> None:
    cluster, _ = shop
    second = cluster.rollout.places[1].name
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes", "--step", second)
    assert code == 1 and f"{cluster.rollout.places[0].name} is not begun" in err
    code, _, err = cluster.meshplan("apply", "-d", cluster.out, "--yes", "--step", "99-nothing")
    assert code == 2 and cluster.rollout.places[0].name in err
    code, _, err = cluster.meshplan("apply", "-d", cluster.out)
    assert code == 1 and "--yes" in err
    assert not (cluster.out / record.FILE).exists()
    code, out, _ = cluster.meshplan("apply", "-d", cluster.out, "--dry-run")
    assert code == 0 and "Nothing was changed" in out
    assert not (cluster.out / record.FILE).exists()
    assert cluster.apply()[0] == 0
    (cluster.out / record.FILE).write_text(
        (cluster.out / record.FILE).read_text().replace(cluster.live.uid(), "another-cluster")
    )
    for command in ("apply", "verify", "undo"):
        code, _, err = cluster.meshplan(command, "-d", cluster.out)
        assert code == 1 and "belongs to the cluster of context" in err


def test_a_person_at_the_terminal_is_asked(shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, _ = shop
    assert cluster.apply()[0] == 0
    questions: list[str] = []
    answers: list[bool] = []

    def ask(question: str, **_: Any) -> bool:
        questions.append(question)
        return answers.pop(0)

    monkeypatch.setattr(rollout_view, "person", lambda: True)
    monkeypatch.setattr("typer.confirm", ask)
    before = cluster.objects()
    answers[:] = [False]
    code, _, err = cluster.meshplan("apply", "-d", cluster.out)
    assert code == 1 and "waits for 1 gate" in err and questions == ["  Does it hold?"]
    answers[:] = [True, False]
    code, _, err = cluster.meshplan("apply", "-d", cluster.out)
    assert code == 1 and "not confirmed; nothing was changed" in err
    assert questions[-1] == f"Apply {cluster.rollout.places[1].name} to {cluster.plane.context}?"
    assert cluster.objects() == before
    answers[:] = [True]
    code, out, err = cluster.meshplan("apply", "-d", cluster.out)
    assert code == 0, (out, err)
    answers[:] = [False]
    assert cluster.meshplan("undo", "-d", cluster.out)[0] == 1
    assert cluster.objects() != before
    answers[:] = [True]
    assert cluster.meshplan("undo", "-d", cluster.out)[0] == 0
    assert cluster.objects() == before


def test_status_works_without_the_cluster(
    shop: tuple[Cluster, StatusWriter], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cluster, _ = shop
    assert cluster.apply()[0] == 0
    ref = cluster.rollout.places[0].step.patches[0].ref
    name = f"/api/v1/namespaces/{ref.namespace}/services/{ref.name}"
    ports = cluster.api.request("GET", name)["spec"]["ports"]
    cluster.patch(name, {"spec": {"ports": [{k: v for k, v in port.items() if k != "appProtocol"} for port in ports]}})
    assert "drifted" in cluster.meshplan("status", "-d", cluster.out)[1]
    code, out, _ = cluster.meshplan("verify", "-d", cluster.out)
    assert code == 1 and f"Service {ref.text}" in out
    code, _, err = cluster.meshplan("undo", "-d", cluster.out, "--yes")
    assert code == 0, err  # what stands as it was before needs no undo
    gone = tmp_path / "gone.kubeconfig"
    gone.write_text(cluster.plane.kubeconfig.read_text().replace(f":{cluster.plane.port}", ":1"))
    _point(monkeypatch, gone)
    code, out, _ = cluster.meshplan("status", "-d", cluster.out)
    assert code == 0 and "record alone" in out and "undone" in out


def test_undo_refuses_what_somebody_changed(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    place = _until(cluster, "20-label")
    created = cluster.progress.rollout.matching(place.phase.folder, "10-guard")[0].step.created[0]
    path = f"/apis/security.istio.io/v1/namespaces/{created.ref.namespace}/peerauthentications/{created.ref.name}"
    cluster.patch(path, {"spec": {"mtls": {"mode": "DISABLE"}}})
    before = cluster.objects()
    code, _, err = cluster.meshplan("undo", "-d", cluster.out, "--yes")
    assert code == 1 and "exists and is another one, first at spec.mtls.mode" in err
    assert cluster.objects() == before
    cluster.patch(path, {"spec": {"mtls": {"mode": "PERMISSIVE"}}})
    assert cluster.meshplan("undo", "-d", cluster.out, "--yes")[0] == 0


def test_an_admission_refusal_leaves_nothing_half_done(shop: tuple[Cluster, StatusWriter]) -> None:
    cluster, _ = shop
    patches = cluster.rollout.places[0].step.patches
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": cluster.space},
        "spec": {
            "matchConstraints": {"resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["services"],
                 "resourceNames": [patches[-1].ref.name]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.space}}},
            "validations": [{"expression": "false", "message": "not on a Friday"}],
        },
    }  # fmt: skip
    bind = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": cluster.space}, "spec": {"policyName": cluster.space, "validationActions": ["Deny"]},
    }  # fmt: skip
    cluster.plane.apply(policy, bind)
    time.sleep(2)
    before = cluster.objects()
    code, _, err = cluster.apply()
    assert code == 5 and "not on a Friday" in err and str(patches[-1].ref) in err
    assert cluster.objects() == before
    assert isinstance(Journal(cluster.out / record.FILE).events, list)
