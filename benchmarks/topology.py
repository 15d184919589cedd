"""What a made-up company consists of, before any YAML: namespaces in layers, programs, and the calls between them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.words import STORES

LAYERS = ("edge", "api", "domain", "shared", "data")
"""From the outside inwards."""

MONITORING = "monitoring"
"""The one namespace that is not made of departments."""


class TooSmallError(ValueError):
    """The parameters ask for something that does not fit together."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a company is.

    Attributes:
        namespaces: Namespaces, the one with the monitoring included.
        services: Services; each has one workload behind it.
        flows: Distinct (caller, callee, port), code-only ones included, scraping and ingress not.
        code_only: Share of the flows that no manifest shows, 0–1.
        ingresses: Ingress objects.
        jobs: Jobs and CronJobs, which are workloads without a Service.
        seed: The same seed gives the same company.
    """

    namespaces: int = 200
    services: int = 2000
    flows: int = 6000
    code_only: float = 0.15
    ingresses: int = 120
    jobs: int = 150
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace: its name, its layer's index, and the team that owns it."""

    name: str
    layer: int
    team: str


@dataclass(frozen=True, slots=True)
class Program:
    """A workload; all but jobs have a Service of the same name.

    Attributes:
        speaks: Protocol of its Service; empty for a job.
        language: Decides the form of its configuration; `none` for a program that is not the company's own.
        port: Port of its Service, 0 for a job.
    """

    namespace: str
    name: str
    kind: str
    layer: int
    speaks: str
    language: str
    port: int = 0

    @property
    def ref(self) -> str:
        """The workload or Service as `namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def calls_out(self) -> bool:
        """Whether it is a program that calls others, rather than a store that is called."""
        return self.speaks not in STORES and self.language != "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One flow. `medium` is the place in the manifests where it is written, `code` for nowhere."""

    source: Program
    target: str
    host: str
    port: int
    protocol: str
    medium: str

    @property
    def static(self) -> bool:
        """Whether a manifest shows it."""
        return self.medium != "code"


@dataclass(frozen=True, slots=True)
class Company:
    """The whole design; tuples are in the order in which they are written."""

    size: Size
    places: tuple[Place, ...]
    programs: tuple[Program, ...]
    calls: tuple[Call, ...]
    ingresses: tuple[Program, ...]
