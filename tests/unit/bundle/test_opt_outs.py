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
    assert guard and "kubectl delete job once -n shop && kubectl create" in " ".join(guard.manual)


def test_they_join_where_proxies_are_native():
    world = _world(Settings(istio_version="1.31", kubernetes_version="1.33"))
    guard = world.step(1, "10-guard")
    assert guard and not guard.patches and not guard.manual
    night = patch(world.step(1, "40-restart"), "night")
    assert night.body["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"] == {
        "app": "night",
        "version": "1",
    }
    assert "Job shop/once cannot change" in " ".join(world.step(1, "40-restart").manual)
