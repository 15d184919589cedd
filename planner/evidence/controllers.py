"""Which workload serves an ingress class, a Gateway, or the routes of a product.

Source: kubernetes.io/docs/concepts/services-networking/ingress-controllers and the controllers' own flags;
gateway-api.sigs.k8s.io (GatewayClass `controllerName`, the label of pods that are made for a Gateway).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.model.fields import text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import Workload

Caller = tuple[Ref, Ground]
"""A workload and how sure it is that it serves the object."""

_PRODUCTS = """
    nginx      nginx      k8s.io/ingress-nginx
        ingress-nginx/controller ingress-nginx/controller-chroot nginx-ingress-controller
    nginx-inc  nginx      nginx.org/ingress-controller      nginx/nginx-ingress nginx-ingress nginx-plus-ingress
    ngf        -          gateway.nginx.org/nginx-gateway-controller
        nginx-gateway-fabric nginx-gateway-fabric/nginx
    traefik    traefik    traefik.io/ingress-controller,traefik.io/gateway-controller
        traefik mirrored-library-traefik traefik-ee traefik-hub
    haproxy    haproxy    haproxy-ingress.github.io/controller      haproxy-ingress
    haproxytech haproxy   haproxy.org/ingress-controller      haproxytech/kubernetes-ingress
    kong       kong       ingress-controllers.konghq.com/kong,konghq.com/kic-gateway-controller      kong kong-gateway
    apisix     apisix     apisix.apache.org/apisix-ingress,apisix.apache.org/apisix-ingress-controller      apisix
    skipper    skipper    skipper      skipper skipper-ingress
    emissary   ambassador getambassador.io/ingress-controller      emissary ambassador aes
    gloo       gloo       solo.io/gloo-gateway      gloo-envoy-wrapper
    caddy      caddy      caddyserver.com/ingress-controller      caddy/ingress caddy-ingress
    pomerium   pomerium   pomerium.io/ingress-controller      pomerium/ingress-controller
    openshift  openshift-default openshift.io/ingress-to-route      origin-haproxy-router ose-haproxy-router
    tyk        tyk        tyk.io/ingress-controller      tyk-gateway
"""
"""Product, usual class, controller names, then the images that carry its traffic (last parts of their names)."""

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_OF_GATEWAY = ("gateway.networking.k8s.io/gateway-name", "gateway.envoyproxy.io/owning-gateway-name")


@dataclass(frozen=True, slots=True)
class _Product:
    name: str
    usual_class: str
    controllers: tuple[str, ...]
    images: tuple[str, ...]


def _products() -> Iterator[_Product]:
    lines = _PRODUCTS.replace("\n        ", " ").strip().splitlines()
    for name, usual_class, controllers, *images in map(str.split, lines):
        yield _Product(name, usual_class, tuple(controllers.split(",")), tuple(images))


_KNOWN = tuple(_products())


@dataclass(frozen=True, slots=True)
class _Found:
    ref: Ref
    product: str
    own_class: str
    controllers: tuple[str, ...]


class Controllers:
    """The ingress controllers and gateways among the workloads.

    Args:
        inventory: The objects that were read.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._classes = {obj.ref.name: obj for obj in inventory.of_kind("IngressClass")}
        self._found: list[_Found] = []
        for workload in inventory.workloads:
            product = None if workload.ends else _product(workload)
            if product:
                own_class, controllers = _told(workload, product)
                self._found.append(_Found(workload.ref, product.name, own_class, controllers))

    def serving(self, ingress: KubeObject) -> list[Caller]:
        """Return the controllers that serve an Ingress, each with how sure that is."""
        name = text_at(ingress.raw, "spec", "ingressClassName") or ingress.annotations.get(_CLASS_ANNOTATION, "")
        if not name:
            default = [c for c, obj in self._classes.items() if obj.annotations.get(_DEFAULT_CLASS) == "true"]
            name = default[0] if len(default) == 1 else ""
        if not name:
            only = self._found if len(self._found) == 1 else []
            return [(found.ref, confidence.LIKELY_CONTROLLER) for found in only]
        known = self._classes.get(name)
        wanted = text_at(known.raw, "spec", "controller") if known else ""
        return [
            (found.ref, confidence.CONTROLLER)
            for found in self._found
            if (wanted and wanted in found.controllers) or (not wanted and found.own_class == name)
        ]

    def of_product(self, *names: str) -> list[Caller]:
        """Return the workloads that carry the traffic of a product's own routes."""
        found = [found for found in self._found if found.product in names]
        sure = confidence.CONTROLLER if len(found) == 1 else confidence.LIKELY_CONTROLLER
        return [(item.ref, sure) for item in found]

    def of_gateway(self, gateway: KubeObject) -> list[Caller]:
        """Return the workloads behind a Gateway of the Gateway API: by label, else by the class's controller."""
        labelled = [
            workload.ref
            for workload in self._inventory.workloads
            if any(workload.labels.get(label) == gateway.ref.name for label in _OF_GATEWAY)
        ]
        if labelled:
            return [(ref, confidence.CONTROLLER) for ref in labelled]
        known = self._inventory.get("GatewayClass", "", text_at(gateway.raw, "spec", "gatewayClassName"))
        wanted = text_at(known.raw, "spec", "controllerName") if known else ""
        return [(found.ref, confidence.CONTROLLER) for found in self._found if wanted in found.controllers]


def _product(workload: Workload) -> _Product | None:
    """Tell a controller by its images."""
    running = [_repository(container.image) for container in workload.containers if not container.init]
    known = next((product for repository in running if (product := _of_image(repository))), None)
    return known or _envoy(workload, running)


@lru_cache(maxsize=4096)
def _of_image(repository: str) -> _Product | None:
    for product in _KNOWN:
        if any(f"/{repository}".endswith(f"/{image}") for image in product.images):
            return product
    return None


def _envoy(workload: Workload, running: list[str]) -> _Product | None:
    """Tell the Envoy of Contour, which has Contour's own image beside it, and Istio's gateways."""
    images = [_repository(container.image) for container in workload.containers]
    has_envoy = any(repository.rpartition("/")[2].startswith("envoy") for repository in running)
    if has_envoy and any(repository.endswith("/contour") for repository in images):
        return _Product("contour", "contour", ("projectcontour.io/gateway-controller",), ())
    is_gateway = any(repository.endswith("/proxyv2") for repository in running) and len(running) == 1
    if (is_gateway or running == ["auto"]) and "istio" in workload.labels:
        return _Product("istio", "istio", ("istio.io/ingress-controller",), ())
    return None


def _repository(image: str) -> str:
    head, slash, last = image.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]


def _told(workload: Workload, product: _Product) -> tuple[str, tuple[str, ...]]:
    """Let the flags overrule the usual names."""
    name, controllers = product.usual_class, product.controllers
    for container in workload.containers:
        for _, word in container.words:
            flag, _, value = word.partition("=")
            if flag in ("--ingress-class", "-ingress-class", "--providers.kubernetesingress.ingressclass") and value:
                name = value
            elif flag == "--controller-class" and value:
                controllers = (value, *controllers[1:])
    return name, controllers
