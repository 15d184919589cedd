"""Gates: what the API can answer is checked, the rest is a person's word. "Not checked" is never "passed"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from planner.bundle.patching import path_text
from planner.errors import ClusterError
from planner.model.bundle import PhaseBundle, StepBundle
from planner.model.fields import dig, maps_at, text_at
from planner.model.plan import Gate
from planner.model.refs import Ref
from planner.operate.actions import WORKLOADS
from planner.operate.live import Live
from planner.operate.progress import Progress
from planner.operate.record import Event
from planner.operate.rollout import Place
from planner.operate.values import at, same, shown
from planner.operate.waiting import readiness, running, with_proxy


class Word(StrEnum):
    """What is known of a gate."""

    HOLDS = "holds"
    FAILS = "does not hold"
    CONFIRMED = "confirmed"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Answer:
    """A gate with what is known of it.

    Attributes:
        phase: Folder of its phase.
        gate: The gate.
        word: What is known.
        text: Why, or by whom.
    """

    phase: str
    gate: Gate
    word: Word
    text: str = ""

    @property
    def name(self) -> str:
        """`01-canary/labels-stand`."""
        return f"{self.phase}/{self.gate.id}"

    @property
    def open(self) -> bool:
        """Whether the next step has to wait for it."""
        return self.word in (Word.FAILS, Word.UNCHECKED)


Finding = tuple[bool | None, str]
"""Whether something holds (None: nobody can tell), and why."""


def answer(live: Live, progress: Progress, phase: PhaseBundle, gate: Gate, *, again: bool = False) -> Answer:
    """Find out about one gate.

    Args:
        live: The cluster.
        progress: The record.
        phase: Phase of the gate.
        gate: The gate.
        again: Whether to look again at what was seen to hold when a later step was applied.
    """
    said = progress.confirmation(phase, gate)
    if said.get("event") == "held" and not again:
        return Answer(phase.folder, gate, Word.HOLDS, f"seen by meshplan at {said['time']}")
    step = next((step for step in phase.steps if step.name == gate.after), None)
    holds, text = _look(live, progress, phase, gate, step)
    if said.get("event") == "confirm" and not holds:
        although = f", although {text}" if holds is False else ""
        return Answer(phase.folder, gate, Word.CONFIRMED, f"by {said['user']} at {said['time']}{although}")
    word = {True: Word.HOLDS, False: Word.FAILS, None: Word.UNCHECKED}[holds]
    return Answer(phase.folder, gate, word, text)


def _look(live: Live, progress: Progress, phase: PhaseBundle, gate: Gate, step: StepBundle | None) -> Finding:
    if step is None:
        return None, ""
    place = Place(phase, step)
    kind = gate.id if gate.id in ("labels-stand", "ports-unharmed") else ""
    kind = kind or ("ready" if gate.id == f"{step.name}-ready" else "")
    try:
        if kind == "labels-stand":
            return _labels(live, progress, place)
        if kind == "ports-unharmed":
            return _endpoints(live, progress, place)
        if kind == "ready":
            return all_of(ready_with_proxy(live, step))
    except ClusterError as fault:
        return None, fault.message
    return None, _elsewhere(gate, progress.last(place))


def _elsewhere(gate: Gate, last: Event) -> str:
    """Say where a person finds the answer."""
    if gate.id.endswith("-soak") and last.get("event") == "end":
        return f"the step was applied at {last['time']}"
    if gate.id.endswith("-egress"):
        return "only the application's own container can tell: ./verify.sh of this phase asks there"
    return f"see: {gate.command}" if gate.command else "a person must look"


def all_of(found: Iterable[Finding]) -> Finding:
    """Put findings together: one that does not hold decides, then one that nobody can tell."""
    listed = tuple(found)
    for wanted in (False, None):
        texts = [text for holds, text in listed if holds is wanted]
        if texts:
            more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
            return wanted, texts[0] + more
    return (True, f"{len(listed)} looked at") if listed else (None, "there is nothing to look at")


def _labels(live: Live, progress: Progress, place: Place) -> Finding:
    step, standing = place.step, progress.standing()
    for patch in step.patches:
        raw = live.get(patch.api_version, patch.ref)
        for change in patch.changes:
            now, wanted = at(raw, change.path), standing.get((patch.ref, change.path), change.new)
            if not same(now, wanted):
                return False, f"{patch.ref}: {path_text(change.path)} is {shown(now)}, not {shown(wanted)}"
    if _later_began(progress, place):
        return True, "the label stands"
    spaces = sorted({patch.ref.name for patch in step.patches if patch.ref.kind == "Namespace"})
    since = max((e.get("server") or e["time"] for e in progress.written(place).values()), default="")
    for space in spaces:
        new = sorted(_new_pods(live, space, since))
        if new:
            return False, f"pods of {space} were created since the label came: {', '.join(new[:3])}"
    return True, f"{', '.join(spaces)}: the label stands, no pod is newer"


def _later_began(progress: Progress, place: Place) -> bool:
    names = [step.name for step in place.phase.steps]
    later = place.phase.steps[names.index(place.step.name) + 1 :]
    return any(progress.stands(Place(place.phase, step)) for step in later)


def _new_pods(live: Live, namespace: str, since: str) -> Iterator[str]:
    """Name the pods that are newer than a moment; those of Jobs come and go and are no restart."""
    for pod in live.items(f"/api/v1/namespaces/{namespace}/pods"):
        owners = {text_at(owner, "kind") for _, owner in maps_at(pod, "metadata", "ownerReferences")}
        if text_at(pod, "metadata", "creationTimestamp") > since and "Job" not in owners:
            yield text_at(pod, "metadata", "name")


def count_endpoints(live: Live, step: StepBundle) -> dict[str, int]:
    """Count the ready endpoints of each Service that a step patches, by `namespace/name`."""
    return {patch.ref.text: _ready(live, patch.ref) for patch in step.patches if patch.ref.kind == "Service"}


def _ready(live: Live, service: Ref) -> int:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{service.namespace}/endpointslices"
    slices = live.items(path, f"kubernetes.io/service-name={service.name}")
    ends = (end for item in slices for _, end in maps_at(item, "endpoints"))
    return sum(1 for end in ends if dig(end, "conditions", "ready") is not False)


def _endpoints(live: Live, progress: Progress, place: Place) -> Finding:
    begun = [e for e in progress.events if e["event"] == "begin" and e.get("step") == place.name and "endpoints" in e]
    before: dict[str, int] = begun[-1]["endpoints"] if begun else {}
    had = {name: count for name, count in before.items() if count}
    if not had:
        return None, "none of its Services had an endpoint before the step"
    now = count_endpoints(live, place.step)
    lost = sorted(name for name in had if not now.get(name))
    if lost:
        return False, f"no endpoint any more: {', '.join(lost[:3])}"
    return True, f"{len(had)} of {len(before)} Services had endpoints and have them"


def ready_with_proxy(live: Live, step: StepBundle) -> Iterator[Finding]:
    """Look at each workload that a step restarts: whether it is ready, and whether its running pods have a proxy."""
    for item in step.rollouts:
        raw = live.get(WORKLOADS, item.ref)
        state = readiness(raw) if raw is not None else None
        if state is None or not state.ready:
            yield False, f"{item.ref}: {state.text if state else 'the object does not exist'}"
            continue
        if not item.selector:
            yield None, f"{item.ref}: its pods have no selector"
            continue
        pods = running(live.items(f"/api/v1/namespaces/{item.ref.namespace}/pods", item.selector))
        bare = sorted(text_at(pod, "metadata", "name") for pod in pods if not with_proxy(pod))
        if not pods:
            yield None, f"{item.ref}: no running pod"
        elif bare:
            yield False, f"{item.ref}: {len(bare)} of {len(pods)} pods have no proxy: {', '.join(bare[:3])}"
        else:
            yield True, f"{item.ref}: {len(pods)} pods with a proxy"


def opened(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Keep the gates that a step has to wait for."""
    return tuple(item for item in answers if item.open)
