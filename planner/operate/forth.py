"""Apply one step: which one, whether it may, what it changes, and the change itself."""

from __future__ import annotations

from collections.abc import Iterable

from planner.operate import gates, prepared
from planner.operate.actions import forth
from planner.operate.change import Say
from planner.operate.gates import Answer, Word
from planner.operate.live import Live
from planner.operate.preflight import apply_rows, refuse
from planner.operate.prepared import Prepared
from planner.operate.progress import APPLY, Progress, State
from planner.operate.record import Journal
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Place


def pinned(live: Live, progress: Progress) -> dict[str, str]:
    """Tell which cluster this is, and refuse another one than the rollout belongs to.

    Raises:
        RefusedError: It is another cluster, or the record belongs to another plan.
    """
    here = {"context": live.context, "server": live.server, "uid": live.uid()}
    pin = progress.pin
    if pin and pin["uid"] != here["uid"]:
        text = (
            f"this rollout belongs to the cluster of context {pin['context']} ({pin['server']}), "
            f"not to {here['context']} ({here['server']}); nothing was done"
        )
        raise RefusedError(text, f"choose it with --context {pin['context']}", "rollout")
    if pin and pin["digest"] != progress.rollout.digest:
        text = f"{progress.rollout.folder}: the steps are not those that this rollout began with; nothing was done"
        raise RefusedError(text, "put rollout.json back as it was", "rollout")
    return here


def choose(progress: Progress, phase: str, step: str) -> Place | None:
    """Choose the step to apply: the one that is named, else the next one; None where all are done.

    Raises:
        UsageError: There is no such step, or the name fits several.
        RefusedError: An earlier step is missing.
    """
    found = progress.rollout.chosen(phase, step)
    left = [place for place in found if progress.state(place) is not State.DONE]
    wanted = found[0] if step else next(iter(left), None)
    if wanted is None:
        return None
    for place in progress.rollout.places:
        if place.name == wanted.name:
            return wanted
        if progress.state(place) is not State.DONE:
            hint = f"it comes first: meshplan apply -d {progress.rollout.folder} --step {place.name}"
            text = f"{wanted.name} is refused: {place.name} is {progress.state(place)}; nothing was changed"
            raise RefusedError(text, hint, "rollout")
    return wanted


def prepare(live: Live, progress: Progress, place: Place) -> Prepared:
    """Compare the whole step with the cluster; nothing is changed.

    Raises:
        RefusedError: Something else stands there than the plan saw.
    """
    actions = forth(place.step)
    rows = apply_rows(live, actions, progress.standing(place), progress.written(place))
    refuse(rows, place.name, "look who changed it; then plan again into a new folder, or put the value back")
    return Prepared(APPLY, place, actions, rows, progress)


def execute(
    live: Live, journal: Journal, step: Prepared, here: dict[str, str], answers: Iterable[Answer],
    timeout: float, say: Say,
) -> None:  # fmt: skip
    """Make the changes of a step one by one, and wait for each workload that it restarts.

    Args:
        live: The cluster.
        journal: The record.
        step: The step.
        here: Context, server and uid of the cluster; the first step pins them.
        answers: Gates before the step; those that were seen to hold are recorded.
        timeout: Seconds to wait for each workload.
        say: Prints a line.

    Raises:
        RefusedError: A field moved meanwhile, or a workload did not become ready.
        ClusterError: The server refused a change.
    """
    if not step.progress.pin:
        journal.add("pin", **here, digest=step.progress.rollout.digest)
    for item in answers:
        if item.word is Word.HOLDS and not item.text.startswith("seen by"):
            journal.add("held", gate=item.name, text=item.text)
    prepared.execute(live, journal, step, here, timeout, say, **_before(live, step))


def _before(live: Live, prepared: Prepared) -> dict[str, dict[str, int]]:
    """Count endpoints before Services are patched for the first time, so that a gate can tell a loss."""
    if not any(patch.ref.kind == "Service" for patch in prepared.place.step.patches):
        return {}
    for event in reversed(prepared.progress.events):
        if event["event"] == "begin" and event.get("step") == prepared.place.name and "endpoints" in event:
            if prepared.progress.state(prepared.place) is State.HALF:
                return {"endpoints": event["endpoints"]}
            break
    return {"endpoints": gates.count_endpoints(live, prepared.place.step)}
