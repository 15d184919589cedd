"""What each kind of evidence would weigh by judgement alone, in log-odds: where the fit starts, and stays without data.

Ordered by what can go wrong: an address that is configured may be unused, a name may only be a name, a permission may
be granted in vain.
"""

from __future__ import annotations

from collections.abc import Mapping

PRIORS: Mapping[str, float] = {
    "declared by the user": 20.0,
    "given to the process: url": 2.197,
    "given to the process: host:port": 2.197,
    "given to the process: host and port": 2.197,
    "given to the process: qualified name": 1.386,
    "given to the process: bare name": 1.099,
    "given to the process: word": -0.847,
    "in a mounted file: url": 1.735,
    "in a mounted file: host:port": 1.386,
    "in a mounted file: host and port": 1.386,
    "in a mounted file: qualified name": 0.847,
    "in a mounted file: bare name": 0.619,
    "in a mounted file: word": -1.386,
    "a host outside the cluster": -0.872,
    "an address that nothing read owns": -1.466,
    "a name of an unusual form": -1.526,
    "under a key for public names": -1.253,
    "the caller's own Service": -2.603,
    "a member of the caller's own cluster": -0.7,
    "a name that nothing read answers to": -1.792,
    "a port that the Service does not have": -0.747,
    "in a list of everybody's addresses": -2.4,
    "in variables that others are given too": -1.0,
    "a rule of an entry point": 2.944,
    "a Service open to the outside": 2.197,
    "a port of the node": 1.735,
    "a port on the node's network": 0.847,
    "the controller that serves the class": 2.197,
    "the only controller that was read": 1.099,
    "registered with the API server": 2.944,
    "a probe": 2.944,
    "an account of its own with rights": 1.386,
    "an account of its own with a role that was not read": 0.847,
    "the default account with rights": 0.405,
    "an account without rights that a client uses": -1.386,
    "a client of the API server in a command": 1.099,
    "selected by a scrape job": 2.197,
    "labels of a part of Kubernetes in a monitor": 0.405,
    "discovery through the API server": 1.735,
    "a field that its controller calls": 1.735,
    "an address in a custom resource": 0.201,
    "outside, and its controller was not read": 0.0,
    "let through by a NetworkPolicy": -0.2,
}
