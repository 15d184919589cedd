from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner.checks import run as module
from planner.checks.context import CLUSTER_SUBJECT, Context, finding
from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.settings import Settings

RULE = Rule("MP999", "broken-rule", "Breaks", Severity.HIGH, "Why.", "Fix.", ("Service",))


def snapshot(*kinds: str) -> Snapshot:
    return Snapshot(tuple(KubeObject(Ref("shop", "a", kind), "v1", {"spec": {}}) for kind in kinds))


def broken(context: Context) -> Iterator[Finding]:
    yield finding(RULE, context.services[0].ref, "is fine")
    raise KeyError("oops")


def doubled(context: Context) -> Iterator[Finding]:
    yield finding(RULE, context.services[0].ref, "is one")
    yield finding(RULE, context.services[0].ref, "is two")


def use(monkeypatch: pytest.MonkeyPatch, *checks: object) -> None:
    monkeypatch.setattr(module, "checks", lambda: tuple((RULE, check) for check in checks))


def run(*kinds: str) -> tuple[Finding, ...]:
    return module.run(snapshot(*kinds), TrafficGraph(()), Settings())


def test_a_bug_in_a_rule_is_an_answer_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, broken)
    found = run("Service")
    assert [item.outcome for item in found] == [Outcome.BLOCKED, Outcome.UNKNOWN]
    assert "a bug in meshplan (KeyError: 'oops')" in found[1].message
    assert found[1].subject == CLUSTER_SUBJECT


def test_a_rule_whose_kinds_were_not_read_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, broken)
    (only,) = run("ConfigMap")
    assert (only.outcome, only.subject) == (Outcome.UNKNOWN, CLUSTER_SUBJECT)
    assert only.message == "not checked: none of Service was read"


def test_one_finding_of_an_id_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, doubled)
    assert [item.message for item in run("Service")] == ["is one"]


def test_findings_are_ordered_by_harm_and_only_can_choose() -> None:
    whole = module.run(snapshot("Service", "Pod"), TrafficGraph(()), Settings())
    ranks = [list(module._OUTCOMES).index(item.outcome) for item in whole]
    assert ranks == sorted(ranks)
    chosen = module.run(snapshot("Pod"), TrafficGraph(()), Settings(), ["bare-pod-cannot-restart"])
    assert {item.rule for item in chosen} == {"MP107"}


def test_the_same_input_gives_the_same_output_in_any_order() -> None:
    objects = snapshot("Service", "Pod", "Namespace").objects
    one = module.run(Snapshot(objects), TrafficGraph(()), Settings())
    other = module.run(Snapshot(objects[::-1]), TrafficGraph(()), Settings())
    assert one == other
