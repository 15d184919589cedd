"""How much each kind of evidence weighs, in log-odds; written by `python -m benchmarks.discovery fit`, not by hand.

The fit starts from judgement (`benchmarks/discovery/priors.py`) and moves as far as flows with a known truth move it.
A kind of evidence that no such flow carries stays where judgement put it.
"""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS: Mapping[str, float] = {
    "declared by the user": 20.0,  # by judgement
    "given to the process: url": 5.086,
    "given to the process: host:port": 4.562,
    "given to the process: host and port": 4.056,
    "given to the process: qualified name": 3.22,
    "given to the process: bare name": 3.7,
    "given to the process: word": -0.847,  # by judgement
    "in a mounted file: url": 4.244,
    "in a mounted file: host:port": 3.685,
    "in a mounted file: host and port": 3.831,
    "in a mounted file: qualified name": 0.847,  # by judgement
    "in a mounted file: bare name": 0.374,
    "in a mounted file: word": -1.386,  # by judgement
    "a host outside the cluster": -0.108,
    "an address that nothing read owns": -1.466,  # by judgement
    "a name of an unusual form": -1.526,  # by judgement
    "under a key for public names": -1.253,  # by judgement
    "the caller's own Service": -3.096,
    "a member of the caller's own cluster": 0.04,
    "a name that nothing read answers to": -1.792,  # by judgement
    "a port that the Service does not have": -0.747,  # by judgement
    "in a list of everybody's addresses": -2.4,
    "in variables that others are given too": -1.0,
    "a rule of an entry point": 4.045,
    "a Service open to the outside": 4.394,
    "a port of the node": 2.722,
    "a port on the node's network": 1.548,
    "the controller that serves the class": 2.5,
    "the only controller that was read": 1.711,
    "registered with the API server": 3.441,
    "a probe": 2.944,  # by judgement
    "an account of its own with rights": 3.943,
    "an account of its own with a role that was not read": 0.847,  # by judgement
    "the default account with rights": 2.12,
    "an account without rights that a client uses": -1.904,
    "a client of the API server in a command": 2.029,
    "selected by a scrape job": 3.973,
    "labels of a part of Kubernetes in a monitor": 0.423,
    "discovery through the API server": 2.268,
    "a field that its controller calls": 4.156,
    "an address in a custom resource": 1.842,
    "outside, and its controller was not read": 0.0,  # by judgement
    "let through by a NetworkPolicy": -0.2,
}
