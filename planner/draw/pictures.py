"""The pictures of a plan, as scenes with their colours, laid out and finished."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from planner.draw import palette, scene
from planner.draw.dot import dot
from planner.draw.finish import finish
from planner.draw.svg import layout
from planner.errors import LayoutError
from planner.graph.traffic import TrafficGraph
from planner.model.note import Note, NoteKind
from planner.model.plan import Phase, Plan
from planner.model.refs import Ref


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture.

    Attributes:
        name: Path below the output folder, without suffix.
        dot: DOT text.
        svg: SVG text, or an empty string where the engine failed.
        notes: Why, in that case.
    """

    name: str
    dot: str
    svg: str
    notes: tuple[Note, ...] = ()


Layout = Callable[[str], str]
Colours = Mapping[str, str]
"""Fill colour of each namespace."""


def overview(
    plan: Plan, graph: TrafficGraph, workloads: Collection[Ref], collapse: bool | None = None
) -> tuple[scene.Scene, dict[str, str]]:
    """Decide the picture of the whole graph: workloads, or namespaces where there are too many."""
    namespaces = sorted({ref.namespace for ref in workloads})
    words = scene.captions(plan, namespaces)
    if collapse is None:
        collapse = len(workloads) > scene.MANY
    where = f"{len(namespaces)} namespaces" if len(namespaces) != 1 else f"namespace {namespaces[0]}"
    title = f"Flows of {where}, coloured by phase"
    if collapse:
        return scene.collapsed(title, workloads, graph.flows, words), fills(plan, namespaces)
    return scene.detailed(title, workloads, graph.flows, graph.blind_spots, words), fills(plan, namespaces)


def fills(plan: Plan, namespaces: Iterable[str]) -> dict[str, str]:
    """Colour each namespace by its phase."""
    found = {}
    for name in namespaces:
        phase = plan.phase_of(name)
        joined = palette.ALREADY if name in plan.inside else palette.OUTSIDE
        found[name] = palette.phase_fill(phase.index) if phase else joined
    return found


def of_phase(
    plan: Plan, phase: Phase, graph: TrafficGraph, workloads: Collection[Ref]
) -> tuple[scene.Scene, dict[str, str]]:
    """Decide the picture of one phase: who is in, who is joining, who is out, and the frontier between."""
    states = _states(plan, phase)
    colours = {"in": palette.ALREADY, "joining": palette.PHASES[2], "out": palette.OUTSIDE}
    namespaces = sorted({ref.namespace for ref in workloads})
    words = {name: states.get(name, "out") for name in namespaces}
    crossing = len(phase.frontier)
    verb = "flow crosses" if crossing == 1 else "flows cross"
    title = f"The mesh after phase {phase.index} ({phase.name}): {crossing} {verb} its edge"
    picture = scene.collapsed(title, workloads, graph.flows, words, phase.frontier)
    return picture, {name: colours[word] for name, word in words.items()}


def _states(plan: Plan, phase: Phase) -> Mapping[str, str]:
    found = {}
    for name in plan.inside:
        own = plan.phase_of(name)
        index = own.index if own else 0
        found[name] = "joining" if index == phase.index else "in" if index < phase.index else "out"
    return found


def _swatches(picture: scene.Scene, colours: Colours) -> dict[str, str]:
    """Say what each fill colour that is used means, in the order of phases."""
    words = {picture.namespaces[name]: colours[name] for name in sorted(colours) if picture.namespaces.get(name)}
    return {
        word: words[word] for word in sorted(words, key=lambda text: (not text.startswith("phase"), len(text), text))
    }


def draw(name: str, picture: scene.Scene, colours: Colours, engine: Layout = layout) -> Picture:
    """Lay a scene out; without labels where the engine dies on them, as DOT alone where it dies at all."""
    legend = "phase" if "after phase" in picture.title else "overview"
    text = dot(picture, colours)
    for attempt in (text, dot(picture, colours, labels=False)):
        try:
            return Picture(name, text, finish(engine(attempt), picture, legend, _swatches(picture, colours)))
        except LayoutError as error:
            failure = error
    note = Note(NoteKind.LOST, f"{name}.svg was not drawn: {failure.message}", hint=failure.hint)
    return Picture(name, text, "", (note,))
