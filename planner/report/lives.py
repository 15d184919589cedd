"""The life of one flow through the phases, in words, from the documents of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.report.stories import REPAIRING, deed

_NOT_THERE = "  What happens to it in each phase is not known here: no verdicts.json, which `meshplan plan -d` writes."


class Lives:
    """What a `VerdictList` and a `Plan` document say about single flows.

    Args:
        plan: The plan.
        verdicts: The verdicts; empty where they were not written.
    """

    def __init__(self, plan: Mapping[str, Any], verdicts: Mapping[str, Any]) -> None:
        self._known = bool(verdicts)
        self._repairs = plan.get("repairs", ())
        self._folders = {phase["index"]: phase["folder"] for phase in plan["phases"]}
        self._lives: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for item in verdicts.get("today", ()):
            self._lives.setdefault(item["flow"], []).append(("today", item))
        for step in verdicts.get("steps", ()):
            when = self._when(step)
            for change in step["changes"]:
                self._lives.setdefault(change["flow"], []).append((when, change))

    def _when(self, step: Mapping[str, Any]) -> str:
        return f"in the middle of {self._step(step)}" if step.get("during") else f"after {self._step(step)}"

    def told(self, flow: str) -> Iterator[str]:
        """Yield the lines of one flow: today, each step that changes its verdict, and what was done about it."""
        if not self._known:
            yield _NOT_THERE
            return
        yield "  What happens to it:"
        before = ""
        for when, verdict in self._lives.get(flow, ()):
            yield from _line(when, verdict, before)
            before = verdict["verdict"]
        yield "  - no later step changes it" if len(self._lives.get(flow, ())) > 1 else "  - no step changes it"
        for repair in self._repairs:
            if flow in repair["flows"]:
                yield from self._done(repair)

    def _done(self, repair: Mapping[str, Any]) -> Iterator[str]:
        words = deed(repair["kind"], repair["subject"], self._step(repair))
        if repair["kind"] in REPAIRING:
            yield f"  What was done about it: {words}. Otherwise it would break: {repair['why']}."
        else:
            yield f"  What is left to do: {words}. Otherwise it breaks: {repair['why']}."

    def _step(self, repair: Mapping[str, Any]) -> str:
        return f"{self._folders.get(repair['phase'], repair['phase'])}/{repair['step']}"


def _line(when: str, verdict: Mapping[str, Any], before: str) -> Iterator[str]:
    word = f"still {verdict['verdict']}" if verdict["verdict"] == before else verdict["verdict"]
    decides = f"; decided by {verdict['by']}" if verdict["by"] and verdict["by"] not in verdict["reason"] else ""
    yield f"  - {when}: {word}, because {verdict['reason']} (rule {verdict['rule']}{decides})"
    if verdict["missing"]:
        yield f"      not known: {verdict['missing']}"
    if verdict["learn"]:
        yield f"      to learn it: {verdict['learn']}"
