"""The objects of one namespace of a big company cluster, as an API server would hold them.

Per namespace: 4 Deployments, each with its running ReplicaSet and old ones scaled to 0, 16 Pods with the status that
a kubelet writes, Services, EndpointSlices, ConfigMaps (one has the root certificate that Kubernetes puts everywhere),
ServiceAccounts, RoleBindings, an Ingress and a NetworkPolicy.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any

from benchmarks.words import DOMAINS

Object = dict[str, Any]
"""A Kubernetes object as plain values."""

KINDS = {
    "Namespace": "/api/v1/namespaces", "Pod": "/api/v1/pods", "ReplicaSet": "/apis/apps/v1/replicasets",
    "Deployment": "/apis/apps/v1/deployments", "Service": "/api/v1/services", "ConfigMap": "/api/v1/configmaps",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices", "ServiceAccount": "/api/v1/serviceaccounts",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/rolebindings", "Ingress": "/apis/networking.k8s.io/v1/ingresses",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies",
}  # fmt: skip
"""Where each kind is listed."""

PODS, OLD_SETS = 16, 6
PROGRAMS = ("api", "core", "worker", "web")
_START = "2026-03-02T08:15:30Z"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n" + "MIIDBTCCAe2gAwIBAgIIcQ3Z8Yh1vVkwDQYJKoZIhvcNAQELBQAwFTET\n" * 18


def namespace_of(number: int) -> Object:
    """Give the Namespace of a number."""
    name = f"{DOMAINS[number % len(DOMAINS)]}-{number:03d}"
    labels = {"team": f"team-{number % 40}", "cost-centre": str(4000 + number % 60)}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def objects_of(namespace: str, seed: int) -> Iterator[Object]:
    """Give the 49 objects of a namespace, owners before what they own; with the Namespace itself it is 50."""
    chance = random.Random(f"{seed}/{namespace}")
    for program in PROGRAMS:
        name = f"{namespace}-{program}"
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace, "team": "made-up"}
        yield from _program(chance, namespace, name, labels)
        yield _new("v1", "ConfigMap", namespace, f"{name}-config", {"data": _settings(chance, name)}, labels)
    yield _new("v1", "ConfigMap", namespace, "kube-root-ca.crt", {"data": {"ca.crt": _CERTIFICATE}})
    for account in ("runner", "deployer"):
        yield _new("v1", "ServiceAccount", namespace, account, {"automountServiceAccountToken": False})
        yield _binding(namespace, account)
    yield _ingress(namespace)
    yield _policy(namespace)


def _new(version: str, kind: str, namespace: str, name: str, body: Object, labels: Object | None = None) -> Object:
    metadata: Object = {"name": name, "namespace": namespace, "annotations": {"company.test/source": f"git:{name}.git"}}
    if labels:
        metadata["labels"] = dict(labels)
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | body


def _program(chance: random.Random, namespace: str, name: str, labels: Object) -> Iterator[Object]:
    template = {"metadata": {"labels": labels}, "spec": _pod_spec(chance, namespace, name)}
    picked = {"matchLabels": labels}
    spec = {"replicas": PODS // len(PROGRAMS), "selector": picked, "template": template}
    yield _new("apps/v1", "Deployment", namespace, name, {"spec": spec}, labels)
    for age in range(OLD_SETS // 2 if name.endswith(("api", "web")) else OLD_SETS // 3):
        digest = f"{chance.getrandbits(36):09x}"
        hashed = labels | {"pod-template-hash": digest}
        one = {"replicas": 0 if age else spec["replicas"], "selector": {"matchLabels": hashed}}
        one["template"] = {"metadata": {"labels": hashed}, "spec": template["spec"]}
        owner = _owned("Deployment", name, chance)
        yield _with(_new("apps/v1", "ReplicaSet", namespace, f"{name}-{digest}", {"spec": one}, hashed), owner)
        if age == 0:
            yield from _pods(chance, namespace, f"{name}-{digest}", hashed, template["spec"])
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "grpc", "port": 9090}]
    head = {"clusterIP": "None"} if name.endswith("worker") else {}
    yield _new("v1", "Service", namespace, name, {"spec": {"selector": labels, "ports": ports} | head}, labels)
    yield _slice(chance, namespace, name, labels)


def _pods(chance: random.Random, namespace: str, owner: str, labels: Object, spec: Object) -> Iterator[Object]:
    for _ in range(PODS // len(PROGRAMS)):
        name = f"{owner}-{chance.getrandbits(24):06x}"
        body = {"spec": spec | {"nodeName": f"node-{chance.randrange(300):03d}"}}
        pod = _new("v1", "Pod", namespace, name, body, labels)
        pod["status"] = _status(chance, spec)
        yield _with(pod, _owned("ReplicaSet", owner, chance))


def _with(raw: Object, owner: Object) -> Object:
    raw["metadata"]["ownerReferences"] = [owner]
    return raw


def _owned(kind: str, name: str, chance: random.Random) -> Object:
    own = {"kind": kind, "name": name, "uid": str(uuid.UUID(int=chance.getrandbits(128)))}
    return {"apiVersion": "apps/v1", "controller": True, "blockOwnerDeletion": True} | own


def _pod_spec(chance: random.Random, namespace: str, name: str) -> Object:
    main = _container(chance, namespace, name)
    helper = _container(chance, namespace, "log-shipper") | {"ports": [], "livenessProbe": None}
    helper["env"], helper["volumeMounts"] = main["env"][:2], main["volumeMounts"][:1]
    volumes: list[Object] = [
        {"name": "config", "configMap": {"name": f"{name}-config"}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "certs", "secret": {"secretName": f"{name}-tls", "optional": True}},
        {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
    ]
    return {
        "serviceAccountName": "runner", "containers": [main, helper], "volumes": volumes,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001},
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": {
                "matchLabels": {"app.kubernetes.io/name": name}}}}]}},
    }  # fmt: skip


def _container(chance: random.Random, namespace: str, name: str) -> Object:
    env: list[Object] = [
        {"name": f"{domain.upper()}_URL", "value": f"http://{domain}-api.{domain}-{chance.randrange(400):03d}.svc:8080"}
        for domain in chance.sample(DOMAINS, 7)
    ]
    env += [{"name": f"SETTING_{number}", "value": str(chance.randrange(10**6))} for number in range(4)]
    secret = {"secretKeyRef": {"name": f"{name}-secrets", "key": "password"}}
    env += [{"name": "DB_PASSWORD", "valueFrom": secret}, {"name": "LOG_LEVEL", "value": "info"}]
    probe = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 10}
    return {
        "name": name, "image": f"registry.company.test/{namespace}/{name}:{chance.randrange(99)}.2.1", "env": env,
        "args": ["--config=/etc/app/config.yaml", "--listen=:8080"], "readinessProbe": probe, "livenessProbe": probe,
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "grpc", "containerPort": 9090}],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "volumeMounts": [{"name": part, "mountPath": f"/etc/{part}"} for part in ("config", "scratch", "certs")],
    }  # fmt: skip


def _status(chance: random.Random, spec: Object) -> Object:
    address = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    words = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": "192.168.4.17",
        "qosClass": "Burstable", "startTime": _START,
        "conditions": [{"type": w, "status": "True", "lastTransitionTime": _START} for w in words],
        "containerStatuses": [
            {
                "name": one["name"], "image": one["image"], "ready": True, "started": True, "restartCount": 0,
                "imageID": f"{one['image']}@sha256:{chance.getrandbits(256):064x}",
                "containerID": f"containerd://{chance.getrandbits(256):064x}",
                "state": {"running": {"startedAt": _START}},
            }
            for one in spec["containers"]
        ],
    }  # fmt: skip


def _settings(chance: random.Random, name: str) -> Object:
    lines = [f"name: {name}", "server:", "  port: 8080", "clients:"]
    for domain in chance.sample(DOMAINS, 12):
        url = f"http://{domain}-core.{domain}-{chance.randrange(400):03d}.svc.cluster.local:8080/v1"
        lines += [f"  {domain}:", f"    url: {url}", "    timeout: 3s", "    retries: 2"]
    more = [f"  feature-{number}: {chance.choice(('on', 'off'))}" for number in range(40)]
    return {"application.yaml": "\n".join([*lines, "features:", *more, ""]), "LOG_FORMAT": "json"}


def _slice(chance: random.Random, namespace: str, name: str, labels: Object) -> Object:
    points = [
        {"addresses": [f"10.1.{chance.randrange(256)}.{number + 1}"], "conditions": {"ready": True, "serving": True},
         "nodeName": f"node-{chance.randrange(300):03d}", "zone": "zone-a",
         "targetRef": {"kind": "Pod", "namespace": namespace, "name": f"{name}-{number}"}}
        for number in range(PODS // len(PROGRAMS))
    ]  # fmt: skip
    body = {"addressType": "IPv4", "endpoints": points, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}
    named = labels | {"kubernetes.io/service-name": name}
    return _new("discovery.k8s.io/v1", "EndpointSlice", namespace, f"{name}-x7k2p", body, named)


def _binding(namespace: str, account: str) -> Object:
    api = "rbac.authorization.k8s.io"
    body = {
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }
    return _new(f"{api}/v1", "RoleBinding", namespace, account, body)


def _ingress(namespace: str) -> Object:
    backend = {"service": {"name": f"{namespace}-web", "port": {"number": 80}}}
    host, paths = f"{namespace}.company.test", [{"path": "/", "pathType": "Prefix", "backend": backend}]
    spec = {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": paths}}]}
    return _new("networking.k8s.io/v1", "Ingress", namespace, "web", {"spec": spec})


def _policy(namespace: str) -> Object:
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}
    return _new("networking.k8s.io/v1", "NetworkPolicy", namespace, "same-namespace", {"spec": spec})
