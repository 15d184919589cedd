"""`meshplan status`: how far a rollout is, and what to type next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from planner.cli import options
from planner.cli import rollout_view as view
from planner.errors import ClusterError, UsageError
from planner.operate import forth
from planner.operate.live import Live
from planner.operate.progress import Progress
from planner.operate.status import lines, next_command
from planner.pipeline import operate


def status(
    directory: view.Directory = "meshplan-out",
    context: view.Context = "",
    output: Annotated[str, options.output_of(*view.FORMATS)] = "table",
    no_color: options.NoColor = False,
) -> None:
    """Show how far each phase and step is; works from the record alone where the cluster cannot be reached."""
    rollout, terminal, say = view.begin(directory, output, no_color)
    progress = operate.progress(rollout, operate.reading(rollout))
    live, why = _reach(context, progress)
    found = lines(progress, live)
    pin, following = progress.pin, next_command(progress)
    if output == "json":
        cluster = {key: pin[key] for key in ("context", "server", "uid")} if pin else None
        shown = [asdict(line) for line in found]
        terminal.write(
            view.document(
                "RolloutStatus", cluster=cluster, live=live is not None, because=why, steps=shown, next=following
            )
        )
        return
    say(f"Cluster  {pin['context']}  {pin['server']}\n         uid {pin['uid']}" if pin else "Cluster  none yet")
    if live is None:
        say(f"         seen from the record alone: {why}")
    say("")
    view.steps(say, found)
    say(f"\nNext     {following}" if following else "\nEvery step is done.")


def _reach(context: str, progress: Progress) -> tuple[Live | None, str]:
    """Reach the cluster where there is something to compare, or say why the record must do."""
    if not progress.pin:
        return None, "no step was applied yet"
    try:
        live = operate.live(context)
        forth.pinned(live, progress)
    except (ClusterError, UsageError) as fault:
        return None, fault.message
    return live, ""
