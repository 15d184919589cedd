"""`plan.md`: the plan as a person would put it before a change board."""

from __future__ import annotations

from collections.abc import Iterator

from planner.model.finding import Outcome
from planner.model.note import NoteKind
from planner.model.plan import Phase
from planner.model.verdict import VERDICTS
from planner.report import closing
from planner.report.contents import Contents
from planner.report.stories import deed, since_words, stories
from planner.report.words import cell, count, table

_PROXY_RULES = ("proxy-rewrites-host", "proxy-to-look-at")
_MOST, _ROWS = 20, 200


def plan(contents: Contents) -> str:
    """Write the whole document."""
    sections = (
        _head, _assumptions, _reading, _phases, _verdicts, _closing, _waypoints, _findings, _egress, _proxies, _outside,
        _unknown, _notes,
    )  # fmt: skip
    return "\n".join(line for section in sections for line in section(contents))


def _head(contents: Contents) -> Iterator[str]:
    moving = [phase for phase in contents.plan.phases if phase.units]
    blocked = sum(1 for item in contents.open_findings() if item.outcome is Outcome.BLOCKED)
    yield from (f"# Rollout plan: {', '.join(contents.snapshot.sources)}", "")
    inside = len(contents.plan.inside)
    yield (
        f"{count(inside, 'namespace')} join{'s' if inside == 1 else ''} the mesh in {count(len(moving), 'phase')}; "
        f"{count(len(contents.plan.outside), 'namespace')} stay outside. "
        f"{count(blocked, 'finding')} must be settled on the way. "
        "Every phase can be undone: its folder holds the steps, their checks and the way back."
    )
    yield from ("", "![The flows, coloured by phase](graph.svg)", "")


def _assumptions(contents: Contents) -> Iterator[str]:
    yield from ("## What is assumed", "")
    yield from (f"Planned for {', '.join(contents.versions)}.", "")
    rows = ((a.key, f"`{a.value or '-'}`", a.because, f"`{a.flag}`") for a in contents.plan.assumed)
    yield from table(("what", "taken as", "because", "say otherwise"), rows)


def _reading(contents: Contents) -> Iterator[str]:
    inventory, graph = contents.snapshot.inventory, contents.graph
    yield from ("## What was read", "")
    yield (
        f"{count(len(contents.snapshot.objects), 'object')} of {count(len(inventory.kinds), 'kind')}, among them "
        f"{count(len(inventory.workloads), 'workload')} and {count(len(inventory.services), 'Service')} in "
        f"{count(len(inventory.namespaces), 'namespace')}. {count(len(graph.flows), 'flow')} were found."
    )
    unread = [note for note in contents.notes if note.kind is NoteKind.UNREAD]
    yield from (
        "",
        f"**{count(len(unread), 'part')} of the input could not be read:**" if unread else "Nothing was left unread.",
        "",
    )
    for note in unread:
        yield f"- {cell(note.place)}: {cell(note.message)}"
    yield from ("",) if unread else ()


def _phases(contents: Contents) -> Iterator[str]:
    yield from ("## The phases", "")
    rows = (
        (
            f"[{phase.folder}](phases/{phase.folder}/README.md)",
            ", ".join(unit.name for unit in phase.units) or "-",
            str(len(phase.frontier)),
            f"{phase.verdicts.get('mtls', 0)} of {sum(phase.verdicts.values())}",
            f"{phase.risk:.0%}",
            ", ".join(phase.strict) or "-",
        )
        for phase in contents.plan.phases
    )
    yield from table(
        ("phase", "joins", "flows plaintext at the edge", "flows under mTLS", "risk", "becomes STRICT"), rows
    )
    for phase in contents.plan.phases:
        if phase.units:
            yield from _phase(phase, contents)
    if contents.plan.cycles:
        yield from ("### Namespaces that call each other in a circle", "")
        for cycle in contents.plan.cycles:
            yield f"- {', '.join(cycle)}: no order is without a frontier between them"
        yield ""


def _phase(phase: Phase, contents: Contents) -> Iterator[str]:
    yield from (f"### Phase {phase.index}: {phase.name}", "")
    for unit in phase.units:
        words = [reason.text for reason in phase.reasons if reason.subject == unit.namespace]
        yield f"- **{unit.name}** ({contents.owners.get(unit.namespace, 'no owner named')})"
        yield from (f"    - {text}" for text in words)
    yield ""
    if phase.frontier:
        yield from (f"Plaintext at the edge once it is done ({count(len(phase.frontier), 'flow')}):", "")
        yield from (f"- `{flow}`" for flow in phase.frontier[:_MOST])
        if len(phase.frontier) > _MOST:
            yield f"- and {len(phase.frontier) - _MOST} more, in `plan.json`"
        yield ""


def _verdicts(contents: Contents) -> Iterator[str]:
    """Count what happens to the flows at the end of each phase, and say what was done about those that would break."""
    yield from ("## What happens to the flows", "")
    if contents.simulation is not None:
        played = contents.simulation
        ends = [("today", 0), *((f"{end.phase}", end.number) for end in played.phase_ends())]
        used = [v for v in VERDICTS if any(v in played.counts(number) for _, number in ends)]
        rows = ((name, *(str(played.counts(number).get(v, 0) or "-") for v in used)) for name, number in ends)
        yield from table(("after phase", *used), rows)
        within = [(story, item) for story in stories(played) for item in story.within]
        if within:
            yield from ("Fails within a phase, and works again at its end:", "")
        for story, item in within[:_ROWS]:
            yield f"- phase {story.end.phase}, {since_words(item.since)}: `{item.flow}`: {cell(item.verdict.reason)}"
        yield from ("",) if within else ()
        yield from ("Every flow in every phase: `report.html`, `verdicts.json`, `meshplan explain FLOW -d .`.", "")
    yield from _repairs(contents)


def _repairs(contents: Contents) -> Iterator[str]:
    repairs = contents.plan.repairs
    if not repairs:
        return
    yield from ("### Flows that the rollout would break, and what was done", "")
    rows = (
        (str(r.phase), deed(r.kind, str(r.subject), r.step), "; ".join(f"`{flow}`" for flow in r.flows[:_MOST])
         + (f" and {len(r.flows) - _MOST} more, in `plan.json`" if len(r.flows) > _MOST else ""), r.why)
        for r in repairs
    )  # fmt: skip
    yield from table(("phase", "what was done", "flows", "what would happen"), rows)


def _closing(contents: Contents) -> Iterator[str]:
    yield from ("## Closing: STRICT and REGISTRY_ONLY", "")
    rows = (
        (
            item.namespace,
            f"phase {item.phase}" if item.phase is not None else "not yet",
            "; ".join(item.blockers) or "-",
            "; ".join(item.exceptions) or "-",
        )
        for item in contents.plan.strict
    )
    yield from table(("namespace", "STRICT", "waits for", "ports that stay open, and for whom"), rows)
    yield from _ports(contents)
    egress = (
        (item.namespace, "go" if item.phase is not None else "no go", "; ".join(item.blockers) or "-",
         ", ".join(item.blind) or "-")
        for item in contents.plan.registry_only
    )  # fmt: skip
    yield from table(("namespace", "REGISTRY_ONLY", "what is missing", "callees unknown"), egress)
    yield from _gaps(contents)


def _ports(contents: Contents) -> Iterator[str]:
    """Name who still calls which port as plaintext, and what could make the list incomplete."""
    ports = closing.waiting_ports(contents.plan.strict)
    yield from ("### Who calls in without mTLS, by port", "")
    rows = ((closing.place(p), closing.since(p), "; ".join(closing.callers(p))) for p in ports[:_ROWS])
    yield from table(("port of the container", "may be STRICT", "plaintext callers"), rows)
    yield from (f"And {len(ports) - _ROWS} more, in `plan.json`.", "") if len(ports) > _ROWS else ()
    hints = closing.hinted_ports(contents.plan.strict)
    if hints:
        yield from ("Too uncertain to wait for, but they may be plaintext callers too:", "")
        yield from (f"- {cell(closing.place(port))}: {cell(c.caller)} {cell(c.text)}" for port, c in hints[:_MOST])
        yield from (f"- and {len(hints) - _MOST} more, in `plan.json`",) if len(hints) > _MOST else ()
        yield ""
    blind = sorted({name for item in contents.plan.strict for name in item.blind})
    if blind:
        yield f"{count(len(blind), 'workload')} may call in too before they have a proxy; their callees are unknown:"
        yield from (", ".join(f"`{name}`" for name in blind) + ".", "")


def _gaps(contents: Contents) -> Iterator[str]:
    gaps = [(item.namespace, gap) for item in contents.plan.registry_only for gap in item.gaps]
    if not gaps:
        return
    yield from ("### What REGISTRY_ONLY would refuse", "")
    rows = (
        (name, f"`{gap.target}`", str(gap.port or "unknown"), gap.protocol, closing.gap_line(gap))
        for name, gap in gaps[:_ROWS]
    )
    yield from table(("namespace", "callee", "port", "protocol", "why"), rows)
    yield from (f"And {len(gaps) - _ROWS} more, in `plan.json`.", "") if len(gaps) > _ROWS else ()


def _waypoints(contents: Contents) -> Iterator[str]:
    if not contents.plan.waypoints:
        return
    yield from ("## Waypoints: before or after the pods are enrolled", "")
    rows = (
        (item.namespace, item.order, item.waypoint or "-", "; ".join(item.reasons), "; ".join(item.bypassing) or "-",
         "; ".join(item.beside) or "-")
        for item in contents.plan.waypoints
    )  # fmt: skip
    yield from table(("namespace", "waypoint", "which", "why", "callers that pass it by", "to do with it"), rows)


def _findings(contents: Contents) -> Iterator[str]:
    yield from ("## Findings, by owner and due step", "")
    found = contents.open_findings()
    owners = sorted({contents.owner(item.subject) for item in found})
    for owner in owners:
        yield from (f"### {owner}", "")
        own = [item for item in found if contents.owner(item.subject) == owner]
        rows = (
            (item.before.value, f"{item.outcome.value} ({item.severity.value})", f"`{item.subject}`", item.message,
             item.fix, f"{item.rule} {item.name}")
            for item in own
        )  # fmt: skip
        yield from table(("before", "outcome", "subject", "what", "fix", "rule"), rows)
    if not owners:
        yield from ("None.", "")


def _egress(contents: Contents) -> Iterator[str]:
    yield from ("## What is called outside the cluster", "")
    rows = (
        (
            f"`{host}`",
            ", ".join(sorted({str(flow.port) for flow in flows if flow.port})) or "unknown",
            ", ".join(sorted({flow.protocol for flow in flows})),
            ", ".join(sorted({flow.source.text for flow in flows})),
            f"`{flows[0].evidence[0].place}`",
        )
        for host, flows in contents.graph.egress_hosts().items()
    )
    yield from table(("host", "port", "protocol", "called by", "seen at"), rows)


def _proxies(contents: Contents) -> Iterator[str]:
    yield from ("## Proxies to look at again", "")
    yield "A proxy that sends another Host than the Service's name leaves the mesh's routes, and code cannot be seen."
    yield ""
    found = [item for item in contents.findings if item.name in _PROXY_RULES]
    rows = ((f"`{item.subject}`", item.message, item.fix) for item in found)
    yield from table(("proxy", "why", "ask or do"), rows)


def _outside(contents: Contents) -> Iterator[str]:
    yield from ("## What stays outside, and why", "")
    rows = ((item.namespace, item.kind.value, item.reason) for item in contents.plan.outside)
    yield from table(("namespace", "class", "reason"), rows)
    for edge in contents.plan.edges:
        yield from (f"### Should `{edge.namespace}` join?", "")
        yield f"- If it joins: {edge.joins}."
        yield f"- If it stays: {edge.stays}."
        yield from (f"- It serves: {', '.join(edge.serves) or 'nothing that was read'}.", "")


def _unknown(contents: Contents) -> Iterator[str]:
    yield from ("## What nobody can know from this input", "")
    spots = contents.graph.blind_spots
    rows = ((f"`{spot.workload}`", spot.reason, "; ".join(spot.looked_at), spot.learn) for spot in spots)
    yield from table(("workload", "why its callees are unknown", "what was looked at", "how to find out"), rows)


def _notes(contents: Contents) -> Iterator[str]:
    yield from ("## Notes", "")
    rows = ((note.kind.value, note.place, note.message, note.hint) for note in (*contents.notes, *contents.plan.notes))
    yield from table(("kind", "where", "what", "hint"), rows)
