"""Credentials as kubectl finds them: the kubeconfig's context, or the service account of the pod.

Everything in a kubeconfig (exec plugins, client certificates, proxies) works as the kubernetes package reads it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from kubernetes import client, config

from planner.errors import ClusterError, UsageError
from planner.sources.cluster.connection import Connection
from planner.sources.cluster.faults import one_line

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CHECK = "check with: kubectl config get-contexts"


def connect(context: str = "", timeout: float = 60.0) -> Connection:
    """Make a connection to the cluster of a context; nothing is sent yet.

    Args:
        context: Name of a context of the kubeconfig; empty for the current one, or for the pod's own
            service account where there is no kubeconfig.
        timeout: Seconds after which a request is given up, retries included.

    Raises:
        UsageError: There is no such context, no kubeconfig, or it is faulty.
        ClusterError: The credential plugin failed.
    """
    settings = client.Configuration()
    in_pod = not context and _in_pod()
    with _Complaints() as complaints:
        name = "in-cluster" if in_pod else _context_name(context)
        try:
            if in_pod:
                config.load_incluster_config(client_configuration=settings)
            else:
                config.load_kube_config(_place(), name, settings, persist_config=False)
        except config.ConfigException as fault:
            raise UsageError(f"kubeconfig: {one_line(str(fault))}", _CHECK, "kubeconfig") from fault
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
            raise UsageError(f"kubeconfig cannot be used: {one_line(str(fault))}", _CHECK, "kubeconfig") from fault
    if complaints.lines and not settings.api_key and not settings.cert_file:
        raise ClusterError(
            f"no credentials for context {name}: {complaints.lines[0]}",
            "log in again, or run the plugin by hand",
            "credentials",
        )
    return _connection(settings, name, timeout)


def _connection(settings: client.Configuration, name: str, timeout: float) -> Connection:
    # Whoever writes insecure-skip-tls-verify knows; without this every request would print the same warning.
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    settings.retries = False  # meshplan retries itself, within its own time
    settings.connection_pool_maxsize = 8
    far = (urlsplit(settings.host).hostname or "") not in _LOOPBACK
    return Connection(client.ApiClient(configuration=settings), name, timeout, compressed=far)


def _in_pod() -> bool:
    has_config = bool(os.environ.get("KUBECONFIG")) or (Path.home() / ".kube" / "config").is_file()
    return not has_config and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _place() -> str:
    """Where kubectl would look now; the kubernetes package decides it when it is imported."""
    return os.environ.get("KUBECONFIG") or config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION


def _context_name(wanted: str) -> str:
    try:
        contexts, current = config.list_kube_config_contexts(_place())
    except config.ConfigException as fault:
        where = _place()
        hint = f"meshplan looks at KUBECONFIG, then ~/.kube/config; {_CHECK}"
        raise UsageError(f"no usable kubeconfig in {where}: {one_line(str(fault))}", hint, "kubeconfig") from fault
    except Exception as fault:  # the package raises what its YAML reader raises
        raise UsageError(f"kubeconfig cannot be read: {one_line(str(fault))}", _CHECK, "kubeconfig") from fault
    known = sorted(str(item["name"]) for item in contexts)
    if wanted and wanted not in known:
        raise UsageError(
            f"cluster:{wanted}: the kubeconfig has no such context", f"it has {', '.join(known)}", "kubeconfig"
        )
    return wanted or str(current["name"])


class _Complaints(logging.Handler):
    """Collects what the kubernetes package only logs: that a credential plugin failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(one_line(record.getMessage()))

    def __enter__(self) -> _Complaints:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
