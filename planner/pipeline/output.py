"""What a run is turned into: the report, the pictures, the output folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import planner
from planner.draw import pictures
from planner.draw.pictures import Picture
from planner.draw.scene import Scene
from planner.errors import UsageError
from planner.graph.traffic import TrafficGraph
from planner.model.bundle import RenderedFile
from planner.model.note import Note
from planner.model.refs import Ref
from planner.operate import rollout
from planner.pipeline.catalogue import all_rules
from planner.pipeline.documents import documents_of
from planner.pipeline.run import Progress, Run
from planner.plan.classes import owner_of
from planner.render import files as render
from planner.render.environment import own_folder
from planner.render.write import write, write_file
from planner.report import documents, html, markdown, sarif
from planner.report.contents import Contents
from planner.sources import compressed, saved
from planner.sources.anonymise import anonymised

_PAINTERS = 2
"""Processes that lay pictures out beside this one."""


def picture(run: Run, collapse: bool | None = None, focus: str = "") -> Picture:
    """Draw the overview: workloads, or namespaces where there are too many.

    Args:
        run: The run.
        collapse: Whether namespaces are the nodes; None decides by the number of workloads.
        focus: Namespace or `namespace/name`; only it, its callers and its callees are drawn.
    """
    graph, workloads = focused(run, focus)
    scene, colours = pictures.overview(run.order, graph, workloads, collapse)
    return pictures.draw("graph", scene, colours)


def focused(run: Run, focus: str) -> tuple[TrafficGraph, tuple[Ref, ...]]:
    """Keep the flows that touch one namespace or workload, and the workloads at their ends.

    Raises:
        UsageError: Nothing of that name was read.
    """
    if not focus:
        return run.graph, run.workloads
    known = [ref for ref in (*run.workloads, *run.graph.endpoints) if focus in (ref.namespace, ref.text)]
    if not known:
        raise UsageError(f"--focus {focus}: no namespace, workload or Service of that name", slug="usage")
    flows = [f for f in run.graph.flows if {f.source, f.target, *f.to_workloads} & set(known)]
    ends = {end for flow in flows for end in (flow.source, *flow.to_workloads)} | set(known)
    blind = [spot for spot in run.graph.blind_spots if spot.workload in ends]
    return TrafficGraph(flows, blind), tuple(ref for ref in run.workloads if ref in ends)


def contents(run: Run, out: str, lost: Iterable[Note] = ()) -> Contents:
    """Gather what a report shows."""
    facts, inventory = run.facts, run.snapshot.inventory
    owners = {
        name: owner
        for name in inventory.namespaces
        if (owner := owner_of(inventory, name, run.settings.owner_label, run.settings.owners))
    }
    policy = "REGISTRY_ONLY" if facts.registry_only else "ALLOW_ANY"
    versions = (f"Istio {facts.istio}", f"Kubernetes {facts.kubernetes}", policy)
    notes = (*run.notes, *lost)
    return Contents(
        run.snapshot, run.graph, run.findings, run.plan, owners, notes, versions, out.rstrip("/"), run.settings.file,
        run.simulation,
    )  # fmt: skip


def produce(run: Run, out: Path, progress: Progress) -> tuple[Note, ...]:
    """Write the whole output folder, or nothing.

    Pictures are laid out in processes of their own while the bundles are rendered here.

    Returns:
        Notes on what could not be drawn.

    Raises:
        OutputError: The folder holds something that is not meshplan's, or cannot be written.
    """
    with ThreadPoolExecutor(_PAINTERS) as painters:
        scenes = _scenes(run)
        parts = [scenes[start::_PAINTERS] for start in range(_PAINTERS)]
        drawing = painters.map(pictures.draw_all, parts)
        rendered = render.render(run.bundles, run.plan, run.settings.templates or None)
        known = documents_of(run)
        drawn = tuple(sorted(_watched(drawing, len(scenes), progress), key=lambda one: one.name))
    lost = tuple(note for one in drawn for note in one.notes)
    report = contents(run, str(out), lost)
    whole = [
        *(RenderedFile(f"{one.name}.{end}", text) for one in drawn for end, text in _texts(one)),
        *rendered,
        RenderedFile("plan.json", documents.to_json(documents.plan_document(run.plan, report.notes))),
        RenderedFile("plan.md", markdown.plan(report)),
        RenderedFile("report.html", html.page(report, own_folder(), {one.name: one.svg for one in drawn})),
        RenderedFile("findings.sarif", sarif.text(report, all_rules(), planner.__version__)),
        RenderedFile("findings.json", documents.to_json(known.findings)),
        RenderedFile("flows.json", documents.to_json(known.flows)),
        RenderedFile("verdicts.json", documents.to_json(known.verdicts)),
        RenderedFile("snapshot.json", snapshot_text(run)),
        RenderedFile(rollout.FILE, rollout.text(run.bundles, rendered)),
    ]
    write(whole, out)
    return lost


def _texts(one: Picture) -> Iterable[tuple[str, str]]:
    return (("svg", one.svg),) if one.svg else (("dot", one.dot),)


def _scenes(run: Run) -> list[tuple[str, Scene, Mapping[str, str]]]:
    """Decide every picture: the overview, and one for each phase that moves something."""
    found: list[tuple[str, Scene, Mapping[str, str]]] = [
        ("graph", *pictures.overview(run.plan, run.graph, run.workloads))
    ]
    played = run.simulation
    ends = {
        end.phase: {flow: played.at(flow, end.number).verdict for flow in played.lives} for end in played.phase_ends()
    }
    for phase in run.plan.phases:
        if phase.units:
            name = f"phases/{phase.folder}/graph"
            found.append((name, *pictures.of_phase(run.plan, phase, run.graph, run.workloads, ends.get(phase.index))))
    return found


def _watched(drawing: Iterable[tuple[Picture, ...]], total: int, progress: Progress) -> Iterator[Picture]:
    done = 0
    for part in drawing:
        done += len(part)
        progress("drawing", done, total)
        yield from part


def snapshot_text(run: Run, *, anonymise: bool = False) -> str:
    """Write the snapshot as text, with names, hosts and addresses replaced where that is asked for."""
    return saved.dump(anonymised(run.snapshot) if anonymise else run.snapshot)


def save(path: Path, text: str) -> None:
    """Write one file, whole or not at all; compressed where its name ends in `.zst`."""
    data = text.encode()
    write_file(path, compressed.pack(data) if path.suffix.lower() == compressed.SUFFIX else data)
