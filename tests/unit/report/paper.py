"""A small plan in full, for the reports: every section has something to show."""

from __future__ import annotations

from dataclasses import replace

from planner.graph.traffic import TrafficGraph
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import BlindSpot, Evidence
from planner.model.note import Note, NoteKind
from planner.model.plan import (
    Assumption,
    Classed,
    EdgeQuestion,
    Gate,
    NamespaceClass,
    Objective,
    Outside,
    Phase,
    Plan,
    Reason,
    Step,
    Unit,
)
from planner.model.readiness import EgressGap, PlaintextCaller, PortReadiness, Readiness, WaypointAdvice
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.report.contents import Contents
from tests.builders import flow, ref

RULE = Rule(
    "MP104", "uid-of-the-proxy-taken", "Runs as the proxy", Severity.HIGH, "Traffic passes by.", "Run as another.", ()
)
PORT = PortReadiness(
    "pay/api",
    8443,
    None,
    (
        PlaintextCaller("tools/cron -> pay/api:443", "tools/cron", "stays-outside", "stays outside the mesh"),
        PlaintextCaller("shop/cart -> pay/api:443", "shop/cart", "not-yet", "is not in the mesh yet", 1),
        PlaintextCaller("shop/faint -> pay/api:443", "shop/faint", "not-yet", "is a weak hint", 1, certain=False),
        PlaintextCaller("cluster:kubelet -> pay/api:443", "cluster:kubelet", "kubelet", "probes", None, harmless=True),
    ),
)
GAP = EgressGap("api.example.com", 8443, "https", "no-entry", "api.example.com has no entry", ("shop/web -> x",))
CALLERS = tuple(f"tools/{name}" for name in ("web", "agent", "dns", "cron", "mail", "backup"))
FLOWS = (
    flow("shop/web", "shop/cart", 8080),
    flow("shop/cart", "pay/api", 443),
    flow("shop/web", "external:api.example.com", 443),
)


def finding(
    outcome: Outcome = Outcome.BLOCKED,
    severity: Severity = Severity.HIGH,
    subject: Ref | None = None,
    places: tuple[tuple[str, int], ...] = (("manifests/web.yaml", 7),),
    detail: str = "",
    message: str = "runs as user 1337",
) -> Finding:
    evidence = tuple(Evidence("reader", file, line, "Deployment shop/web", "spec", 1.0) for file, line in places)
    return Finding(
        RULE.id, RULE.name, subject or ref("shop/web"), outcome, severity, 1.0, message, evidence,
        "Set `runAsUser` to another one.", Before.RESTART, detail,
    )  # fmt: skip


def phase(index: int, namespace: str, frontier: tuple[str, ...] = ()) -> Phase:
    return Phase(
        index=index,
        name=namespace,
        units=(Unit(namespace),),
        steps=(Step("20-label", "Label", "Nothing restarts yet.", (f"Deployment/{namespace}/web",)),),
        gates=(Gate("a", "no error", f"istioctl analyze -n {namespace}", "20-label"), Gate("b", "a day has passed")),
        frontier=frontier,
        risk=0.5,
        reasons=(Reason(namespace, "leaf", "is called by nobody"),),
        verdicts={"plaintext": 2, "mtls": 1},
        strict=(namespace,),
    )


def contents(findings: tuple[Finding, ...] = (), plan: Plan | None = None, notes: tuple[Note, ...] = ()) -> Contents:
    spots = (BlindSpot(ref("tools/agent"), "no address in its manifest", (), "look at its traffic"),)
    snapshot = Snapshot((), notes, ("manifests",))
    found = findings or (finding(), finding(Outcome.UNKNOWN, Severity.MEDIUM, ref("pay/api")))
    return Contents(
        snapshot, TrafficGraph(FLOWS, spots), found, plan or whole_plan(), {"shop": "team-shop"},
        notes, ("Istio 1.31", "Kubernetes 1.33", "ALLOW_ANY"), "out",
    )  # fmt: skip


def whole_plan() -> Plan:
    return Plan(
        phases=(Phase(0, "prepare", ()), phase(1, "shop", (FLOWS[1].id,)), phase(2, "pay")),
        objective=Objective(1.5, {"waiting": 1.5}, "search", 0),
        classes=(Classed("shop", NamespaceClass.APPLICATION, ("runs a shop",)),),
        outside=(Outside("tools", NamespaceClass.PLATFORM, "it monitors"),),
        inside=("pay", "shop"),
        strict=(Readiness("pay", None, ("waits for gate",), ("pay/api port 80: x",), CALLERS, (PORT,)),
                Readiness("shop", 1)),
        registry_only=(Readiness("shop", None, ("a host is unknown",), blind=("shop/odd",), gaps=(GAP,)),),
        edges=(EdgeQuestion("gate", "its calls become mTLS", "it stays plaintext", ("shop/web",)),),
        cycles=(("pay", "shop"),),
        assumed=(Assumption("istio.version", "1.31", "--istio-version", "the newest known"),),
        waypoints=(WaypointAdvice("shop", "before", "shop/way", True, ("a route needs it",), ("pay/api: sidecar",)),),
    )  # fmt: skip


def many(number: int) -> Contents:
    """Make a plan of so many namespaces, all in one phase."""
    names = tuple(f"team-{n:04d}" for n in range(number))
    big = replace(
        phase(1, "all", tuple(f"{name}/a -> shop/b:80" for name in names)),
        units=tuple(Unit(name) for name in names),
        strict=names,
    )
    plan = replace(
        whole_plan(),
        phases=(big,),
        inside=names,
        strict=tuple(Readiness(name, 1) for name in names),
        registry_only=tuple(Readiness(name, 1) for name in names),
    )
    notes = tuple(Note(NoteKind.SKIPPED, f"left aside {name}") for name in names)
    found = tuple(finding(subject=ref(f"{name}/web"), detail=str(n)) for name in names for n in range(3))
    return contents(found, plan, notes)
