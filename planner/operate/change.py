"""One change of one object, there or back, recorded before and after, and never over somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from planner.bundle.patching import merge_bodies, path_text
from planner.errors import MeshplanError, OutputError
from planner.model.bundle import Change, PatchType
from planner.model.fields import map_at, maps_at, text_at
from planner.operate.actions import TEMPLATE, Action
from planner.operate.live import MANAGER, Conflict, Live
from planner.operate.preflight import targets
from planner.operate.progress import APPLY, UNDO
from planner.operate.record import Event, Journal
from planner.operate.refusal import RefusedError
from planner.operate.values import at, content, difference, same, shown

_TRIES = 8
_STOPPED = "what was done before it stands and is in the record; look at it, then run the same command again or undo"

Say = Callable[[str], None]
"""Prints one line for the person who watches."""


@dataclass(frozen=True)
class Run:
    """What the changes of one step share.

    Attributes:
        live: The cluster.
        journal: The record.
        step: `01-canary/20-label`.
        verb: `apply` or `undo`.
        say: Prints a line.
    """

    live: Live
    journal: Journal
    step: str
    verb: str
    say: Say

    def note(self, event: str, action: Action, **values: Any) -> None:
        """Record one event of an action."""
        self.journal.add(event, step=self.step, verb=self.verb, key=action.key, object=str(action.ref), **values)


@contextmanager
def told(run: Run) -> Iterator[None]:
    """Record why a step stopped, and say what a person can do where the error does not.

    Raises:
        MeshplanError: What stopped it.
    """
    try:
        yield
    except OutputError:
        raise  # the record itself cannot be written
    except MeshplanError as fault:
        run.journal.add("failed", step=run.step, verb=run.verb, because=fault.message)
        fault.hint = fault.hint or _STOPPED
        raise


def make(run: Run, action: Action, standing: Sequence[Any], written: Event, *, dry: bool = False) -> bool:
    """Make a change, trying again where the object moved in fields that are none of ours.

    Args:
        run: What the step shares.
        action: The change.
        standing: Values that must stand now, one for each field of the action.
        written: What this step wrote of it before.
        dry: Whether the server only says whether it would take it; nothing is recorded then.

    Returns:
        Whether something was changed; False where it stands already.

    Raises:
        RefusedError: Something else stands there, or the object moves all the time.
        ClusterError: The server refuses it.
    """
    act = {"create": _create, "patch": _patch, "restart": _restart}[action.verb]
    if run.verb == UNDO and action.created:
        act = _remove
    for _ in range(_TRIES):
        try:
            return act(run, action, standing, written, dry)
        except Conflict:
            if not dry:
                run.note("conflict", action)
    raise RefusedError(f"{action.ref} is changed all the time by somebody else", _STOPPED, "rollout")


def _create(run: Run, action: Action, _standing: Sequence[Any], written: Event, dry: bool) -> bool:
    assert action.created is not None  # noqa: S101  # chosen by the verb
    raw = run.live.get(action.api_version, action.ref)
    if raw is not None:
        where = difference(raw, action.created.body, written.get("content"))
        if where:
            text = f"{action.ref}: it exists and is another one, first at {where}"
            raise RefusedError(text, _STOPPED, "rollout")
        if not dry:
            run.note("present", action, uid=text_at(raw, "metadata", "uid"), content=content(raw))
        return False
    if not dry:
        run.note("intent", action)
    answer = run.live.create(action.created.body, action.ref, dry=dry)
    if not dry:
        run.note("done", action, uid=text_at(answer, "metadata", "uid"), content=content(answer))
    return True


def _remove(run: Run, action: Action, _standing: Sequence[Any], written: Event, dry: bool) -> bool:
    assert action.created is not None  # noqa: S101  # chosen by the verb
    raw = run.live.get(action.api_version, action.ref)
    if raw is None:
        return False
    where = difference(raw, action.created.body, written.get("content"))
    if where:
        raise RefusedError(f"{action.ref}: it was changed since, first at {where}", _STOPPED, "rollout")
    if not dry:
        run.note("intent", action)
    uid, version = text_at(raw, "metadata", "uid"), text_at(raw, "metadata", "resourceVersion")
    run.live.delete(action.api_version, action.ref, uid, version, dry=dry)
    if not dry:
        run.note("done", action)
    return True


def _patch(run: Run, action: Action, standing: Sequence[Any], written: Event, dry: bool) -> bool:
    patch = action.patch
    assert patch is not None  # noqa: S101  # chosen by the verb
    forth = run.verb == APPLY
    wanted = [c.new for c in patch.changes] if forth else targets(action, written)
    raw = _read(run, action)
    now = [at(raw, change.path) for change in patch.changes]
    fields = [path_text(change.path) for change in patch.changes]
    for field, have, want, must in zip(fields, now, wanted, standing, strict=True):
        if not same(have, want) and not same(have, must):
            text = f"{action.ref}: {field}: expected {shown(must)}, found {shown(have)}"
            raise RefusedError(text, _STOPPED, "rollout")
    if all(same(have, want) for have, want in zip(now, wanted, strict=True)):
        if not dry:
            run.note("present", action)
        return False
    body = patch.body if forth else _undo_body(action, wanted)
    if not dry:
        run.note("intent", action, fields=fields, before=now, after=wanted)
    version = text_at(raw, "metadata", "resourceVersion")
    answer = run.live.patch(patch.api_version, patch.ref, patch.type, body, version, dry=dry)
    for change, want in zip(patch.changes, wanted, strict=True):
        if not same(at(answer, change.path), want):
            text = f"{action.ref}: {path_text(change.path)}: the server took the patch, but holds "
            raise RefusedError(text + shown(at(answer, change.path)), "an admission webhook may change it", "rollout")
    if not dry:
        run.note("done", action, server=_server_time(answer))
    return True


def _undo_body(action: Action, wanted: Sequence[Any]) -> Any:
    """Give the patch that goes back: the plan's own, or one with the recorded values where these differ."""
    patch = action.patch
    assert patch is not None  # noqa: S101  # only called for patches
    if all(same(change.old, value) for change, value in zip(patch.changes, wanted, strict=True)):
        return patch.undo
    if patch.type is not PatchType.MERGE or not all(isinstance(p, str) for c in patch.changes for p in c.path):
        listed = ", ".join(shown(value) for value in wanted)
        raise RefusedError(f"{action.ref}: set it back by hand to: {listed}", _STOPPED, "rollout")
    back = (Change(c.path, c.new, value) for c, value in zip(patch.changes, wanted, strict=True))
    return merge_bodies(back)[0]


def _restart(run: Run, action: Action, _standing: Sequence[Any], written: Event, dry: bool) -> bool:
    raw = _read(run, action)
    if run.verb == APPLY and written.get("stamp") and text_at(raw, *TEMPLATE) == written["stamp"]:
        return False
    stamp = datetime.now(UTC).isoformat()  # to the microsecond, so that two restarts never look like one
    body: dict[str, Any] = {}
    here = body
    for part in TEMPLATE[:-1]:
        here = here.setdefault(part, {})
    here[TEMPLATE[-1]] = stamp
    if not dry:
        run.note("intent", action, fields=[path_text(TEMPLATE)], stamp=stamp)
    version = text_at(raw, "metadata", "resourceVersion")
    run.live.patch(action.api_version, action.ref, PatchType.MERGE, body, version, dry=dry)
    if not dry:
        run.note("done", action, stamp=stamp)
    return True


def _read(run: Run, action: Action) -> dict[str, Any]:
    raw = run.live.get(action.api_version, action.ref)
    if raw is None:
        raise RefusedError(f"{action.ref}: the object does not exist", _STOPPED, "rollout")
    return raw


def _server_time(answer: dict[str, Any]) -> str:
    """Give the server's own time of our change, so that clocks need not agree."""
    ours = [
        item for _, item in maps_at(map_at(answer, "metadata"), "managedFields") if text_at(item, "manager") == MANAGER
    ]
    return max((text_at(item, "time") for item in ours), default="")
