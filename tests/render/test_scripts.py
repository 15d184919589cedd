"""The scripts, run: against a cluster in a file, with the real kubectl doing the patching."""

from __future__ import annotations

import copy
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.model.finding import Before, Finding, Outcome, Severity
from planner.model.refs import Ref
from planner.render.files import render
from planner.settings import DeclaredFlow, Settings
from tests.builders import flow
from tests.render.conftest import Cluster
from tests.unit.bundle.appliers import tidy
from tests.unit.bundle.worlds import World, deployment, namespace, obj, plan_of, service

SETTINGS = Settings(flows=(DeclaredFlow("shop/web", "shop/cart", 80, "http"),))
STEPS = ("10-guard", "20-label", "30-canary", "40-restart", "60-strict")


def _world() -> World:
    objects = (
        namespace("shop", team="x", **{"istio-injection": "enable"}),
        deployment("web"),
        deployment("cart", replicas=1),
        deployment("done", labels={"app.kubernetes.io/name": "d", "app.kubernetes.io/version": "1"}, replicas=1),
        service("cart", {"port": 80, "name": "api", "targetPort": 8080}, {"port": 81, "name": "b"}),
    )
    flows = (flow("shop/web", "external:a.example.com", 443, protocol="https"), flow("ops/agent", "shop/cart", 80))
    return World(objects, plan_of(("shop",), strict={"shop": 1}), flows, settings=SETTINGS)


@pytest.fixture
def cluster(cluster_of) -> Cluster:
    made: Cluster = cluster_of(_world())
    curl = made.home / "tools" / "curl"
    curl.write_text("#!/bin/sh\nprintf 404\n")
    curl.chmod(0o755)
    (made.home / "tools" / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    return made


def _apply_all(cluster: Cluster) -> None:
    for phase, step in (("00-prepare", "10-ports"), *(("01-p1", step) for step in STEPS)):
        done = cluster.run(phase, "apply", step)
        assert done.returncode == 0, (step, done.stdout, done.stderr)


def test_forth_and_back(cluster: Cluster) -> None:
    start = copy.deepcopy(cluster.state)
    _apply_all(cluster)
    there = cluster.state
    assert there["namespace//shop"]["metadata"]["labels"] == {"team": "x", "istio-injection": "enabled"}
    ports = there["service/shop/cart"]["spec"]["ports"]
    assert ports[0] == {"port": 80, "protocol": "TCP", "name": "api", "targetPort": 8080, "appProtocol": "http"}
    assert ports[1] == {"port": 81, "protocol": "TCP", "name": "b"}
    assert there["peerauthentication/shop/default"]["spec"]["mtls"]["mode"] == "STRICT"
    assert there["deployment/shop/web"]["spec"]["template"]["metadata"]["labels"]["app"] == "web"
    undone = cluster.run("01-p1", "undo", "all")
    assert undone.returncode == 0, undone.stderr
    assert cluster.run("00-prepare", "undo", "10-ports").returncode == 0
    assert {k: tidy(v) for k, v in cluster.state.items()} == {k: tidy(v) for k, v in start.items()}


def test_applied_twice_is_applied_once(cluster: Cluster) -> None:
    for _ in range(2):
        assert cluster.run("01-p1", "apply", "10-guard").returncode == 0
        assert cluster.run("01-p1", "apply", "20-label").returncode == 0
    assert sum("patch" in call for call in cluster.calls) == 1
    assert sum("create" in call for call in cluster.calls) == 2


def test_verify_tells_what_holds(cluster: Cluster) -> None:
    before = cluster.run("01-p1", "verify", "20-label")
    assert before.returncode == 1 and "FAILED" in before.stdout and "found enable, not enabled" in before.stdout
    _apply_all(cluster)
    state = copy.deepcopy(cluster.state)
    done = cluster.run("01-p1", "verify", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "deployment/web -> https://a.example.com:443: HTTP 404 (curl)" in done.stdout
    assert cluster.state == state


def test_a_pod_without_a_proxy_is_a_failure(cluster: Cluster) -> None:
    found = cluster.run("01-p1", "verify", "40-restart", FAKE_PODS="a app istio-proxy\nb istio-proxy-like app\n")
    assert found.returncode == 1 and "b has no istio-proxy" in found.stdout and "1 of 2 pods" in found.stdout


def test_native_sidecars_count(cluster: Cluster) -> None:
    call = cluster.run("01-p1", "verify", "40-restart", FAKE_PODS="a istio-proxy app\n")
    assert "1 pods with a proxy" in call.stdout
    asked = next(c for c in cluster.calls if "pods" in c)
    assert "initContainers" in " ".join(asked)


def test_what_cannot_be_checked_has_its_own_exit_code(cluster: Cluster) -> None:
    _apply_all(cluster)
    shutil.rmtree(cluster.home / "tools")
    (cluster.home / "tools").mkdir()
    found = cluster.run("01-p1", "verify", "30-canary")
    assert found.returncode == 3, found.stdout
    assert "not checked" in found.stdout and "no curl, wget, nc, bash or python" in found.stdout


@pytest.mark.parametrize("code", ["000", "502", "503"])
def test_an_answer_of_the_proxy_itself_is_no_answer(cluster: Cluster, code: str) -> None:
    _apply_all(cluster)
    (cluster.home / "tools" / "curl").write_text(f"#!/bin/sh\nprintf {code}\n")
    found = cluster.run("01-p1", "verify", "30-canary")
    assert found.returncode == 1 and "FAILED" in found.stdout


def test_checks_run_in_the_application_container(cluster: Cluster) -> None:
    cluster.run("01-p1", "verify", "30-canary")
    asked = [call for call in cluster.calls if "exec" in call]
    assert asked and all("--container=app" in call for call in asked)


@pytest.mark.parametrize("script", ["apply", "verify", "undo"])
def test_another_cluster_is_refused(cluster: Cluster, script: str) -> None:
    for context, words in (("prod", "kubectl points at test, not at prod"), ("", "name the cluster")):
        done = cluster.run("01-p1", script, "20-label", context=context)
        assert done.returncode == 1 and words in done.stderr
    assert all(call == ["config", "current-context"] for call in cluster.calls)
    assert cluster.run("01-p1", script, "20-label", context="", MESHPLAN_CONTEXT="prod").returncode == 1


@pytest.mark.parametrize("args", [(), ("99-none",), ("--force", "20-label"), ("20-label", "30-canary")])
def test_wrong_usage(cluster: Cluster, args: tuple[str, ...]) -> None:
    done = cluster.run("01-p1", "apply", *args)
    assert done.returncode == 2 and "10-guard 20-label" in done.stderr
    assert not any("patch" in call for call in cluster.calls)


def test_apply_refuses_other_prior_values(cluster: Cluster) -> None:
    state = cluster.state
    state["namespace//shop"]["metadata"]["labels"]["istio-injection"] = "disabled"
    cluster.state = state
    done = cluster.run("01-p1", "apply", "20-label")
    assert done.returncode == 1 and "found disabled, not enable: plan again" in done.stderr
    assert cluster.state == state


def test_apply_refuses_an_object_that_is_there(cluster: Cluster) -> None:
    state = cluster.state
    state["peerauthentication/shop/default"] = {"kind": "PeerAuthentication", "metadata": {"name": "default"}}
    cluster.state = state
    done = cluster.run("01-p1", "apply", "10-guard")
    assert done.returncode == 1 and "is another one" in done.stderr and cluster.state == state


def test_undo_refuses_what_was_changed_since(cluster: Cluster) -> None:
    _apply_all(cluster)
    state = cluster.state
    state["namespace//shop"]["metadata"]["labels"]["istio-injection"] = "disabled"
    state["serviceentry/shop/ext-a-example-com"]["spec"]["resolution"] = "NONE"
    cluster.state = state
    for step in ("20-label", "10-guard"):
        done = cluster.run("01-p1", "undo", step)
        assert done.returncode == 1 and "changed since" in done.stderr
    assert cluster.state["namespace//shop"]["metadata"]["labels"]["istio-injection"] == "disabled"


def test_undo_of_a_restart_waits_for_the_label(cluster: Cluster) -> None:
    _apply_all(cluster)
    done = cluster.run("01-p1", "undo", "40-restart")
    assert done.returncode == 1 and "undo 20-label first" in done.stderr


def test_undo_of_what_was_never_applied_changes_nothing(cluster: Cluster) -> None:
    start = cluster.state
    assert cluster.run("01-p1", "undo", "20-label").returncode == 0
    assert cluster.run("01-p1", "undo", "10-guard").returncode == 0
    assert cluster.state == start


def test_nothing_is_ever_applied_in_part(cluster: Cluster) -> None:
    _apply_all(cluster)
    assert not any("apply" in call for call in cluster.calls)
    for script in Path(cluster.out).rglob("*.sh"):
        assert "kubectl apply -f" not in script.read_text() and "k apply" not in script.read_text()


def test_restarts_follow_their_order(cluster: Cluster) -> None:
    _apply_all(cluster)
    moved = [c for c in cluster.calls if "rollout" in c or "patch" in c]
    lines = [" ".join(a for a in call if not a.startswith("--")) for call in moved]
    lines = [line for line in lines if "deployment" in line]
    assert lines[:2] == ["patch deployment.apps/web", "rollout status deployment.apps/web"]
    assert "rollout restart deployment.apps/done" in lines and "rollout restart deployment.apps/web" not in lines


def test_the_scripts_are_valid(cluster: Cluster) -> None:
    scripts = sorted(cluster.out.rglob("*.sh"))
    assert scripts
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert script.stat().st_mode & 0o111
    checker = shutil.which("shellcheck")
    if checker:
        subprocess.run([checker, *map(str, scripts)], check=True)


CRON = """{apiVersion: batch/v1, kind: CronJob, metadata: {name: night}, spec: {schedule: "0 1 * * *", jobTemplate:
  {spec: {template: {metadata: {labels: {x: "y"}}, spec: {containers: [{name: a, image: a:1}]}}}}}}"""
BARE = "{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: a, image: a}]}}"


def test_a_cron_job_is_patched_and_back_but_never_restarted(cluster_of) -> None:
    world = World(
        (namespace("shop"), obj(CRON), obj(BARE)), plan_of(("shop",)), settings=Settings(istio_version="1.31")
    )
    cluster: Cluster = cluster_of(world)
    for step in ("10-guard", "20-label", "40-restart"):
        assert cluster.run("01-p1", "apply", step).returncode == 0
    found = cluster.run("01-p1", "verify", "40-restart")
    assert found.returncode == 3 and "not checked  CronJob shop/night: its next run shows it" in found.stdout
    undone = cluster.run("01-p1", "undo", "all")
    assert undone.returncode == 0 and "take app, version away again" in undone.stdout
    assert "add to the labels" not in undone.stdout
    assert any("patch" in call for call in cluster.calls) and not any("rollout" in call for call in cluster.calls)


def test_the_page_says_what_to_settle_before_which_step() -> None:
    subject = Ref("shop", "web", "Deployment")
    finding = Finding(
        "MP104", "x", subject, Outcome.BLOCKED, Severity.HIGH, 1.0, "is odd", (), "Mend it.", Before.LABEL
    )
    world = World((namespace("shop"), deployment("web")), plan_of(("shop",)), (), (finding,))
    page = next(f.text for f in render(world.bundles(), world.plan) if f.path == "phases/01-p1/README.md")
    guard, _, label = page.partition("### 20-label")
    assert "settled: MP104 Deployment shop/web: is odd" in guard
    assert "Settle first:" in label and "MP104 Deployment shop/web: is odd **To do:** Mend it." in label
