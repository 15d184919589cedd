"""How sure each kind of evidence is that the call is made: one table, so that numbers can be compared.

Flows from 0.5 up are believed. The numbers are judgements, ordered by what can go wrong: an address that is
configured may be unused, a name may only be a name, a permission may be granted in vain. No static reader
gives 1; only the user's own word does.
"""

from __future__ import annotations

from planner.evidence.sighting import Form

DECLARED = 1.0
"""The user says so."""

DIRECT = {Form.URL: 0.9, Form.PAIR: 0.9, Form.SPLIT: 0.9, Form.QUALIFIED: 0.8, Form.BARE: 0.75, Form.WEAK: 0.3}
"""Addresses in a variable, an argument or a hook: given to this very process."""

FILE = {Form.URL: 0.85, Form.PAIR: 0.8, Form.SPLIT: 0.8, Form.QUALIFIED: 0.7, Form.BARE: 0.65, Form.WEAK: 0.2}
"""Addresses in a mounted file, of which a program may read only a part."""

OUTSIDE = 0.88
"""Factor for a host outside the cluster: more often a link, a default or a name of oneself."""
RAW_ADDRESS = 0.75
"""Factor for an IP address that nothing read owns: it may be a pod, a node or an example."""
PUBLIC_NAME = 0.8
"""Factor for a key that means a public name, where the value names another Service of the cluster."""
OWN_NAME = 0.4
"""Highest for a workload's own Service: mostly handed on to others, seldom called."""
PEER = 0.7
"""Own Service under a key that speaks of cluster members."""
MISSING = 0.6
"""Highest where the name would be in the cluster but nothing that was read answers to it."""
OTHER_PORT = 0.9
"""Factor where the Service has no such port."""

DIRECTORY = 0.54
"""Factor for a configuration that many workloads share and in which most of them find themselves."""

ENTRY_POINT = 0.95
"""Ingress, Route and the like: an explicit rule."""
EXPOSED_SERVICE = 0.9
"""LoadBalancer, NodePort, external addresses."""
HOST_PORT = 0.85
HOST_NETWORK = 0.7
"""A declared port of a pod on the node's network is open on the node; that somebody outside calls it is likely."""
CONTROLLER = 0.9
"""The ingress controller that serves the class of an Ingress."""
LIKELY_CONTROLLER = 0.75
"""The only ingress controller read, for an Ingress that names no class."""

WEBHOOK = 0.95
PROBE = 0.95

ACCOUNT_BOUND = 0.8
"""An account of its own, bound to rules: somebody thought of it."""
ACCOUNT_BOUND_UNREAD_ROLE = 0.7
DEFAULT_ACCOUNT_BOUND = 0.6
"""The namespace's default account is bound: some workload of the namespace needs it."""
ACCOUNT_WEAK = 0.2
"""Rules that only admission or a file uses (`use` of a policy), or no rule at all."""
CLIENT_TOOL = 0.75
"""A client of the API server in a command line."""

SCRAPE_CONFIGURED = 0.9
"""A scrape job or monitor that selects this endpoint."""
SCRAPE_ASSUMED_TARGET = 0.6
"""A monitor whose Service was not read, but whose labels are those of a part of Kubernetes."""
SERVICE_DISCOVERY = 0.85
"""A scrape configuration that asks the API server for targets."""

CUSTOM_KNOWN = 0.7
"""Field of a custom resource that is known to be an address its controller calls."""
CUSTOM_INSIDE = 0.55
"""Any URL in a custom resource, to a Service."""

POLICY_HINT = 0.25
"""A NetworkPolicy lets it pass: what may be, never what is."""
