"""Why a flow is believed, and how much each reason weighs: one table, so that numbers can be compared.

A piece of evidence stands on one ground (a URL in a variable, a rule of an Ingress) and may have marks that make it
more or less likely (a host outside, the caller's own name). Ground and marks each have a weight in log-odds; their sum
is how likely this evidence alone means that the call is made. The weights are fitted to flows with a known truth
(`planner.evidence.weights`, `benchmarks/discovery`). Flows from `BELIEVED` up are believed. No static reader gives 1;
only the user's own word does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from planner.evidence.ground import Ground, of_grounds
from planner.evidence.sighting import Form
from planner.model.flow import Evidence

BELIEVED = 0.5
"""Flows from here up order namespaces and are planned for."""


def marked(evidence: Evidence, *marks: Ground) -> Evidence:
    """Return evidence with further marks, and its confidence as they leave it."""
    if not marks or DECLARED.name in evidence.grounds:
        return evidence
    grounds = (*evidence.grounds, *(mark.name for mark in marks if mark.name not in evidence.grounds))
    return replace(evidence, grounds=grounds, confidence=of_grounds(grounds))


def _forms(what: str) -> Mapping[Form, Ground]:
    return {form: Ground(f"{what}: {form.value}") for form in Form}


DECLARED = Ground("declared by the user")

DIRECT = _forms("given to the process")
"""Addresses in a variable, an argument or a hook."""

FILE = _forms("in a mounted file")
"""Addresses in a file of which a program may read only a part."""

OUTSIDE = Ground("a host outside the cluster")
"""More often a link, a default or a name of oneself."""
RAW_ADDRESS = Ground("an address that nothing read owns")
"""It may be a pod, a node or an example."""
UNUSUAL_NAME = Ground("a name of an unusual form")
"""Outside the cluster, and only the form of the text says that it is a host."""
PUBLIC_NAME = Ground("under a key for public names")
"""The value names another Service of the cluster all the same."""
OWN_NAME = Ground("the caller's own Service")
"""Mostly handed on to others, seldom called."""
PEER = Ground("a member of the caller's own cluster")
MISSING = Ground("a name that nothing read answers to")
OTHER_PORT = Ground("a port that the Service does not have")
DIRECTORY = Ground("in a list of everybody's addresses")
"""A configuration that many workloads share and in which most of them find themselves."""

SHARED_VARIABLES = Ground("in variables that others are given too")
"""The workload finds itself among them, so they are not its own choice."""

ENTRY_POINT = Ground("a rule of an entry point")
"""Ingress, Route and the like."""
EXPOSED_SERVICE = Ground("a Service open to the outside")
"""LoadBalancer, NodePort, external addresses."""
HOST_PORT = Ground("a port of the node")
HOST_NETWORK = Ground("a port on the node's network")
"""A declared port of a pod on the node's network is open on the node; that somebody outside calls it is likely."""
CONTROLLER = Ground("the controller that serves the class")
LIKELY_CONTROLLER = Ground("the only controller that was read")
"""For an Ingress that names no class."""

WEBHOOK = Ground("registered with the API server")
PROBE = Ground("a probe")

ACCOUNT_BOUND = Ground("an account of its own with rights")
ACCOUNT_BOUND_UNREAD_ROLE = Ground("an account of its own with a role that was not read")
DEFAULT_ACCOUNT_BOUND = Ground("the default account with rights")
"""Some workload of the namespace needs it."""
ACCOUNT_WEAK = Ground("an account without rights that a client uses")
"""Rules that only admission or a file uses (`use` of a policy), or no rule at all."""
CLIENT_TOOL = Ground("a client of the API server in a command")

SCRAPE_CONFIGURED = Ground("selected by a scrape job")
SCRAPE_ASSUMED_TARGET = Ground("labels of a part of Kubernetes in a monitor")
"""The Service was not read."""
SERVICE_DISCOVERY = Ground("discovery through the API server")

CUSTOM_KNOWN = Ground("a field that its controller calls")
CUSTOM_INSIDE = Ground("an address in a custom resource")

CALLER_UNREAD = Ground("outside, and its controller was not read")
"""An address in a custom resource that nobody who was read would call."""

POLICY_HINT = Ground("let through by a NetworkPolicy")
"""What may be, never what is."""


def grounds() -> tuple[Ground, ...]:
    """Return every ground and mark, in the order of this file."""
    found: list[Ground] = []
    for value in globals().values():
        found += [value] if isinstance(value, Ground) else list(value.values()) if _is_table(value) else []
    return tuple(found)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(item, Ground) for item in value.values())
