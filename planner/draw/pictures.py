"""The pictures of a plan, as scenes with their colours, laid out and finished."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from planner.draw import palette
from planner.draw.detailed import detailed
from planner.draw.dot import dot
from planner.draw.finish import finish
from planner.draw.grouped import Group, grouped
from planner.draw.scene import Scene
from planner.draw.svg import layout, layout_all
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


MANY_WORKLOADS, MANY_NAMESPACES, MANY_PAIRS = 60, 50, 160
"""More workloads than this and a picture shows namespaces; more namespaces or pairs, and it shows groups of them."""

Layout = Callable[[str], str]
Colours = Mapping[str, str]
"""Fill colour of each namespace."""


def overview(
    plan: Plan, graph: TrafficGraph, workloads: Collection[Ref], collapse: bool | None = None
) -> tuple[Scene, dict[str, str]]:
    """Decide the picture of the whole graph: workloads, or namespaces, or phases, as many as can be seen."""
    namespaces = sorted({ref.namespace for ref in workloads})
    words = captions(plan, namespaces)
    where = f"{len(namespaces)} namespaces" if len(namespaces) != 1 else f"namespace {namespaces[0]}"
    title = f"Flows of {where}, coloured by phase"
    if collapse is None:
        collapse = len(workloads) > MANY_WORKLOADS
    if not collapse:
        return detailed(title, workloads, graph.flows, graph.blind_spots, words), _fills(plan, namespaces)
    blind = tuple(spot.workload for spot in graph.blind_spots)
    if _crowded(namespaces, graph):
        groups = _by_caption(words)
        colours = {group.key: _fills(plan, group.namespaces)[group.namespaces[0]] for group in groups}
        return grouped(title, groups, workloads, graph.flows, blind=blind), colours
    groups = [Group(name, words[name], (name,)) for name in namespaces]
    return grouped(title, groups, workloads, graph.flows, blind=blind), _fills(plan, namespaces)


def _crowded(namespaces: Collection[str], graph: TrafficGraph) -> bool:
    return len(namespaces) > MANY_NAMESPACES or len(graph.between_namespaces) > MANY_PAIRS


def _by_caption(words: Mapping[str, str]) -> list[Group]:
    """Group namespaces by what becomes of them, phases first."""
    members: dict[str, list[str]] = {}
    for name in sorted(words):
        members.setdefault(words[name] or "not planned", []).append(name)
    return [Group(word, word, tuple(members[word])) for word in sorted(members, key=_phases_first)]


def _phases_first(word: str) -> tuple[bool, int, str]:
    return not word.startswith("phase"), len(word), word


def captions(plan: Plan, namespaces: Iterable[str]) -> dict[str, str]:
    """Say for each namespace when it joins, or why it does not."""
    outside = {item.namespace: f"stays out ({item.kind.value})" for item in plan.outside}
    found = {}
    for name in namespaces:
        phase = plan.phase_of(name)
        joins = f"phase {phase.index}" if phase else "in the mesh already" if name in plan.inside else ""
        found[name] = joins or outside.get(name, "")
    return found


def _fills(plan: Plan, namespaces: Iterable[str]) -> dict[str, str]:
    """Colour each namespace by its phase."""
    found = {}
    for name in namespaces:
        phase = plan.phase_of(name)
        joined = palette.ALREADY if name in plan.inside else palette.OUTSIDE
        found[name] = palette.phase_fill(phase.index) if phase else joined
    return found


_STATE_COLOURS = {"in": palette.ALREADY, "joining": palette.PHASES[2], "out": palette.OUTSIDE}


def of_phase(
    plan: Plan,
    phase: Phase,
    graph: TrafficGraph,
    workloads: Collection[Ref],
    verdicts: Mapping[str, str] | None = None,
) -> tuple[Scene, dict[str, str]]:
    """Decide the picture of one phase: who is in, who is joining, who is out, and what happens to the flows between.

    Args:
        plan: The rollout.
        phase: Which of its phases.
        graph: Flows.
        workloads: All workloads.
        verdicts: What happens to each flow once the phase is done, by its id.
    """
    states = _states(plan, phase)
    namespaces = sorted({ref.namespace for ref in workloads})
    words = {name: states.get(name, "out") for name in namespaces}
    crossing = len(phase.frontier)
    verb = "flow crosses" if crossing == 1 else "flows cross"
    title = f"The mesh after phase {phase.index} ({phase.name}): {crossing} {verb} its edge"
    joining = [Group(name, "joining", (name,)) for name in namespaces if words[name] == "joining"]
    still = [name for name in namespaces if words[name] != "joining"]
    if _crowded(namespaces, graph):
        rest = _by_caption({name: words[name] for name in still})
    else:
        rest = [Group(name, words[name], (name,)) for name in still]
    groups = [*joining, *rest]
    colours = {group.key: _STATE_COLOURS[group.caption] for group in groups}
    return grouped(title, groups, workloads, graph.flows, phase.frontier, verdicts=verdicts), colours


def _states(plan: Plan, phase: Phase) -> Mapping[str, str]:
    found = {}
    for name in plan.inside:
        own = plan.phase_of(name)
        index = own.index if own else 0
        found[name] = "joining" if index == phase.index else "in" if index < phase.index else "out"
    return found


def _swatches(picture: Scene, colours: Colours) -> dict[str, str]:
    """Say what each fill colour that is used means, in the order of phases."""
    words = {picture.namespaces[name]: colours[name] for name in sorted(colours) if picture.namespaces.get(name)}
    return {word: words[word] for word in sorted(words, key=_phases_first)}


def draw(name: str, picture: Scene, colours: Colours, engine: Layout = layout) -> Picture:
    """Lay a scene out; without labels where the engine dies on them, as DOT alone where it dies at all."""
    text = dot(picture, colours)
    for attempt in (text, dot(picture, colours, labels=False)):
        try:
            return Picture(name, text, _finished(engine(attempt), picture, colours))
        except LayoutError as error:
            failure = error
    note = Note(NoteKind.LOST, f"{name}.svg was not drawn: {failure.message}", hint=failure.hint)
    return Picture(name, text, "", (note,))


def draw_all(
    wanted: Sequence[tuple[str, Scene, Colours]],
    together: Callable[[Sequence[str]], tuple[str, ...] | None] = layout_all,
) -> tuple[Picture, ...]:
    """Lay out several scenes in one process; one by one where that process dies."""
    texts = [dot(picture, colours) for _, picture, colours in wanted]
    laid_out = together(texts)
    if laid_out is None:
        return tuple(draw(*one) for one in wanted)
    return tuple(
        Picture(name, text, _finished(svg, picture, colours))
        for (name, picture, colours), text, svg in zip(wanted, texts, laid_out, strict=True)
    )


def _finished(svg: str, picture: Scene, colours: Colours) -> str:
    legend = "phase" if "after phase" in picture.title else "overview"
    return finish(svg, picture, legend, _swatches(picture, colours))
