"""Which workload serves an ingress class.

Source: kubernetes.io/docs/concepts/services-networking/ingress-controllers and the controllers' own flags.
"""

from __future__ import annotations

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.model.fields import text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import Workload

_PRODUCTS = (
    ("ingress-nginx/controller", "nginx", "k8s.io/ingress-nginx"),
    ("nginx-ingress-controller", "nginx", "k8s.io/ingress-nginx"),
    ("nginx/nginx-ingress", "nginx", "nginx.org/ingress-controller"),
    ("nginx-ingress", "nginx", "nginx.org/ingress-controller"),
    ("traefik", "traefik", "traefik.io/ingress-controller"),
    ("haproxy-ingress", "haproxy", "haproxy-ingress.github.io/controller"),
    ("haproxytech/kubernetes-ingress", "haproxy", "haproxy.org/ingress-controller"),
    ("kong", "kong", "ingress-controllers.konghq.com/kong"),
    ("apisix", "apisix", "apisix.apache.org/apisix-ingress"),
    ("skipper", "skipper", "skipper"),
    ("emissary", "ambassador", "getambassador.io/ingress-controller"),
    ("caddy-ingress", "caddy", "caddyserver.com/ingress-controller"),
)
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


class Controllers:
    """The ingress controllers among the workloads.

    Args:
        inventory: The objects that were read.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._classes = {obj.ref.name: obj for obj in inventory.of_kind("IngressClass")}
        self._found: list[tuple[Ref, str, str]] = []
        for workload in inventory.workloads:
            product = None if workload.ends else _product(workload)
            if product:
                self._found.append((workload.ref, *_told(workload, *product)))

    def serving(self, ingress: KubeObject) -> list[tuple[Ref, Ground]]:
        """Return the controllers that serve an Ingress, each with how sure that is."""
        name = text_at(ingress.raw, "spec", "ingressClassName") or ingress.annotations.get(_CLASS_ANNOTATION, "")
        if not name:
            default = [c for c, obj in self._classes.items() if obj.annotations.get(_DEFAULT_CLASS) == "true"]
            name = default[0] if len(default) == 1 else ""
        if not name:
            return [(ref, confidence.LIKELY_CONTROLLER) for ref, _, _ in self._found] if len(self._found) == 1 else []
        known = self._classes.get(name)
        wanted = text_at(known.raw, "spec", "controller") if known else ""
        return [
            (ref, confidence.CONTROLLER)
            for ref, own_class, controller in self._found
            if (wanted and controller == wanted) or (not wanted and own_class == name)
        ]


def _product(workload: Workload) -> tuple[str, str] | None:
    """Tell (usual class, controller name) of a controller by its image."""
    for container in workload.containers:
        image = container.image.partition("@")[0]
        for mark, name, controller in _PRODUCTS:
            if mark in image and not container.init:
                return name, controller
    return None


def _told(workload: Workload, name: str, controller: str) -> tuple[str, str]:
    """Let the flags overrule the usual names."""
    for container in workload.containers:
        for _, word in container.words:
            flag, _, value = word.partition("=")
            if flag in ("--ingress-class", "-ingress-class") and value:
                name = value
            elif flag == "--controller-class" and value:
                controller = value
    return name, controller
