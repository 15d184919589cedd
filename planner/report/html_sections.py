"""The other parts of the page as tables: assumptions, closing, egress, proxies, outside, blind spots, notes."""

from __future__ import annotations

from dataclasses import dataclass

from planner.model.finding import Outcome
from planner.model.note import Note, NoteKind
from planner.model.plan import EdgeQuestion
from planner.report import closing
from planner.report.contents import Contents
from planner.report.html_findings import tone
from planner.report.html_view import Capped, Cell, Table, badge, capped, code, link, number, table, text
from planner.report.stories import deed

PROXY_RULES = ("proxy-rewrites-host", "proxy-to-look-at")
_NOTES, _UNREAD, _BLIND = 200, 50, 40


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of the summary, what it counts, and the section that has more."""

    number: str
    words: str
    href: str
    tone: str = ""


def facts(contents: Contents) -> tuple[Fact, ...]:
    """Gather the numbers that a reader looks for first."""
    plan, graph = contents.plan, contents.graph
    moving = sum(1 for phase in plan.phases if phase.units)
    outcomes = [item.outcome for item in contents.open_findings()]
    blocked, unknown = outcomes.count(Outcome.BLOCKED), outcomes.count(Outcome.UNKNOWN)
    strict = sum(1 for item in plan.strict if item.phase is not None)
    egress = sum(1 for item in plan.registry_only if item.phase is not None)
    unread = sum(1 for note in contents.notes if note.kind is NoteKind.UNREAD)
    return (
        _fact(len(plan.inside), "namespace joins", "namespaces join", "#phases"),
        _fact(moving, "phase moves something", "phases move something", "#phases"),
        _fact(blocked, "finding blocks a step", "findings block a step", "#findings", "bad" if blocked else "good"),
        _fact(unknown, "finding is unknown", "findings are unknown", "#findings", "open" if unknown else "good"),
        Fact(f"{strict} of {len(plan.strict)}", "namespaces can become STRICT", "#closing"),
        Fact(f"{egress} of {len(plan.registry_only)}", "can become REGISTRY_ONLY", "#closing"),
        _fact(len(graph.flows), "flow was found", "flows were found", "#picture"),
        _fact(
            len(graph.blind_spots), "workload with unknown callees", "workloads with unknown callees", "#blind-spots"
        ),
        _fact(unread, "part of the input unread", "parts of the input unread", "#unread", "bad" if unread else "good"),
    )


def _fact(number: int, one: str, many: str, href: str, tone: str = "") -> Fact:
    return Fact(str(number), one if number == 1 else many, href, tone)


def assumed(contents: Contents) -> Table:
    """What was neither told nor read."""
    rows = ((code(a.key), code(a.value or "-"), text(a.because), code(a.flag)) for a in contents.plan.assumed)
    return table("What is assumed", ("what", "taken as", "because", "say otherwise"), rows)


def objective(contents: Contents) -> Table:
    """What the order costs, by term."""
    rows = ((text(name), number(f"{value:.3f}")) for name, value in sorted(contents.plan.objective.terms.items()))
    return table("What the order costs, by term", ("term", "cost"), rows)


def repairs(contents: Contents) -> Table:
    """What was done about flows that the rollout would break."""
    rows = (
        (
            link(f"phase {r.phase}", f"#phase-{r.phase}"),
            text(deed(r.kind, str(r.subject), r.step)),
            code(*r.flows),
            text(r.why),
        )
        for r in contents.plan.repairs
    )
    head = ("phase", "what was done", "flows", "what would happen")
    return table("Flows that the rollout would break", head, rows)


def strict(contents: Contents) -> Table:
    """When each namespace may refuse plaintext."""
    rows = (
        (
            text(item.namespace),
            badge("not yet", "warn") if item.phase is None else badge(f"phase {item.phase}", "good"),
            text(*item.blockers),
            text(*item.exceptions),
        )
        for item in contents.plan.strict
    )
    return table("STRICT, by namespace", ("namespace", "STRICT", "waits for", "ports that stay open, for whom"), rows)


def ports(contents: Contents) -> Table:
    """Who calls which port without mTLS, and until when."""
    rows = (
        (
            text(closing.place(port)),
            badge("stays open", "warn") if port.phase is None else badge(closing.since(port), "good"),
            text(*closing.callers(port)),
        )
        for port in closing.waiting_ports(contents.plan.strict)
    )
    return table("Plaintext callers, by port", ("port of the container", "may be STRICT", "plaintext callers"), rows)


def hints(contents: Contents) -> Capped:
    """Calls that are too uncertain to wait for."""
    found = closing.hinted_ports(contents.plan.strict)
    return capped((f"{closing.place(port)}: {c.caller} {c.text}" for port, c in found), _BLIND)


def waypoints(contents: Contents) -> Table:
    """Whether waypoints go on before or after enrolment."""
    rows = (
        (text(w.namespace), text(w.order), text(w.waypoint), text(*w.reasons), text(*w.bypassing), text(*w.beside))
        for w in contents.plan.waypoints
    )
    head = ("namespace", "waypoint", "which", "why", "callers that pass it by", "to do with it")
    return table("Waypoints, by namespace", head, rows)


def gaps(contents: Contents) -> Table:
    """What REGISTRY_ONLY would refuse."""
    rows = (
        (text(item.namespace), code(gap.target), text(str(gap.port or "unknown")), text(gap.protocol),
         text(closing.gap_line(gap)))
        for item in contents.plan.registry_only
        for gap in item.gaps
    )  # fmt: skip
    head = ("namespace", "callee", "port", "protocol", "why")
    return table("What REGISTRY_ONLY would refuse", head, rows)


def may_call_in(contents: Contents) -> Capped:
    """Workloads with unknown callees that may call a namespace that becomes STRICT."""
    return capped(sorted({name for item in contents.plan.strict for name in item.blind}), _BLIND)


def registry_only(contents: Contents) -> Table:
    """Whether the egress of each namespace may be closed."""
    rows = (
        (
            text(item.namespace),
            badge("no go", "warn") if item.phase is None else badge("go", "good"),
            text(*item.blockers),
            text(*item.blind),
        )
        for item in contents.plan.registry_only
    )
    head = ("namespace", "REGISTRY_ONLY", "what is missing", "callees unknown")
    return table("REGISTRY_ONLY, by namespace", head, rows)


def egress(contents: Contents) -> Table:
    """What is called outside the cluster."""
    rows = (
        (
            code(host),
            text(", ".join(str(port) for port in sorted({f.port for f in flows if f.port})) or "unknown"),
            text(", ".join(sorted({flow.protocol for flow in flows}))),
            code(*sorted({flow.source.text for flow in flows})),
            code(flows[0].evidence[0].place),
        )
        for host, flows in contents.graph.egress_hosts().items()
    )
    head = ("host", "port", "protocol", "called by", "first seen at")
    return table("Hosts outside the cluster", head, rows, "flows.json")


def proxies(contents: Contents) -> Table:
    """Proxies whose Host header decides whether the mesh finds a route."""
    rows = (
        (code(str(item.subject)), badge(item.outcome.value, tone(item)), text(item.message), text(item.fix))
        for item in contents.findings
        if item.name in PROXY_RULES and item.outcome is not Outcome.READY
    )
    return table("Proxies to look at again", ("proxy", "finding", "why", "ask or do"), rows, "findings.json")


def outside(contents: Contents) -> Table:
    """What does not join, and why."""
    rows = ((text(item.namespace), text(item.kind.value), text(item.reason)) for item in contents.plan.outside)
    return table("Namespaces that stay outside", ("namespace", "class", "reason"), rows)


def edges(contents: Contents) -> tuple[tuple[EdgeQuestion, Capped], ...]:
    """The question that only the reader can answer, each with what it is about."""
    return tuple((edge, capped(edge.serves, _BLIND)) for edge in contents.plan.edges)


def blind_spots(contents: Contents) -> Table:
    """Workloads whose callees are unknown."""
    spots = contents.graph.blind_spots
    rows = ((code(str(s.workload)), text(s.reason), text("; ".join(s.looked_at)), text(s.learn)) for s in spots)
    head = ("workload", "why its callees are unknown", "what was looked at", "how to find out")
    return table("Workloads with unknown callees", head, rows, "flows.json")


def unread(contents: Contents) -> Table:
    """Parts of the input that could not be read; first of all notes, as the plan is blind there."""
    rows = (_note(note) for note in contents.notes if note.kind is NoteKind.UNREAD)
    return table("Input that could not be read", ("where", "what", "hint"), (row[1:] for row in rows), most=_UNREAD)


def notes(contents: Contents) -> Table:
    """Everything else that a stage remarked."""
    rows = (_note(n) for n in (*contents.notes, *contents.plan.notes) if n.kind is not NoteKind.UNREAD)
    return table("Notes", ("kind", "where", "what", "hint"), rows, most=_NOTES)


def _note(note: Note) -> tuple[Cell, Cell, Cell, Cell]:
    return text(note.kind.value), code(note.place), text(note.message), text(note.hint)
