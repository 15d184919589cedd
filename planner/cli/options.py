"""Options that several commands share, and what they turn into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from planner.errors import ConfigError
from planner.settings import Settings, from_document

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="A folder, a file, - for standard input, a saved snapshot, cluster or cluster:CONTEXT; "
        "the later is laid over the earlier.",
        show_default=False,
    ),
]
Namespace = Annotated[
    str, typer.Option("-n", "--namespace", help="Namespace of objects that name none.", metavar="NAME")
]
Config = Annotated[str, typer.Option("--config", help="Configuration file.", metavar="FILE", show_default=False)]
IstioVersion = Annotated[
    str, typer.Option("--istio-version", help="Istio to plan for.", metavar="VERSION", show_default=False)
]
KubernetesVersion = Annotated[
    str, typer.Option("--kubernetes-version", help="Kubernetes that runs.", metavar="VERSION", show_default=False)
]
OutboundPolicy = Annotated[
    str,
    typer.Option(
        "--outbound-policy",
        help="Outbound traffic policy of the mesh: ALLOW_ANY or REGISTRY_ONLY.",
        metavar="POLICY",
        show_default=False,
    ),
]
Revision = Annotated[
    str, typer.Option("--revision", help="Istio revision or tag to join.", metavar="NAME", show_default=False)
]
ClusterDomain = Annotated[
    str, typer.Option("--cluster-domain", help="DNS domain of the cluster.", metavar="DOMAIN", show_default=False)
]
Only = Annotated[list[str] | None, typer.Option("--only", help="Plan only these namespaces.", metavar="NAMESPACE")]
Skip = Annotated[list[str] | None, typer.Option("--skip", help="Leave these namespaces out.", metavar="NAMESPACE")]
Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include", help="Further kinds to read from a cluster: NAME.GROUP, or all custom ones.", metavar="KIND"
    ),
]
Timeout = Annotated[
    int | None,
    typer.Option(
        "--timeout", help="Give a request to a cluster up after this long.", metavar="SECONDS", min=1, show_default="60"
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.", metavar="NUMBER")]


def output_of(*formats: str) -> Any:
    """Build the option that chooses an output format."""
    return typer.Option("-o", "--output", help=f"Output format: {', '.join(formats)}.", metavar="FORMAT")


Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print results only.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Print every note.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")]


def settings(config: str, **flags: Any) -> Settings:
    """Read the configuration file and lay the flags over it.

    Args:
        config: Path; empty for none (a `meshplan.yaml` in the current folder is then used).
        flags: Fields of `Settings`; one that was not given changes nothing.

    Raises:
        ConfigError: The file named does not exist, is not YAML, or says something wrong.
    """
    path = Path(config or "meshplan.yaml")
    if config and not path.is_file():
        raise ConfigError(f"{config}: no such configuration file", "check the path after --config", "config")
    base = _read(path) if path.is_file() else Settings()
    lists = {name: tuple(flags.pop(name, None) or ()) for name in ("only", "skip", "include")}
    return base.with_flags(**lists, **flags)


def _read(path: Path) -> Settings:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError(f"{place}: not YAML: {getattr(error, 'problem', 'unreadable')}", slug="config") from None
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", slug="config") from None
    return from_document(document, str(path))
