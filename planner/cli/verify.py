"""`meshplan verify`: whether the steps that were applied still hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from planner.cli import options
from planner.cli import rollout_view as view
from planner.cli.exits import Exit
from planner.operate import forth
from planner.operate.gates import Word
from planner.operate.verify import verify as look
from planner.pipeline import operate


def verify(
    directory: view.Directory = "meshplan-out",
    context: view.Context = "",
    phase: view.Phase = "",
    step: view.Step = "",
    output: Annotated[str, options.output_of(*view.FORMATS)] = "table",
    no_color: options.NoColor = False,
) -> None:
    """Look whether every step that was applied still holds; changes nothing."""
    rollout, terminal, say = view.begin(directory, output, no_color)
    live = operate.live(context)
    progress = operate.progress(rollout, operate.reading(rollout))
    named = rollout.matching(phase, step)
    here = forth.pinned(live, progress)
    view.cluster(say, here, bool(progress.pin))
    places = [place for place in named if step or progress.stands(place)]
    found = tuple(check for place in places for check in look(live, progress, place))
    if output == "json":
        checks = [asdict(check) | {"word": check.word.value} for check in found]
        terminal.write(view.document("RolloutChecks", cluster=here, checks=checks))
    elif not places:
        say("No step was applied yet.")
    else:
        view.checks(say, found)
        counts = {word: sum(1 for check in found if check.word is word) for word in Word}
        say("\n" + ", ".join(f"{number} {word}" for word, number in counts.items() if number))
        if counts[Word.UNCHECKED]:
            say("What was not checked has not passed: a person must look, then --confirm it.")
    raise typer.Exit(Exit.FINDINGS if view.failing(found) else Exit.DONE)
