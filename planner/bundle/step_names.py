"""The steps of a phase: names, order, titles, and the order in which they are taken back."""

from __future__ import annotations

PORTS = "10-ports"
GUARD, LABEL, CANARY, RESTART, ROUTES, STRICT = (
    "10-guard", "20-label", "30-canary", "40-restart", "50-routes", "60-strict",
)  # fmt: skip
CLOSE_NAMESPACES, CLOSE_EGRESS, CLOSE_MESH = "10-strict", "20-registry-only", "30-mesh-strict"

UNDO_ORDER = (STRICT, ROUTES, LABEL, RESTART, CANARY, GUARD)
"""The label goes before the pods restart, or they would come back with a proxy.

Source: istio/istio mutatingwebhook.yaml of the istio-discovery chart (only the creation of a Pod is intercepted).
"""

WORDS = {
    PORTS: ("Declare the protocols of ports", "It has no effect without a proxy, and restarts nothing."),
    GUARD: ("Guards before the label", "What must be in place before any pod of the phase can get a proxy."),
    LABEL: ("Label the namespaces", "Nothing restarts yet, but every pod created from now on gets a proxy."),
    CANARY: ("One workload per unit", "One workload shows whether pods start and answer with a proxy."),
    RESTART: ("The other workloads", "Callees before callers; StatefulSets last, one at a time."),
    ROUTES: ("Routes", "Routing rules act in the callers' proxies, so they come once these are there."),
    STRICT: ("Close to plaintext", "The last plaintext caller has a proxy; what stays open is a named exception."),
    CLOSE_NAMESPACES: (
        "Close namespaces that were in the mesh before",
        "None of their callers sends plaintext, but to ports that stay open as named exceptions.",
    ),
    CLOSE_EGRESS: ("Close egress", "Every host outside that these namespaces call is known to the mesh."),
    CLOSE_MESH: ("Close the whole mesh", "Every namespace of the plan is STRICT, so the default may be too."),
}
"""Title and reason of each step."""
