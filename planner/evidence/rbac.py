"""Who may ask the API server for what: Roles, bindings and service accounts.

Source: kubernetes.io/docs/reference/access-authn-authz/rbac and .../service-accounts-admin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from planner.model.fields import Path, list_at, map_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

_BUILT_IN = ("cluster-admin", "admin", "edit", "view", "system:", "extension-apiserver-authentication-reader")
_USER = "system:serviceaccount:"
"""How a subject of kind User names an account."""


class Strength(StrEnum):
    """How much a binding says about calls."""

    RULES = "rules"
    UNREAD = "unread"
    """The role was not read."""
    WEAK = "weak"
    """No rule, or only rights that admission uses."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding that names an account.

    Attributes:
        object: RoleBinding or ClusterRoleBinding.
        subject: Path of the subject that names the account.
        role: Name of the role.
        strength: See `Strength`.
    """

    object: KubeObject
    subject: Path
    role: str
    strength: Strength


class Access:
    """Bindings by account.

    Args:
        inventory: The objects that were read.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        found: dict[tuple[str, str], list[Binding]] = defaultdict(list)
        for binding in inventory.of_kind("ClusterRoleBinding", "RoleBinding"):
            strength = self._strength(binding)
            for index, subject in maps_at(binding.raw, "subjects"):
                account = _account(subject, binding)
                if account:
                    role = text_at(binding.raw, "roleRef", "name")
                    found[account].append(Binding(binding, ("subjects", index), role, strength))
        self._by_account: Mapping[tuple[str, str], list[Binding]] = found

    def of(self, namespace: str, account: str) -> tuple[Binding, ...]:
        """Return the bindings of an account."""
        return tuple(self._by_account.get((namespace, account), ()))

    def gives_token(self, workload: Workload) -> bool:
        """Whether pods are given a token: the pod's word beats the account's; a projected token counts too."""
        for _, volume in maps_at(workload.pod_spec, "volumes"):
            if any("serviceAccountToken" in source for _, source in maps_at(volume, "projected", "sources")):
                return True
        given = workload.pod_spec.get("automountServiceAccountToken")
        if isinstance(given, bool):
            return given
        return not self.hides_token(workload.ref.namespace, workload.service_account)

    def hides_token(self, namespace: str, account: str) -> bool:
        """Whether the account says that pods get no token."""
        obj = self._inventory.get("ServiceAccount", namespace, account)
        return obj is not None and obj.raw.get("automountServiceAccountToken") is False

    def _strength(self, binding: KubeObject) -> Strength:
        kind, name = text_at(binding.raw, "roleRef", "kind"), text_at(binding.raw, "roleRef", "name")
        role = self._inventory.get(kind, binding.ref.namespace if kind == "Role" else "", name)
        if role is None:
            if name.startswith("system:openshift:scc"):
                return Strength.WEAK
            return Strength.RULES if name.startswith(_BUILT_IN) else Strength.UNREAD
        if map_at(role.raw, "aggregationRule"):
            return Strength.RULES
        return Strength.RULES if any(_asks(rule) for rule in _rules(role)) else Strength.WEAK


def _account(subject: Mapping[str, object], binding: KubeObject) -> tuple[str, str] | None:
    """Return (namespace, name) of the account that a subject names."""
    name = text_at(subject, "name")
    if subject.get("kind") == "ServiceAccount":
        return text_at(subject, "namespace") or binding.ref.namespace, name
    if subject.get("kind") == "User" and name.startswith(_USER):
        namespace, _, account = name.removeprefix(_USER).partition(":")
        return namespace, account
    return None


def _rules(role: KubeObject) -> Iterator[Mapping[str, object]]:
    for _, rule in maps_at(role.raw, "rules"):
        yield rule


def _asks(rule: Mapping[str, object]) -> bool:
    """Whether a rule is one that a client makes calls with."""
    return any(verb not in ("use", "bind", "escalate", "impersonate") for verb in list_at(rule, "verbs"))
