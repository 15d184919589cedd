"""apply, verify, status and undo where something is not as it should be: drift, races, rights, gates, kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.cli import rollout_view
from planner.operate import record
from planner.operate.live import Conflict, Live
from planner.operate.record import Journal
from planner.operate.rollout import Place
from planner.operate.values import at
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import load
from tests.cluster.rollout_cluster import ROOT, Cluster, plan_into, point
from tests.cluster.status_writer import StatusWriter
from tests.cluster.test_operate import forth_and_back

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
    plan_into(tmp_path / "shop.yaml", cluster.out, "--config", tmp_path / "flows.yaml")
    return cluster, writer


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
    point(monkeypatch, config)
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
    point(monkeypatch, cluster.plane.kubeconfig_for_user("on-call", rules=role["rules"]))
    assert forth_and_back(cluster, "shop, with the rights of the guide")[0] == len(cluster.rollout.places)
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
    point(monkeypatch, gone)
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
