"""The fixture itself: who may do what, what the audit log shows, what is left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.cluster.control_plane import ControlPlane, start

READ_PODS = ({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},)


def _deployment(name: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": name}}, "spec": {"containers": [{"name": "app", "image": "x"}]}}
    spec = {"selector": {"matchLabels": {"a": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_a_user_may_do_what_was_granted_and_the_audit_log_tells(control_plane: ControlPlane) -> None:
    reader = control_plane.kubeconfig_for_user("reader", rules=READ_PODS)
    assert control_plane.kubectl("get", "pods", kubeconfig=reader).returncode == 0
    refused = control_plane.kubectl("get", "secrets", kubeconfig=reader, check=False)
    assert refused.returncode and "reader" in refused.stderr and "forbidden" in refused.stderr
    asked = [e for e in control_plane.audit() if e["user"]["username"] == "reader" and "objectRef" in e]
    codes = {(e["verb"], e["objectRef"]["resource"], e["responseStatus"]["code"]) for e in asked}
    assert codes == {("list", "pods", 200), ("list", "secrets", 403)}


def test_a_service_account_has_a_token(control_plane: ControlPlane) -> None:
    robot = control_plane.kubeconfig_for_service_account("default", "robot", READ_PODS)
    assert control_plane.kubectl("get", "pods", kubeconfig=robot).returncode == 0
    assert "robot" in control_plane.kubectl("get", "secrets", kubeconfig=robot, check=False).stderr


def test_a_rollout_ends_and_its_pod_has_a_proxy(fresh_control_plane: ControlPlane, status_writer: Any) -> None:
    plane = fresh_control_plane
    plane.kubectl("label", "namespace", "default", "istio-injection=enabled")
    status_writer(plane, pods=True)
    plane.apply(_deployment("web"))
    plane.kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    names = "jsonpath={.items[*].spec.initContainers[*].name}"
    assert plane.kubectl("get", "pods", "-l", "a=web", "-o", names).stdout == "istio-proxy"


def test_nothing_is_left_running(assets: Path, tmp_path: Path) -> None:
    plane = start(tmp_path / "plane", assets)
    plane.stop()
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in running
