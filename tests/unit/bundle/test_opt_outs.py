import pytest

from planner.settings import Settings
from tests.unit.bundle.worlds import World, deployment, namespace, obj, patch, plan_of

CLASSIC = Settings(istio_version="1.26", kubernetes_version="1.31")
CRON = """{apiVersion: batch/v1, kind: CronJob, metadata: {name: night}, spec: {schedule: "0 1 * * *", jobTemplate:
  {spec: {template: {metadata: {labels: {x: "y"}}, spec: {containers: [{name: a, image: a:1}]}}}}}}"""
JOB = """{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec:
  {template: {spec: {containers: [{name: a, image: a:1}]}}}}"""


def _world(settings: Settings) -> World:
    return World((namespace("shop"), deployment("web"), obj(CRON), obj(JOB)), plan_of(("shop",)), settings=settings)


def test_kept_out_before_the_label_where_they_would_never_end():
    guard = _world(CLASSIC).step(1, "10-guard")
    item = patch(guard, "night")
    path = {
        "spec": {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {"sidecar.istio.io/inject": "false"}}}}}}
    }
    assert item.body == path and item.resource == "cronjob.batch" and not item.restarts
    said = " ".join(guard.manual)
    assert "nothing to do for a Job that has ended; only where it is to run again, create it with the label" in said
    assert 'sidecar.istio.io/inject: "false"' in said and "delete" not in said


def test_they_join_where_proxies_are_native():
    world = _world(Settings(istio_version="1.31", kubernetes_version="1.33"))
    guard = world.step(1, "10-guard")
    assert guard and not guard.patches and not guard.manual
    night = patch(world.step(1, "40-restart"), "night")
    assert night.body["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"] == {
        "app": "night",
        "version": "1",
    }
    said = " ".join(world.step(1, "40-restart").manual)
    assert "nothing to do for a Job that has ended; only where it is to run again" in said and "delete" not in said


@pytest.mark.parametrize("settings", [CLASSIC, Settings(istio_version="1.31", kubernetes_version="1.33")])
@pytest.mark.parametrize(
    ("kind", "status", "named"),
    [("Complete", "True", False), ("Failed", "True", False), ("Complete", "False", True), ("Suspended", "True", True)],
)
def test_a_job_that_has_ended_needs_nothing(settings, kind, status, named):
    job = obj(JOB)
    job.raw["status"] = {"conditions": [{"type": kind, "status": status}]}
    world = World((namespace("shop"), deployment("web"), job), plan_of(("shop",)), settings=settings)
    said = " ".join(s for step in world.bundles()[1].steps for s in (*step.manual, *step.back))
    assert ("shop/once" in said) is named


def test_a_cron_job_is_patched_and_never_restarted():
    world = World((namespace("shop"), obj(CRON)), plan_of(("shop",)), settings=Settings(istio_version="1.31"))
    bundle = world.bundles()[1]
    assert [s.name for s in bundle.steps] == ["10-guard", "20-label", "40-restart"]
    last = bundle.steps[-1]
    assert patch(last, "night") and not last.rollouts and not last.restarts
    assert last.unchecked == ("CronJob shop/night: its next run shows it",)
    assert [g.text for g in bundle.gates if g.after == "40-restart"] == [
        "CronJob shop/night: its next run had a proxy and ended"
    ]
