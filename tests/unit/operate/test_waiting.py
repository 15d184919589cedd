"""Readiness as kubectl sees it, and the wait for it."""

from __future__ import annotations

from typing import Any

import pytest

from planner.model.refs import Ref
from planner.operate.refusal import RefusedError
from planner.operate.waiting import readiness, running, wait, with_proxy
from tests.unit.operate.worlds import FakeLive


def _raw(kind: str = "Deployment", wanted: int = 2, generation: int = 3, **status: Any) -> dict[str, Any]:
    meta = {"name": "web", "namespace": "shop", "generation": generation}
    seen = {"observedGeneration": 3, **status}
    return {"kind": kind, "metadata": meta, "spec": {"replicas": wanted}, "status": seen}


_ALL = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
_NODES = {"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}
_SET = {"readyReplicas": 2, "updatedReplicas": 2, "currentRevision": "b", "updateRevision": "b"}


@pytest.mark.parametrize(
    ("raw", "ready", "said"),
    [
        (_raw(**_ALL), True, "2 of 2 new pods are available"),
        (_raw(generation=4, **_ALL), False, "has not seen"),
        (_raw(**{**_ALL, "updatedReplicas": 1}), False, "1 of 2 pods are new"),
        (_raw(**{**_ALL, "replicas": 3}), False, "1 old pods are still ending"),
        (_raw(**{**_ALL, "availableReplicas": 1}), False, "1 of 2 new pods are available"),
        (_raw(wanted=0), True, "0 of 0"),
        (_raw("DaemonSet", **_NODES), True, "3 of 3"),
        (_raw("DaemonSet", **{**_NODES, "updatedNumberScheduled": 2}), False, "2 of 3 pods are new"),
        (_raw("DaemonSet", **{**_NODES, "numberAvailable": 2}), False, "2 of 3 new"),
        (_raw("StatefulSet", **_SET), True, "2 of 2"),
        (_raw("StatefulSet", **{**_SET, "readyReplicas": 1}), False, "1 of 2 pods are ready"),
        (_raw("StatefulSet", **{**_SET, "currentRevision": "a", "updatedReplicas": 1}), False, "1 of 2 pods are new"),
    ],
)
def test_readiness(raw: dict[str, Any], ready: bool, said: str) -> None:
    found = readiness(raw)
    assert found.ready is ready and said in found.text


def test_a_partition_is_the_goal_of_a_stateful_set() -> None:
    raw = _raw("StatefulSet", **{**_SET, "updatedReplicas": 1, "currentRevision": "a"})
    raw["spec"]["updateStrategy"] = {"rollingUpdate": {"partition": 1}}
    assert readiness(raw).ready


def test_the_wait_ends_when_it_is_ready_and_when_time_is_up() -> None:
    live, now = FakeLive(_raw(**{**_ALL, "updatedReplicas": 0})), [0.0]
    ref = Ref("shop", "web", "Deployment")

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 5:
            live.objects[ref]["status"]["updatedReplicas"] = 2

    assert "2 of 2" in wait(live, ref, 60, "hint", sleep, lambda: now[0])  # type: ignore[arg-type]
    live, now = FakeLive(_raw(**{**_ALL, "updatedReplicas": 0})), [-100.0]
    with pytest.raises(RefusedError, match=r"not ready after 20 s: 0 of 2 pods are new") as raised:
        wait(live, ref, 20, "hint", sleep, lambda: now[0])  # type: ignore[arg-type]
    assert raised.value.hint == "hint" and now[0] <= -79


def test_a_rollout_that_failed_is_not_waited_for() -> None:
    failed = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]
    live = FakeLive(_raw(**{**_ALL, "updatedReplicas": 1}, conditions=failed))
    with pytest.raises(RefusedError, match="progress deadline"):
        wait(live, Ref("shop", "web", "Deployment"), 999, "", lambda _: pytest.fail("waited"))  # type: ignore[arg-type]


def test_a_proxy_is_a_container_or_a_native_sidecar() -> None:
    assert with_proxy({"spec": {"containers": [{"name": "istio-proxy"}]}})
    assert with_proxy({"spec": {"initContainers": [{"name": "istio-proxy"}], "containers": [{"name": "a"}]}})
    assert not with_proxy({"spec": {"containers": [{"name": "istio-proxy-like"}]}})
    here = {"status": {"phase": "Running"}, "metadata": {}}
    gone = {"status": {"phase": "Running"}, "metadata": {"deletionTimestamp": "x"}}
    assert running((here, gone, {"status": {"phase": "Succeeded"}})) == (here,)
