"""A real etcd and kube-apiserver on loopback, for tests.

There is no kubelet, no scheduler and no controller manager: Deployments make no Pods, a deleted namespace stays
"Terminating". A test that needs another empty cluster starts another control plane; that takes 2 to 4 seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.api import Api, ApiError
from tests.cluster.certificates import Authority, Pair
from tests.cluster.processes import Daemon, free_ports

PATIENCE = 60
"""Seconds until the server must be ready; it takes 2 to 4 on an idle machine."""
ADMIN = "admin"
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


class StartError(Exception):
    """A part of the control plane did not start."""


@dataclass
class ControlPlane:
    """A running control plane.

    Attributes:
        home: Folder with certificates, logs and kubeconfig files.
        assets: Folder with the programs.
        port: Port of the API server on 127.0.0.1.
        authority: Issues certificates.
        context: Name of the context in every kubeconfig file.
        kubeconfig: Kubeconfig of the administrator (group system:masters).
    """

    home: Path
    assets: Path
    port: int
    authority: Authority
    admin: Pair
    context: str = "meshplan-tests"
    daemons: list[Daemon] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Address of the API server."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of the administrator."""
        return self.home / f"{ADMIN}.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """File with one JSON event a line."""
        return self.home / "audit.log"

    def api(self) -> Api:
        """Connect as the administrator; one connection for each thread."""
        return Api(self.port, self.authority.file, self.admin)

    def environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """Give the environment for programs that call `kubectl`: this one, this cluster, and no cache of the user's."""
        own = {
            "PATH": f"{self.assets}:{os.environ['PATH']}",
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "HOME": str(self.home),
            "KUBECACHEDIR": str(self.home / "cache"),
        }
        inherited = {k: v for k, v in os.environ.items() if k not in ("MESHPLAN_CONTEXT", "HTTPS_PROXY", "https_proxy")}
        return inherited | own

    def kubectl(
        self, *arguments: str | Path, kubeconfig: Path | None = None, text: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the kubectl that belongs to this server; `text` is its standard input."""
        command = [str(self.assets / "kubectl"), *map(str, arguments)]
        ran = subprocess.run(
            command, env=self.environment(kubeconfig), input=text, capture_output=True, text=True, check=False
        )
        assert not check or ran.returncode == 0, f"{' '.join(command[1:])}: {ran.stderr}"
        return ran

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Create or change whole objects, in order, by client-side `kubectl apply`."""
        listed = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.kubectl("apply", "-f", "-", text=json.dumps(listed))

    def kubeconfig_for_user(self, user: str, groups: Sequence[str] = (), rules: Sequence[Any] = ()) -> Path:
        """Make a kubeconfig for a user who may do what the RBAC rules say in the whole cluster, and nothing else."""
        if rules:
            self.grant({"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}, rules)
        pair = self.authority.client(user, groups)
        return self._write(user, {"client-certificate": str(pair.certificate), "client-key": str(pair.key)})

    def kubeconfig_for_service_account(self, namespace: str, name: str, rules: Sequence[Any] = ()) -> Path:
        """Make a ServiceAccount, its RBAC and a kubeconfig with a token of it (valid for an hour)."""
        account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
        self.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})
        if rules:
            self.grant(account, rules)
        token = self.kubectl("create", "token", name, "-n", namespace).stdout.strip()
        return self._write(f"{namespace}-{name}", {"token": token})

    def grant(self, subject: Mapping[str, str], rules: Sequence[Any], namespace: str = "") -> None:
        """Bind RBAC rules to a subject; in the whole cluster, or in one namespace."""
        head = "" if namespace else "Cluster"
        name = "-".join(filter(None, ("tests", subject.get("namespace", ""), subject["name"].replace(":", "-"))))
        api, meta = "rbac.authorization.k8s.io", {"name": name} | ({"namespace": namespace} if namespace else {})
        role = {"apiVersion": f"{api}/v1", "kind": f"{head}Role", "metadata": meta, "rules": list(rules)}
        reference = {"apiGroup": api, "kind": f"{head}Role", "name": name}
        binding = {"apiVersion": f"{api}/v1", "kind": f"{head}RoleBinding", "metadata": meta, "roleRef": reference}
        self.apply(role, binding | {"subjects": [dict(subject)]})

    def audit(self) -> list[dict[str, Any]]:
        """Give the requests so far, each once it was answered (`verb`, `user`, `objectRef`, `responseStatus`)."""
        return [json.loads(line) for line in self.audit_log.read_text().splitlines() if line.endswith("}")]

    def stop(self) -> None:
        """Stop the API server, then etcd; the other way round the server hangs."""
        while self.daemons:
            self.daemons.pop().stop()

    def _write(self, user: str, credentials: Mapping[str, str]) -> Path:
        path = self.home / f"{''.join(c if c.isalnum() else '-' for c in user)}.kubeconfig"
        cluster = {"server": self.url, "certificate-authority": str(self.authority.file)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": self.context, "cluster": cluster}],
            "users": [{"name": user, "user": dict(credentials)}],
            "contexts": [{"name": self.context, "context": {"cluster": self.context, "user": user}}],
            "current-context": self.context,
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        return path


def start(home: Path, assets: Path) -> ControlPlane:
    """Start etcd and kube-apiserver in an empty folder and wait until they are ready.

    Raises:
        StartError: They did not become ready; three different sets of ports were tried.
    """
    for attempt in range(3):
        try:
            return _start(home / str(attempt), assets)
        except StartError:
            if attempt == 2:
                raise
    raise AssertionError


def _start(home: Path, assets: Path) -> ControlPlane:
    etcd, peer, port = free_ports(3)
    authority = Authority(home / "pki")
    made = ControlPlane(home, assets, port, authority, authority.client(ADMIN, ("system:masters",)))
    made.kubeconfig_for_user(ADMIN, ("system:masters",))
    try:
        made.daemons.append(Daemon(_etcd(home, assets, etcd, peer), home / "etcd.log"))
        made.daemons.append(Daemon(_server(home, assets, authority, port, etcd), home / "kube-apiserver.log"))
        _wait(made)
    except BaseException:
        made.stop()
        raise
    return made


def _etcd(home: Path, assets: Path, port: int, peer: int) -> list[str]:
    here, there = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        str(assets / "etcd"), f"--data-dir={home / 'etcd'}", f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}", f"--listen-peer-urls={there}", f"--initial-advertise-peer-urls={there}",
        f"--initial-cluster=default={there}", "--unsafe-no-fsync", "--log-level=warn",
    ]  # fmt: skip


def _server(home: Path, assets: Path, authority: Authority, port: int, etcd: int) -> list[str]:
    policy, serving, signing = home / "audit-policy.yaml", authority.server(), authority.signing_key()
    policy.write_text(json.dumps(_AUDIT_POLICY))
    return [
        str(assets / "kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{etcd}", f"--secure-port={port}",
        "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--cert-dir={home / 'pki'}",
        f"--tls-cert-file={serving.certificate}", f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.file}", "--authorization-mode=Node,RBAC",
        "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none", "--allow-privileged=true",
        "--service-cluster-ip-range=10.96.0.0/12", f"--service-account-key-file={signing}",
        f"--service-account-signing-key-file={signing}", "--service-account-issuer=https://kubernetes.default.svc",
        f"--audit-policy-file={policy}", f"--audit-log-path={home / 'audit.log'}", "--audit-log-mode=blocking",
        "--profiling=false", "--enable-priority-and-fairness=false",
    ]  # fmt: skip


def _wait(plane: ControlPlane) -> None:
    """Wait until the server is ready and has its first namespace, which it makes a moment later."""
    end, seen = time.monotonic() + PATIENCE, ""
    api = plane.api()
    try:
        while time.monotonic() < end:
            for daemon in plane.daemons:
                if not daemon.alive:
                    raise StartError(f"{daemon.log.stem} ended: {daemon.last_words()}")
            try:
                api.request("GET", "/readyz")
                api.request("GET", "/api/v1/namespaces/default")
                return
            except (OSError, ApiError) as error:
                seen = str(error)
            time.sleep(0.1)
    finally:
        api.close()
    raise StartError(f"not ready after {PATIENCE} s: {seen}; {plane.daemons[-1].last_words()}")
