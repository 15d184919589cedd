"""`meshplan undo`: take a step, a phase or everything back."""

from __future__ import annotations

from typing import Annotated

import typer

from planner.cli import options
from planner.cli import rollout_view as view
from planner.cli.console import Terminal
from planner.operate import forth
from planner.operate import undo as back
from planner.operate.record import Journal
from planner.operate.rollout import Place
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
    view.known_format(output)
    rollout = operate.opened(directory)
    terminal, live = Terminal(colour=not no_color), operate.live(context)
    say = view.sayer(terminal, output)
    taken = []

    def one(journal: Journal, place: Place, here: dict[str, str]) -> None:
        prepared = back.prepare(live, operate.progress(rollout, journal), place)
        say(f"Undo     {place.name}: {place.step.title}\n")
        view.changes(say, prepared.rows)
        say("")
        back.rehearse(live, prepared, journal)
        if not dry_run:
            view.sure(f"Take {place.name} back on {here['context']}?", yes)
            with view.told_when_stopped(directory):
                back.execute(live, journal, prepared, here, timeout, say)
        taken.append({"step": place.name, "changes": [view.row_value(row) for row in prepared.rows]})
        if place.step.back:
            say("To be taken back by hand:")
        for sentence in place.step.back:
            view.folded(say, "  - ", sentence)
        say("")

    def run(journal: Journal) -> dict[str, str]:
        progress = operate.progress(rollout, journal)
        places = back.choose(progress, phase, step, everything)
        here = forth.pinned(live, progress)
        view.cluster(say, here, bool(progress.pin))
        for place in places:
            one(journal, place, here)
        say(_summary(len(places), dry_run, str(rollout.folder)))
        left = back.order(operate.progress(rollout, journal))
        if left and not dry_run:
            say(f"Still    {len(left)} applied; the next to go back is {left[0].name}")
        return here

    if dry_run:
        here = run(operate.reading(rollout))
    else:
        with operate.writing(rollout) as journal:
            here = run(journal)
    if output == "json":
        terminal.write(view.document("RolloutUndo", cluster=here, dryRun=dry_run, steps=taken))


def _summary(count: int, dry_run: bool, folder: str) -> str:
    if not count:
        return "Nothing of this was applied, so there is nothing to take back."
    if dry_run:
        return "The server would take every change. Nothing was changed (--dry-run)."
    return f"Done     {count} step{'' if count == 1 else 's'} taken back\nLook     meshplan status -d {folder}"
