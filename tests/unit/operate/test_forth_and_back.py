"""Steps on a cluster in a dictionary: what is compared, recorded, resumed, refused and restored."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.errors import UsageError
from planner.model.refs import Ref
from planner.operate import forth, passing, record, undo
from planner.operate.actions import TEMPLATE
from planner.operate.gates import Answer, Word
from planner.operate.preflight import Found, apply_rows
from planner.operate.prepared import execute, rehearse
from planner.operate.progress import Progress, State
from planner.operate.record import Journal
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Place, Rollout
from planner.operate.status import lines, next_command
from planner.operate.values import at
from planner.operate.verify import verify
from tests.unit.bundle.appliers import tidy
from tests.unit.bundle.worlds import World, deployment, namespace, plan_of
from tests.unit.operate.worlds import FakeLive, world, written

SHOP = Ref("", "shop", "Namespace")
HERE = {"context": "test", "server": "https://test", "uid": "uid-1"}


class Ready(FakeLive):
    """A cluster whose workloads are ready at once."""

    def get(self, version: str, ref: Ref) -> dict[str, Any] | None:
        found = super().get(version, ref)
        if found and "replicas" in found.get("spec", {}):
            count = found["spec"]["replicas"]
            found["status"] = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), count)
        return found


class Desk:
    def __init__(self, folder: Path, made: World | None = None) -> None:
        self.rollout: Rollout = written(folder, made)
        self.live: Any = Ready(*(dict(o.raw) for o in (made or world()).objects))
        self.journal = Journal(folder / record.FILE, who="me")

    @property
    def progress(self) -> Progress:
        return Progress(self.rollout, record.read(self.rollout.folder))

    def place(self, name: str) -> Place:
        return next(p for p in self.rollout.places if p.step.name == name)

    def apply(self, name: str) -> None:
        prepared = forth.prepare(self.live, self.progress, self.place(name))
        rehearse(self.live, prepared, self.journal)
        forth.execute(self.live, self.journal, prepared, HERE, (), 1, lambda _: None)

    def undo(self, name: str) -> None:
        prepared = undo.prepare(self.live, self.progress, self.place(name))
        rehearse(self.live, prepared, self.journal)
        execute(self.live, self.journal, prepared, HERE, 1, lambda _: None)

    @property
    def labels(self) -> dict[str, str]:
        return self.live.objects[SHOP]["metadata"]["labels"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _seen(live: Any) -> Any:
    plain = copy.deepcopy(live.objects)
    for raw in plain.values():
        raw["metadata"].pop("resourceVersion", None)
        raw.get("spec", {}).get("template", {}).get("metadata", {}).pop("annotations", None)
    return {ref: tidy(raw) for ref, raw in plain.items()}


def test_forth_and_back(desk: Desk) -> None:
    start = _seen(desk.live)
    names = [place.step.name for place in desk.rollout.places]
    for name in names:
        desk.apply(name)
    assert all(desk.progress.state(place) is State.DONE for place in desk.rollout.places)
    assert next_command(desk.progress) == ""
    assert not [c for p in desk.rollout.places for c in verify(desk.live, desk.progress, p) if c.word is Word.FAILS]
    order = [place.step.name for place in undo.order(desk.progress)]
    assert order.index("20-label") < order.index("30-canary") < order.index("10-guard")
    for name in order:
        desk.undo(name)
    assert _seen(desk.live) == start
    assert {line.state for line in lines(desk.progress, desk.live)} == {"undone"}


def test_the_intent_comes_before_and_the_end_after(desk: Desk) -> None:
    desk.apply("20-label")
    events = [e["event"] for e in record.read(desk.rollout.folder)]
    assert events == ["pin", "begin", "intent", "done", "end"]
    intent = record.read(desk.rollout.folder)[2]
    assert (intent["before"], intent["after"], intent["user"]) == ([None], ["enabled"], "me")


def test_a_value_that_was_not_seen_when_planning_is_drift(desk: Desk) -> None:
    desk.labels["istio-injection"] = "disabled"
    with pytest.raises(RefusedError, match=r"istio-injection: expected \(absent\), found disabled"):
        desk.apply("20-label")
    assert not (desk.rollout.folder / record.FILE).exists()


def test_what_stands_already_is_left_alone(desk: Desk) -> None:
    desk.labels["istio-injection"] = "enabled"
    desk.apply("20-label")
    assert desk.live.sent == 0
    assert [e["event"] for e in record.read(desk.rollout.folder)].count("present") == 1


def test_undo_restores_what_the_record_says_it_found(desk: Desk) -> None:
    """A run that died after its patch: the second run only sees the new value, the first one wrote down the old."""
    place = desk.place("20-label")
    desk.journal.add("pin", **HERE, digest=desk.rollout.digest)
    desk.journal.add("begin", step=place.name, verb="apply")
    key = f"patch {SHOP} 0"
    desk.journal.add("intent", step=place.name, verb="apply", key=key, before=["was-there"], after=["enabled"])
    desk.labels["istio-injection"] = "enabled"
    assert desk.progress.state(place) is State.HALF
    desk.apply("20-label")
    desk.undo("20-label")
    assert desk.labels["istio-injection"] == "was-there"


def test_a_field_that_an_earlier_step_left_is_what_a_later_one_expects(desk: Desk) -> None:
    place = desk.place("20-label")
    path = place.step.patches[0].changes[0].path
    desk.labels["istio-injection"] = "left-so"
    rows = apply_rows(desk.live, forth.forth(place.step), {(SHOP, path): "left-so"}, {})
    assert [row.found for row in rows] == [Found.TO_DO]
    rows = apply_rows(desk.live, forth.forth(place.step), {}, {})
    assert [row.found for row in rows] == [Found.DRIFTED]


def test_an_object_that_is_another_one_is_refused(desk: Desk) -> None:
    created = desk.place("10-guard").step.created[0]
    body = copy.deepcopy(dict(created.body)) | {"spec": {"mtls": {"mode": "STRICT"}}}
    desk.live.objects[created.ref] = body
    said = r"10-guard is refused; nothing was changed:\n.* exists and is another one, first at spec.mtls.mode"
    with pytest.raises(RefusedError, match=said):
        desk.apply("10-guard")
    body["spec"] = dict(created.body["spec"])
    body["metadata"]["annotations"] = {"tracking": "of somebody else"}
    desk.apply("10-guard")


def test_an_object_that_lost_its_label_is_another_one(desk: Desk) -> None:
    desk.apply("10-guard")
    created = desk.place("10-guard").step.created[0]
    del desk.live.objects[created.ref]["metadata"]["labels"]
    with pytest.raises(RefusedError, match=r"first at metadata.labels"):
        desk.undo("10-guard")


def test_a_field_that_the_plan_did_not_read_counts_as_what_it_assumed(tmp_path: Path) -> None:
    """Somebody has decided something there that the plan did not know, so it is not overwritten."""
    made = world()
    unread = World(made.objects[1:], made.plan, made.flows)
    desk = Desk(tmp_path, unread)
    desk.live = Ready(*(dict(o.raw) for o in made.objects))
    assert not any(change.known for change in desk.place("20-label").step.patches[0].changes)
    desk.labels["istio-injection"] = "disabled"
    said = r"assumed, for the plan did not read it, \(absent\), found disabled"
    with pytest.raises(RefusedError, match=said):
        desk.apply("20-label")
    del desk.labels["istio-injection"]
    desk.labels["istio.io/rev"] = "old"
    with pytest.raises(RefusedError, match="found old"):
        desk.apply("20-label")
    del desk.labels["istio.io/rev"]
    desk.apply("20-label")
    assert desk.labels == {"istio-injection": "enabled"}
    desk.undo("20-label")
    assert desk.labels == {}


def test_a_conflict_reads_again_and_only_our_own_fields_stop_it(desk: Desk) -> None:
    def team(live: Any) -> None:
        live.objects[SHOP]["metadata"]["labels"]["team"] = "b"
        live.objects[SHOP]["metadata"]["resourceVersion"] = "9"

    desk.live.before_patch = [team]
    desk.apply("20-label")
    assert desk.labels == {"team": "b", "istio-injection": "enabled"}


def test_a_conflict_in_our_field_stops_it(desk: Desk) -> None:
    def injection(live: Any) -> None:
        live.objects[SHOP]["metadata"]["labels"]["istio-injection"] = "disabled"
        live.objects[SHOP]["metadata"]["resourceVersion"] = "9"

    desk.live.before_patch = [injection]
    with pytest.raises(RefusedError, match="found disabled"):
        desk.apply("20-label")
    assert desk.labels["istio-injection"] == "disabled"
    assert desk.progress.state(desk.place("20-label")) is State.HALF
    failed = record.read(desk.rollout.folder)[-1]
    assert failed["event"] == "failed" and "found disabled" in failed["because"]


def test_undo_refuses_what_was_changed_since(desk: Desk) -> None:
    desk.apply("20-label")
    desk.labels["istio-injection"] = "disabled"
    with pytest.raises(RefusedError, match=r"undo of .* is refused; nothing was changed:\n.* enabled, found disabled"):
        desk.undo("20-label")
    assert lines(desk.progress, desk.live)[1].state in ("drifted", "not begun")
    assert "drifted" in {line.state for line in lines(desk.progress, desk.live)}


def test_steps_come_in_order(desk: Desk) -> None:
    last = desk.rollout.places[-1]
    with pytest.raises(RefusedError, match=r"00-prepare/10-ports is not begun"):
        forth.choose(desk.progress, "", last.name)
    first = forth.choose(desk.progress, "", "")
    assert first is not None and first.name == desk.rollout.places[0].name


def test_undo_takes_the_label_first(desk: Desk) -> None:
    for name in ("10-guard", "20-label", "30-canary"):
        desk.apply(name)
    assert [p.step.name for p in undo.choose(desk.progress, "", "", everything=False)] == ["20-label"]
    with pytest.raises(RefusedError, match="20-label must be taken back before it"):
        undo.choose(desk.progress, "", "30-canary", everything=False)
    with pytest.raises(UsageError):
        undo.choose(desk.progress, "", "77-x", everything=False)


def test_another_cluster_and_another_plan_are_refused(desk: Desk) -> None:
    desk.apply("20-label")
    desk.live.uid = lambda: "uid-2"
    with pytest.raises(RefusedError, match="belongs to the cluster of context test"):
        forth.pinned(desk.live, desk.progress)
    desk.live.uid = lambda: "uid-1"
    other = Rollout(desk.rollout.folder, desk.rollout.phases, "other")
    with pytest.raises(RefusedError, match="not those that this rollout began with"):
        forth.pinned(desk.live, Progress(other, desk.progress.events))


def test_gates_are_confirmed_by_name_and_void_once_the_step_is_made_again(desk: Desk) -> None:
    place = desk.place("20-label")
    answers = passing.before(desk.live, desk.progress, place)
    assert {item.word for item in answers} == {Word.UNCHECKED}
    left = passing.confirm(desk.journal, answers, [answers[0].gate.id], lambda _: False)
    assert len(left) == len(answers) - 1
    with pytest.raises(UsageError):
        passing.confirm(desk.journal, answers, ["nothing"], lambda _: False)
    again = passing.before(desk.live, desk.progress, place)
    assert again[0].word is Word.CONFIRMED and "by me at" in again[0].text
    desk.apply("10-ports")
    assert passing.before(desk.live, desk.progress, place)[0].word is Word.UNCHECKED


def test_a_gate_that_does_not_hold_is_never_asked_about(desk: Desk) -> None:
    place = desk.place("30-canary")
    gate = next(g for g in place.phase.gates if g.id == "labels-stand")
    failing = Answer(place.phase.folder, gate, Word.FAILS, "it is gone")
    assert passing.confirm(desk.journal, [failing], [], lambda _: True) == (failing,)
    with pytest.raises(RefusedError, match=r"does not hold: .*labels-stand"):
        passing.refuse_open(place, [failing])
    assert passing.confirm(desk.journal, [failing], ["labels-stand"], lambda _: False) == ()
    assert record.read(desk.rollout.folder)[-1]["seen"] == "does not hold"


def test_an_answer_of_the_server_that_is_not_what_was_sent_stops_it(desk: Desk) -> None:
    real = desk.live.patch

    def webhook(*args: Any, dry: bool = False) -> Any:
        answer = copy.deepcopy(real(*args, dry=dry))
        answer["metadata"]["labels"]["istio-injection"] = "disabled"
        return answer

    desk.live.patch = webhook
    with pytest.raises(RefusedError, match="the server took the patch, but holds disabled"):
        desk.apply("20-label")


def test_what_changes_between_comparing_and_acting_is_seen(desk: Desk) -> None:
    place = desk.place("10-guard")
    created = place.step.created[0]
    prepared = forth.prepare(desk.live, desk.progress, place)
    desk.live.objects[created.ref] = copy.deepcopy(dict(created.body)) | {"spec": {"mtls": {"mode": "STRICT"}}}
    with pytest.raises(RefusedError, match="it exists and is another one"):
        forth.execute(desk.live, desk.journal, prepared, HERE, (), 1, lambda _: None)
    del desk.live.objects[created.ref]
    desk.apply("10-guard")
    back = undo.prepare(desk.live, desk.progress, place)
    desk.live.objects[created.ref]["spec"] = {"mtls": {"mode": "STRICT"}}
    with pytest.raises(RefusedError, match=r"it was changed since, first at spec.mtls.mode"):
        execute(desk.live, desk.journal, back, HERE, 1, lambda _: None)
    assert created.ref in desk.live.objects


def test_the_way_back_of_a_step_is_the_reverse(desk: Desk) -> None:
    """Patches first, then workloads, the last first, then what was created: as `undo.sh` does it."""
    restart, guard = desk.place("30-canary").step, desk.place("10-guard").step
    others = desk.place("10-ports").step.patches
    mixed = replace(restart, created=guard.created, patches=(*others, *restart.patches))
    there, back = [a.verb for a in forth.forth(mixed)], [a.key.split()[0] for a in undo.back(mixed)]
    assert there[0] == "create" and there[1] == "patch"
    assert back == ["patch", "rollout", "create"]


@pytest.fixture
def restarting(tmp_path: Path) -> Desk:
    """A workload that has its labels already, so that only a restart moves it."""
    labels = {"app.kubernetes.io/name": "web", "app.kubernetes.io/version": "1"}
    return Desk(tmp_path, World((namespace("shop"), deployment("web", labels=labels)), plan_of(("shop",))))


def _stamp(desk: Desk) -> Any:
    return at(desk.live.objects[Ref("shop", "web", "Deployment")], TEMPLATE)


def test_a_restart_that_was_made_before_the_crash_is_not_made_twice(restarting: Desk) -> None:
    desk, place = restarting, restarting.place("30-canary")
    prepared = forth.prepare(desk.live, desk.progress, place)
    assert [row.found for row in prepared.rows] == [Found.TO_DO]
    desk.journal.add("pin", **HERE, digest=desk.rollout.digest)
    desk.journal.add("begin", step=place.name, verb="apply")
    key = prepared.actions[0].key
    desk.journal.add("intent", step=place.name, verb="apply", key=key, stamp="2026-01-01T00:00:00.000001+00:00")
    assert [row.found for row in forth.prepare(desk.live, desk.progress, place).rows] == [Found.TO_DO]
    metadata = desk.live.objects[Ref("shop", "web", "Deployment")]["spec"]["template"]["metadata"]
    metadata["annotations"] = {TEMPLATE[-1]: "2026-01-01T00:00:00.000001+00:00"}
    assert [row.found for row in forth.prepare(desk.live, desk.progress, place).rows] == [Found.DONE]
    desk.apply("30-canary")
    assert desk.live.sent == 0 and _stamp(desk) == "2026-01-01T00:00:00.000001+00:00"
    desk.undo("30-canary")
    assert desk.live.sent == 1 and _stamp(desk) != "2026-01-01T00:00:00.000001+00:00"
    desk.apply("30-canary")
    assert desk.live.sent == 2


def test_a_restart_that_was_never_reached_is_not_taken_back(restarting: Desk) -> None:
    desk, place = restarting, restarting.place("30-canary")
    desk.journal.add("pin", **HERE, digest=desk.rollout.digest)
    desk.journal.add("begin", step=place.name, verb="apply")
    desk.undo("30-canary")
    assert desk.live.sent == 0 and _stamp(desk) is None
    assert desk.progress.state(place) is State.UNDONE
    desk.apply("30-canary")
    desk.undo("30-canary")
    sent = desk.live.sent
    desk.journal.add("begin", step=place.name, verb="apply")
    desk.undo("30-canary")
    assert desk.live.sent == sent  # what was taken back before does not count
