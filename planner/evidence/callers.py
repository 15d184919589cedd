"""Who acts on a custom resource: its controller, the pods that an operator makes, or the pods that it is meant for."""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence.operator_tables import SELF
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import list_at, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import Workload

_HELPERS = word_set("webhook webhooks cert certcontroller cainjector metrics admission apiserver adapter")
"""Workloads beside a controller that carry its name and image."""
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_INJECTED = "instrumentation.opentelemetry.io/inject-"


class Callers:
    """Finds callers; controllers are looked for once.

    Args:
        world: What was read.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._controllers: dict[str, tuple[Ref, ...]] = {}

    def of(self, words: str, obj: KubeObject) -> tuple[Ref, ...]:
        """Return the callers that were read; none where the controller was not.

        Args:
            words: `self`, a name of a workload or an image, `kind:Grafana` for a resource of the same namespace, or a
                word for the pods that the resource is meant for; several with commas, the first that is there counts.
            obj: The custom resource.
        """
        for word in words.split(","):
            found = tuple(self._of(word, obj))
            if found:
                return found
        return ()

    def _of(self, word: str, obj: KubeObject) -> Iterator[Ref]:
        near = self._world.inventory.workloads_in(obj.ref.namespace)
        if word == SELF:
            yield obj.ref
        elif word.startswith("kind:"):
            yield from _resource(word.removeprefix("kind:"), obj, self._world)
        elif word == "connect":
            yield Ref(obj.ref.namespace, obj.labels.get("strimzi.io/cluster", obj.ref.name), "KafkaConnect")
        elif word.partition(":")[0] == "injected":
            language = word.partition(":")[2]
            yield from (w.ref for w in self._world.inventory.workloads if _is_injected(w, obj, language))
        elif word == "dapr":
            yield from (w.ref for w in near if _has_dapr(w, obj))
        elif word == "dapr-config":
            yield from (w.ref for w in near if w.annotations.get("dapr.io/config") == obj.ref.name)
        elif word == "backed-up":
            clusters = self._world.inventory.of_kind("Cluster")
            yield from (cluster.ref for cluster in clusters if _names_store(cluster, obj))
        elif word == "subject":
            yield from (w.ref for w in near if _is_subject(w, obj))
        else:
            yield from self._running(word)

    def _running(self, mark: str) -> tuple[Ref, ...]:
        """Return the workload that runs a controller: by its name, its label or its image."""
        if mark not in self._controllers:
            found = [workload for workload in self._world.inventory.workloads if _carries(workload, mark)]
            main = [workload for workload in found if not _HELPERS.intersection(workload.ref.name.split("-"))] or found
            by_name = sorted(main, key=lambda w: (w.ref.name != mark, w.ends, w.ref))
            self._controllers[mark] = tuple(workload.ref for workload in by_name[:1])
        return self._controllers[mark]


def _resource(kind: str, obj: KubeObject, world: World) -> Iterator[Ref]:
    """Yield the only resource of a kind: in the same namespace, else anywhere."""
    known = world.inventory.of_kind(kind)
    near = [other for other in known if other.ref.namespace == obj.ref.namespace]
    chosen = near or list(known)
    if len(chosen) == 1:
        yield chosen[0].ref


def _carries(workload: Workload, mark: str) -> bool:
    name = workload.ref.name
    if name == mark or name.endswith(f"-{mark}") or workload.labels.get("app.kubernetes.io/name") == mark:
        return True
    images = (container.image.partition("@")[0].rpartition("/")[2] for container in workload.containers)
    return any(image.partition(":")[0] == mark for image in images)


def _is_injected(workload: Workload, obj: KubeObject, language: str) -> bool:
    """Whether pods ask for this very Instrumentation: `true`, its name, or `namespace/name`.

    Args:
        workload: Whose pods may be instrumented.
        obj: The Instrumentation.
        language: Only pods of this language; empty for all of which the language has no endpoint of its own.
    """
    for key, value in workload.annotations.items():
        near = value in ("true", obj.ref.name) and workload.ref.namespace == obj.ref.namespace
        if key.startswith(_INJECTED) and (near or value == f"{obj.ref.namespace}/{obj.ref.name}"):
            asked = key.removeprefix(_INJECTED)
            if asked == language or (not language and not _has_endpoint(obj, asked)):
                return True
    return False


def _has_endpoint(obj: KubeObject, language: str) -> bool:
    field = "apacheHttpd" if language == "apache-httpd" else language
    return any(text_at(entry, "name") == _ENDPOINT for _, entry in maps_at(obj.raw, "spec", field, "env"))


def _has_dapr(workload: Workload, obj: KubeObject) -> bool:
    """Whether a pod has a Dapr sidecar that loads this component; without scopes all do."""
    scopes = list_at(obj.raw, "scopes")
    enabled = workload.annotations.get("dapr.io/enabled") == "true"
    return enabled and (not scopes or workload.annotations.get("dapr.io/app-id") in scopes)


def _is_subject(workload: Workload, obj: KubeObject) -> bool:
    """Whether a binding names a workload, by name or by label."""
    kind, name = text_at(obj.raw, "spec", "subject", "kind"), text_at(obj.raw, "spec", "subject", "name")
    wanted = strings_at(obj.raw, "spec", "subject", "selector", "matchLabels")
    labels = workload.object.labels
    picked = not name and bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())
    return workload.ref.kind == kind and (workload.ref.name == name or picked)


def _names_store(cluster: KubeObject, obj: KubeObject) -> bool:
    """Whether a PostgreSQL cluster keeps its backups in a store.

    Source: cloudnative-pg.io/plugin-barman-cloud (`plugins[].parameters.barmanObjectName`).
    """
    if cluster.ref.namespace != obj.ref.namespace:
        return False
    plugins = (plugin for _, plugin in maps_at(cluster.raw, "spec", "plugins"))
    return any(text_at(plugin, "parameters", "barmanObjectName") == obj.ref.name for plugin in plugins)
