from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from planner import pipeline
from planner.draw import palette, pictures
from planner.draw.dot import dot
from planner.draw.svg import layout
from planner.errors import LayoutError
from planner.graph.traffic import TrafficGraph
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from tests.builders import flow, ref

BANK = Path(__file__).resolve().parents[3] / "samples" / "bank"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def bank() -> pipeline.Run:
    return pipeline.start([str(BANK)], Settings(max_namespaces=3), "default", lambda *_: None)


def texts(svg: str) -> str:
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def test_the_overview_shows_every_workload_in_its_namespace(bank: pipeline.Run) -> None:
    scene, _ = pictures.overview(bank.order, bank.graph, bank.workloads)
    drawn = {node.tooltip for node in scene.nodes if node.kind == "workload"}
    assert {str(workload) for workload in bank.workloads} <= drawn
    assert not scene.collapsed


def test_the_picture_has_a_title_a_text_alternative_a_legend_and_what_it_left_out(bank: pipeline.Run) -> None:
    svg = pipeline.picture(bank).svg
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    described = root.find(f"{SVG}desc")
    assert described is not None
    assert "notify: phase" in "".join(described.itertext())
    words = texts(svg)
    for legend in ("from outside", "to outside", "inside", "not drawn", "phase 1", "stays out (edge)"):
        assert legend in words


def test_a_phase_shows_who_is_in_joining_and_out_and_marks_the_frontier(bank: pipeline.Run) -> None:
    phase = bank.order.phases[2]
    scene, colours = pictures.of_phase(bank.order, phase, bank.graph, bank.workloads)
    states = {node.namespace: node.label[-1] for node in scene.nodes if node.kind == "namespace"}
    assert {name for name, state in states.items() if state == "joining"} == set(phase.namespaces)
    assert "in" in states.values()
    assert len(set(colours.values())) == 3
    assert any(edge.frontier for edge in scene.edges)
    assert f"{len(phase.frontier)} flows cross" in scene.title


def test_how_sure_a_flow_is_can_be_seen() -> None:
    flows = [flow("a/x", "a/y", confidence=c, port=p) for c, p in ((0.9, 1), (0.6, 2), (0.2, 3))]
    flows = [dataclasses.replace(f, target=ref(f"a/y{f.port}", "Service"), to_workloads=()) for f in flows]
    plan = _empty_plan()
    scene, colours = pictures.overview(plan, TrafficGraph(flows), [ref("a/x")])
    styles = re.findall(r"style=(solid|dashed|dotted)", dot(scene, colours))
    assert sorted(styles) == ["dashed", "dotted", "solid"]


def _empty_plan() -> object:
    return pipeline.Run(Snapshot(()), Settings()).order


def test_hostile_names_stay_names(snapshot_of: Callable[..., Snapshot]) -> None:
    name = 'a\\"];evil[label="x<b>&'
    flows = [dataclasses.replace(flow("a/x", "external:x"), source=dataclasses.replace(ref("a/x"), name=name))]
    plan = _empty_plan()
    scene, colours = pictures.overview(plan, TrafficGraph(flows), [dataclasses.replace(ref("a/x"), name=name)])
    svg = pictures.draw("graph", scene, colours).svg
    ElementTree.fromstring(svg)
    assert "evil" in texts(svg)
    assert svg.count('class="node"') == len(scene.nodes) == 2


def test_a_dead_engine_is_tried_without_labels_and_then_gives_the_dot(bank: pipeline.Run) -> None:
    tried: list[str] = []

    def dies(text: str) -> str:
        tried.append(text)
        raise LayoutError("signal 6")

    scene, colours = pictures.overview(bank.order, bank.graph, bank.workloads)
    picture = pictures.draw("graph", scene, colours, dies)
    assert len(tried) == 2
    assert len(tried[1]) < len(tried[0])
    assert picture.svg == ""
    assert picture.dot.startswith("digraph")
    assert "signal 6" in picture.notes[0].message


def test_the_engine_runs_in_a_process_of_its_own() -> None:
    assert "<svg" in layout("digraph { a -> b }")
    with pytest.raises(LayoutError):
        layout("this is no graph {")


def test_too_many_namespaces_are_grouped_by_phase() -> None:
    names = [f"n{i:03d}" for i in range(pictures.MANY_NAMESPACES + 10)]
    workloads = [ref(f"{name}/w{i}") for name in names for i in range(2)]
    scene, _ = pictures.overview(_empty_plan(), TrafficGraph([]), workloads)
    assert len([node for node in scene.nodes if node.kind == "namespace"]) == 1
    assert "60 namespaces" in scene.nodes[0].label[0]


def test_the_same_scene_gives_the_same_dot(bank: pipeline.Run) -> None:
    assert pipeline.picture(bank).dot == pipeline.picture(bank).dot


def test_a_dead_process_costs_no_picture(bank: pipeline.Run) -> None:
    scenes = [("graph", *pictures.overview(bank.order, bank.graph, bank.workloads))]
    together = pictures.draw_all(scenes)
    alone = pictures.draw_all(scenes, lambda _: None)
    assert together == alone
    assert together[0].svg


def test_arrows_of_a_phase_have_the_colour_of_their_worst_flow(bank: pipeline.Run) -> None:
    phase = next(phase for phase in bank.order.phases if phase.units)
    ids = [flow.id for flow in bank.graph.flows]
    worst = dict.fromkeys(ids, "mtls") | {ids[-1]: "broken"}
    scene, colours = pictures.of_phase(bank.order, phase, bank.graph, bank.workloads, worst)
    assert {edge.verdict for edge in scene.edges} <= {"mtls", "broken"}
    picture = pictures.draw("phase", scene, colours)
    assert palette.VERDICTS["mtls"] in picture.dot and ">mTLS<" in picture.svg
    bare, _ = pictures.of_phase(bank.order, phase, bank.graph, bank.workloads)
    assert {edge.verdict for edge in bare.edges} == {""}
    assert (
        "style=dashed"
        in pictures.draw(
            "phase", *pictures.of_phase(bank.order, phase, bank.graph, bank.workloads, dict.fromkeys(ids, "unknown"))
        ).dot
    )


def test_a_box_tells_of_flows_that_break_inside_it(bank: pipeline.Run) -> None:
    phase = next(phase for phase in bank.order.phases if phase.units)
    inside = next(f for f in bank.graph.flows if f.id == "auth/oauth2-proxy -> auth/session-store:6379")
    scene, _ = pictures.of_phase(bank.order, phase, bank.graph, bank.workloads, {inside.id: "broken"})
    assert [node.namespace for node in scene.nodes if "1 broken inside" in node.label] == ["auth"]
