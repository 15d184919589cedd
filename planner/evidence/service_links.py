"""The variables that the kubelet adds for every Service of a pod's namespace: `REDIS_SERVICE_HOST`, `REDIS_PORT`.

Source: kubernetes/kubernetes pkg/kubelet/envvars/envvars.go `FromServices`; Services without an address have none.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from planner.model.inventory import Inventory
from planner.model.services import Service

_LINK = re.compile(
    r"\$[({]?([A-Z][A-Z0-9_]{0,200}?)_(?:SERVICE_(HOST|PORT)(?:_([A-Z0-9_]{1,60}))?"
    r"|PORT(?:_(\d{1,5})_(?:TCP|UDP|SCTP)(?:_(ADDR|PORT|PROTO))?)?)(?![A-Za-z0-9_])[)}]?"
)


class ServiceLinks:
    """Puts Services in the place of such variables.

    Args:
        inventory: Knows the Services.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._services = {
            (s.ref.namespace, _link_name(s.ref.name)): s
            for s in inventory.services
            if not s.headless and not s.external_name
        }

    def put(self, text: str, namespace: str, own: Collection[str] | None = None) -> str:
        """Replace the names of such variables in a text by the Service's name and port.

        Args:
            text: A command, a value or a file.
            namespace: Namespace of the pod.
            own: Names of the container's own variables, which win; None where they are not known, and then the
                short `X_PORT` is left alone, since most files that say so mean a variable of their own.
        """
        if "$" not in text or ("_SERVICE_" not in text and "_PORT" not in text):
            return text

        def value(match: re.Match[str]) -> str:
            short = match[2] is None and match[4] is None
            if match[0].strip("$(){}") in (own or ()) or (short and own is None):
                return match[0]
            if match[1] == "KUBERNETES":
                return _link_value("kubernetes.default.svc", "443", match)
            service = self._services.get((namespace, match[1]))
            number = _link_port(service, match) if service else ""
            return _link_value(service.ref.name, number, match) if service and number else match[0]

        return _LINK.sub(value, text)


def _link_name(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _link_port(service: Service, match: re.Match[str]) -> str:
    """Return the number of the port that a variable speaks of: by name, by number, or the first."""
    name, number = match[3], match[4]
    ports = [p for p in service.ports if (not name or _link_name(p.name) == name) and number in (None, str(p.number))]
    return str(ports[0].number) if ports else ""


def _link_value(host: str, number: str, match: re.Match[str]) -> str:
    """Return `X_SERVICE_HOST`, `X_SERVICE_PORT`, `X_PORT`, `X_PORT_80_TCP` and its parts."""
    part = match[2] or {"ADDR": "HOST", "PORT": "PORT", "PROTO": "PROTO"}.get(match[5] or "", "")
    return {"HOST": host, "PORT": number, "PROTO": "tcp"}.get(part, f"tcp://{host}:{number}")
