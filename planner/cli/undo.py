"""`meshplan undo`: take a step, a phase or everything back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from planner.cli import options
from planner.cli import rollout_view as view
from planner.operate import forth
from planner.operate import undo as back
from planner.operate.live import Live
from planner.operate.prepared import execute, rehearse
from planner.operate.record import Journal
from planner.operate.rollout import Place, Rollout
from planner.pipeline import operate


def undo(
    directory: view.Directory = "meshplan-out",
    context: view.Context = "",
    phase: view.Phase = "",
    step: view.Step = "",
    everything: Annotated[bool, typer.Option("--all", help="Take the whole rollout back.")] = False,
    yes: view.Yes = False,
    dry_run: view.DryRun = False,
    timeout: view.Timeout = 600,
    output: Annotated[str, options.output_of(*view.FORMATS)] = "table",
    no_color: options.NoColor = False,
) -> None:
    """Take back the last step, one step, a phase or everything; refuses where somebody changed it since."""
    rollout, terminal, say = view.begin(directory, output, no_color)
    run = _Undo(rollout, operate.live(context), say, yes, dry_run, timeout)
    if dry_run:
        here = run.all(operate.reading(rollout), phase, step, everything)
    else:
        with operate.writing(rollout) as journal:
            here = run.all(journal, phase, step, everything)
    if output == "json":
        terminal.write(view.document("RolloutUndo", cluster=here, dryRun=dry_run, steps=run.taken))


class _Undo:
    """One run of the command."""

    def __init__(self, rollout: Rollout, live: Live, say: view.Say, yes: bool, dry_run: bool, timeout: float) -> None:
        self.rollout, self.live, self.say = rollout, live, say
        self.yes, self.dry_run, self.timeout = yes, dry_run, timeout
        self.taken: list[dict[str, Any]] = []

    def all(self, journal: Journal, phase: str, step: str, everything: bool) -> dict[str, str]:
        """Take the chosen steps back, and say what is left; gives the cluster."""
        progress = operate.progress(self.rollout, journal)
        places = back.choose(progress, phase, step, everything)
        here = forth.pinned(self.live, progress)
        view.cluster(self.say, here, bool(progress.pin))
        for place in places:
            self._one(journal, place, here)
        self.say(_summary(len(places), self.dry_run, str(self.rollout.folder)))
        left = back.order(operate.progress(self.rollout, journal))
        if left and not self.dry_run:
            self.say(f"Still    {len(left)} applied; the next to go back is {left[0].name}")
        return here

    def _one(self, journal: Journal, place: Place, here: dict[str, str]) -> None:
        prepared = back.prepare(self.live, operate.progress(self.rollout, journal), place)
        self.say(f"Undo     {place.name}: {place.step.title}\n")
        view.changes(self.say, prepared.rows)
        self.say("")
        rehearse(self.live, prepared, journal)
        if not self.dry_run:
            view.sure(f"Take {place.name} back on {here['context']}?", self.yes)
            with view.told_when_stopped(str(self.rollout.folder)):
                execute(self.live, journal, prepared, here, self.timeout, self.say)
        self.taken.append({"step": place.name, "changes": [view.row_value(row) for row in prepared.rows]})
        if place.step.back:
            self.say("To be taken back by hand:")
        for sentence in place.step.back:
            view.folded(self.say, "  - ", sentence)
        self.say("")


def _summary(count: int, dry_run: bool, folder: str) -> str:
    if not count:
        return "Nothing of this was applied, so there is nothing to take back."
    if dry_run:
        return "The server would take every change. Nothing was changed (--dry-run)."
    return f"Done     {count} step{'' if count == 1 else 's'} taken back\nLook     meshplan status -d {folder}"
