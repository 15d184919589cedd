"""What a step would meet: each field compared with what the plan saw, before anything is changed.

A value that the plan did not read (`Change.known` is false) counts as the value that it assumed: where something else
stands, somebody decided something that the plan did not know, and the step is refused like any other drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.bundle.patching import path_text
from planner.model.bundle import Change, FieldPath
from planner.model.fields import text_at
from planner.model.refs import Ref
from planner.operate.actions import TEMPLATE, Action
from planner.operate.live import Live
from planner.operate.record import Event
from planner.operate.refusal import RefusedError
from planner.operate.values import ABSENT, at, difference, same, shown

WHOLE, PODS = "(whole object)", "(pods)"


class Found(StrEnum):
    """What a change meets."""

    TO_DO = "to do"
    DONE = "done already"
    DRIFTED = "drifted"
    MISSING = "object missing"
    OTHER = "exists, and is another"


BAD = (Found.DRIFTED, Found.MISSING, Found.OTHER)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One change with what it meets.

    Attributes:
        action: The change of the object that it belongs to.
        field: Path of the field, as text.
        found: What it meets.
        now: Value that stands there, as text.
        expected: Value that must stand there, as text.
        after: Value that it sets, as text.
        known: False where the plan did not read the field.
    """

    action: Action
    field: str
    found: Found
    now: str
    expected: str
    after: str
    known: bool = True

    @property
    def refusal(self) -> str:
        """Say why the step cannot be done: object, field, expected, found."""
        if self.found is Found.MISSING:
            return f"{self.action.ref}: the object does not exist"
        if self.found is Found.OTHER:
            return f"{self.action.ref}: it exists and is another one, first at {self.now}"
        seen = "expected" if self.known else "assumed, for the plan did not read it,"
        return f"{self.action.ref}: {self.field}: {seen} {self.expected}, found {self.now}"


def apply_rows(
    live: Live,
    actions: Iterable[Action],
    standing: Mapping[tuple[Ref, FieldPath], Any],
    written: Mapping[str, Event],
) -> tuple[Row, ...]:
    """Compare every change of a step with the cluster.

    Args:
        live: The cluster.
        actions: What the step does.
        standing: Values that earlier steps left, by object and field; they count before what the plan read.
        written: What an interrupted run of this step wrote, by action.
    """
    found: list[Row] = []
    for action in actions:
        raw = live.get(action.api_version, action.ref)
        if action.created:
            found.append(_created(action, raw, written.get(action.key, {})))
        elif raw is None:
            found.append(Row(action, WHOLE, Found.MISSING, ABSENT, "", ""))
        elif action.patch:
            found.extend(_change(action, raw, change, standing) for change in action.changes)
        else:
            found.append(_restart(action, raw, written.get(action.key, {})))
    return tuple(found)


def _created(action: Action, raw: Mapping[str, Any] | None, event: Event) -> Row:
    if raw is None:
        return Row(action, WHOLE, Found.TO_DO, ABSENT, ABSENT, "created")
    assert action.created is not None  # noqa: S101  # only such an action is asked for
    where = difference(raw, action.created.body, event.get("content"))
    state, now = (Found.OTHER, where) if where else (Found.DONE, "as planned")
    return Row(action, WHOLE, state, now, ABSENT, "created")


def _change(
    action: Action, raw: Mapping[str, Any], change: Change, standing: Mapping[tuple[Ref, FieldPath], Any]
) -> Row:
    now = at(raw, change.path)
    expected = standing.get((action.ref, change.path), change.old)
    state = Found.DONE if same(now, change.new) else Found.TO_DO if same(now, expected) else Found.DRIFTED
    field = path_text(change.path)
    return Row(action, field, state, shown(now), shown(expected), shown(change.new), change.known)


def _restart(action: Action, raw: Mapping[str, Any], event: Event) -> Row:
    stamp = event.get("stamp")
    done = bool(stamp) and text_at(raw, *TEMPLATE) == stamp
    return Row(action, PODS, Found.DONE if done else Found.TO_DO, "running", "running", "restarted")


def undo_rows(live: Live, actions: Iterable[Action], written: Mapping[str, Event]) -> tuple[Row, ...]:
    """Compare every change of a step with the cluster, for the way back: what the step set must still stand.

    What an interrupted step never reached stands as it was, and is done already.
    """
    found: list[Row] = []
    for action in actions:
        event = written.get(action.key, {})
        raw = live.get(action.api_version, action.ref)
        if action.created:
            found.append(_removed(action, raw, event))
        elif raw is None:
            found.append(Row(action, WHOLE, Found.MISSING, ABSENT, "", ""))
        elif action.patch:
            values = targets(action, event)
            pairs = zip(action.changes, values, strict=True)
            found.extend(_restored(action, raw, change, value) for change, value in pairs)
        else:
            found.append(Row(action, PODS, Found.TO_DO, "running", "running", "restarted"))
    return tuple(found)


def targets(action: Action, event: Event) -> Sequence[Any]:
    """Give the values that undo restores: those that the record has, else those that the plan read."""
    recorded = event.get("before")
    if isinstance(recorded, list) and len(recorded) == len(action.changes):
        return recorded
    return [change.old for change in action.changes]


def _removed(action: Action, raw: Mapping[str, Any] | None, event: Event) -> Row:
    if raw is None:
        return Row(action, WHOLE, Found.DONE, ABSENT, "", ABSENT)
    assert action.created is not None  # noqa: S101  # only such an action is asked for
    where = difference(raw, action.created.body, event.get("content"))
    uid = event.get("uid")
    if not where and uid and text_at(raw, "metadata", "uid") != uid:
        where = "metadata.uid"
    return Row(action, WHOLE, Found.OTHER if where else Found.TO_DO, where or "as created", "as created", ABSENT)


def _restored(action: Action, raw: Mapping[str, Any], change: Change, value: Any) -> Row:
    now = at(raw, change.path)
    state = Found.DONE if same(now, value) else Found.TO_DO if same(now, change.new) else Found.DRIFTED
    return Row(action, path_text(change.path), state, shown(now), shown(change.new), shown(value))


def refuse(rows: Iterable[Row], what: str, hint: str) -> None:
    """Refuse a step that meets something else than it must.

    Raises:
        RefusedError: With every field in it.
    """
    bad = [row.refusal for row in rows if row.found in BAD]
    if bad:
        head = f"{what} is refused; nothing was changed"
        raise RefusedError("\n  ".join((f"{head}:", *bad)), hint, "rollout")
