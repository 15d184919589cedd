"""`report.html`: the whole plan as one page that needs nothing but itself.

It reads without scripts and on paper; with them its tables can be filtered and sorted. Nothing in it is loaded from
anywhere, and no text of a manifest becomes markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from planner.report import html_findings, html_matrix, html_phases, html_sections
from planner.report.contents import Contents
from planner.report.html_picture import inline
from planner.report.words import count

_MOST_PICTURE = 4_000_000
"""Characters of inline pictures; beyond them a phase links to its own file, as browsers grow slow."""
_CONTROLS = (*range(9), 11, 12, *range(14, 32), 127)
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = dict.fromkeys((*_CONTROLS, *_TURNING), "\ufffd")
"""Characters that HTML forbids, or that make a text read in another order than it is written."""


def page(contents: Contents, templates: Path, pictures: Mapping[str, str]) -> str:
    """Write the page.

    Args:
        contents: What is shown.
        templates: Folder that holds `report/page.html.j2`.
        pictures: SVG texts by path without suffix (`graph`, `phases/01-canary/graph`); empty where one was not drawn.
    """
    values = {**_values(contents), **_pictures(contents, pictures)}
    return _environment(templates).get_template("page.html.j2").render(values)


def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(templates / "report")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(ticks=_ticks, count=count)
    return environment


def _seen(value: object) -> object:
    """Replace what cannot be seen in a text; markup stays markup."""
    return value.translate(_UNSEEN) if isinstance(value, str) else value


def _ticks(text: str) -> Markup:
    """Escape a text; what stands between backticks becomes code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _values(contents: Contents) -> dict[str, Any]:
    inventory = contents.snapshot.inventory
    return {
        "sources": contents.snapshot.sources,
        "versions": contents.versions,
        "read": (
            f"{count(len(contents.snapshot.objects), 'object')} of {count(len(inventory.kinds), 'kind')} were read, "
            f"among them {count(len(inventory.workloads), 'workload')} and {count(len(inventory.services), 'Service')} "
            f"in {count(len(inventory.namespaces), 'namespace')}."
        ),
        "facts": html_sections.facts(contents),
        "unread": html_sections.unread(contents),
        "assumed": html_sections.assumed(contents),
        "objective": contents.plan.objective,
        "costs": html_sections.objective(contents),
        "cycles": contents.plan.cycles,
        "repairs": html_sections.repairs(contents),
        "matrix": html_matrix.matrix(contents),
        "strict": html_sections.strict(contents),
        "ports": html_sections.ports(contents),
        "hints": html_sections.hints(contents),
        "gaps": html_sections.gaps(contents),
        "waypoints": html_sections.waypoints(contents),
        "may_call_in": html_sections.may_call_in(contents),
        "registry_only": html_sections.registry_only(contents),
        "findings": html_findings.findings(contents),
        "by_owner": html_findings.by_owner(contents),
        "egress": html_sections.egress(contents),
        "proxies": html_sections.proxies(contents),
        "outside": html_sections.outside(contents),
        "edges": html_sections.edges(contents),
        "blind_spots": html_sections.blind_spots(contents),
        "notes": html_sections.notes(contents),
    }


def _pictures(contents: Contents, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Place the pictures, in order, while there is room."""
    room = _MOST_PICTURE
    placed: dict[int, Markup] = {}
    whole = _fitting(pictures.get("graph", ""), "overview-", room)
    room -= len(whole)
    for phase in contents.plan.phases:
        text = pictures.get(f"phases/{phase.folder}/graph", "")
        placed[phase.index] = _fitting(text, f"phase-{phase.index}-", room)
        room -= len(placed[phase.index])
    return {
        "overview": whole,
        "phases": html_phases.phases(contents, placed),
        "phase_table": html_phases.overview(contents),
    }


def _fitting(svg: str, prefix: str, room: int) -> Markup:
    picture = inline(svg, prefix) if svg else Markup("")
    return picture if len(picture) <= room else Markup("")
