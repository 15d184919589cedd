"""`meshplan apply`: make the next step on a live cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from planner.cli import options
from planner.cli import rollout_view as view
from planner.cli.console import Terminal
from planner.operate import forth, passing
from planner.operate.gates import Answer
from planner.operate.live import Live
from planner.operate.prepared import Prepared, rehearse
from planner.operate.record import Journal
from planner.operate.rollout import Place, Rollout
from planner.pipeline import operate


def apply(
    directory: view.Directory = "meshplan-out",
    context: view.Context = "",
    phase: view.Phase = "",
    step: view.Step = "",
    yes: view.Yes = False,
    dry_run: view.DryRun = False,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", help="Say that a gate holds that meshplan cannot check.", metavar="GATE"),
    ] = None,
    timeout: view.Timeout = 600,
    output: Annotated[str, options.output_of(*view.FORMATS)] = "table",
    no_color: options.NoColor = False,
) -> None:
    """Apply the next step to the cluster: compare, show, rehearse, change, wait, record."""
    rollout, terminal, say = view.begin(directory, output, no_color)
    one = _Apply(rollout, operate.live(context), terminal, say, output, yes, timeout)
    if dry_run:
        one.rehearse(operate.reading(rollout), phase, step)
        return
    with operate.writing(rollout) as journal:
        one.run(journal, phase, step, confirm or [])


class _Apply:
    """One run of the command."""

    def __init__(
        self, rollout: Rollout, live: Live, terminal: Terminal, say: view.Say, output: str, yes: bool, timeout: float
    ) -> None:
        self.rollout, self.live, self.terminal, self.say = rollout, live, terminal, say
        self.output, self.yes, self.timeout = output, yes, timeout

    def run(self, journal: Journal, phase: str, step: str, named: list[str]) -> None:
        """Choose the step, ask about gates, show, ask, and make the changes."""
        here, place = self._begin(journal, phase, step)
        if place is None:
            return
        progress = operate.progress(self.rollout, journal)
        answers = passing.before(self.live, progress, place)
        left = passing.confirm(journal, answers, named, view.ask_gate)
        passing.refuse_open(place, left)
        prepared = forth.prepare(self.live, progress, place)
        self._show(prepared)
        rehearse(self.live, prepared, journal)
        view.sure(f"Apply {place.name} to {here['context']}?", self.yes)
        with view.told_when_stopped(self._out):
            forth.execute(self.live, journal, prepared, here, answers, self.timeout, self.say)
        self._end(prepared, answers, here, done=True)
        self._next(place)

    def rehearse(self, journal: Journal, phase: str, step: str) -> None:
        """Show what would be done, and let the server check it."""
        here, place = self._begin(journal, phase, step)
        if place is None:
            return
        progress = operate.progress(self.rollout, journal)
        answers = passing.before(self.live, progress, place)
        prepared = forth.prepare(self.live, progress, place)
        self._show(prepared)
        rehearse(self.live, prepared, journal)
        for item in (item for item in answers if item.open):
            view.folded(self.say, f"{item.word.value}: ", f"gate {item.name}: {item.gate.text}")
        self.say("The server would take every change. Nothing was changed (--dry-run).")
        self._end(prepared, answers, here, done=False)

    def _begin(self, journal: Journal, phase: str, step: str) -> tuple[dict[str, str], Place | None]:
        progress = operate.progress(self.rollout, journal)
        place = forth.choose(progress, phase, step)
        here = forth.pinned(self.live, progress)
        view.cluster(self.say, here, bool(progress.pin))
        if place is None:
            self.say(
                f"Every step {'of this phase ' if phase else ''}is done. Look again: meshplan verify -d {self._out}"
            )
            if self.output == "json":
                self.terminal.write(
                    view.document("RolloutStep", cluster=here, step=None, done=True, changes=[], gates=[])
                )
        else:
            chosen = "" if step else "  (the next one)"
            self.say(f"Step     {place.name}: {place.step.title}{chosen}\n         {place.step.why}")
        return here, place

    @property
    def _out(self) -> str:
        return str(self.rollout.folder)

    def _show(self, prepared: Prepared) -> None:
        self.say("")
        view.changes(self.say, prepared.rows)
        warnings = [f"{a.ref} {a.patch.warning}" for a in prepared.actions if a.patch and a.patch.warning]
        for text in dict.fromkeys(warnings):
            view.folded(self.say, "  warning: ", text)
        for sentence in prepared.place.step.manual:
            view.folded(self.say, "  by hand: ", sentence)
        self.say("")

    def _end(self, prepared: Prepared, answers: tuple[Answer, ...], here: dict[str, str], *, done: bool) -> None:
        if self.output == "json":
            text = view.document(
                "RolloutStep", cluster=here, step=prepared.place.name, done=done,
                changes=[view.row_value(row) for row in prepared.rows], gates=[view.gate_value(a) for a in answers],
            )  # fmt: skip
            self.terminal.write(text)

    def _next(self, place: Place) -> None:
        closing = [gate for gate in place.phase.gates if gate.after == place.step.name]
        self.say(f"\nDone     {place.name}")
        if closing:
            self.say(f"Before the next step {len(closing)} gate{'' if len(closing) == 1 else 's'} must hold:")
        for gate in closing:
            view.folded(self.say, "  - ", f"{gate.id}: {gate.text}")
        self.say(f"Look     meshplan verify -d {self._out} --step {place.name}")
        self.say(f"Back     meshplan undo -d {self._out}")
