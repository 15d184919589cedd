"""Agents on the node, network storage, plain TCP through an ingress controller, injected sidecars, egress policies."""

from __future__ import annotations

import pytest

from evidence.manifests import application, config_map, deployment, environment, service
from planner.model.refs import KUBELET

NODE = "env:\n- name: {name}\n  valueFrom: {{fieldRef: {{fieldPath: status.hostIP}}}}\n"
AGENT = deployment("agent", "ports:\n- {containerPort: 4318, hostPort: 4318}\n", kind="DaemonSet", namespace="mon")


def _ids(result) -> set[str]:
    return set(application(result.flows))


@pytest.mark.parametrize(
    "more",
    [
        "- {name: OTEL_ENDPOINT, value: 'http://$(HOST_IP):4318'}\n",
        "- {name: HOST_PORT, value: '4318'}\n",
        "args: ['--collector=$(HOST_IP):4318']\n",
    ],
)
def test_agent_on_the_node_by_its_port(discover, more):
    body = NODE.format(name="HOST_IP" if "HOST_IP" in more else "HOST") + more
    assert "shop/web -> mon/agent:4318" in _ids(discover(AGENT, deployment("web", body)))


def test_agent_that_nobody_runs_stays_unknown(discover):
    body = NODE.format(name="JAEGER_AGENT_HOST") + "- {name: JAEGER_AGENT_PORT, value: '6831'}\n"
    assert [
        (f.target.text, f.port) for f in discover(AGENT, deployment("web", body)).flows if f.source.name == "web"
    ] == [("unknown:node-ip", 6831)]


def test_address_of_the_node_for_another_end_is_no_call(discover):
    body = NODE.format(name="NODE_IP") + "- {name: LABEL, value: 'node=$(NODE_IP)'}\n"
    assert not [flow for flow in discover(AGENT, deployment("web", body)).flows if flow.source.name == "web"]


def test_nodes_mount_network_storage(discover):
    volume = (
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\n"
        "spec: {nfs: {server: nfs.shop.svc.cluster.local, path: /}}\n"
    )
    pod = "volumes:\n- name: a\n  nfs: {server: 10.9.8.7, path: /x}\n- name: b\n  emptyDir: {}\n"
    result = discover(volume, deployment("web", pod=pod), service("nfs", 2049))
    assert {flow.id for flow in result.flows if flow.source == KUBELET} == {
        "cluster:kubelet -> shop/nfs:2049",
        "cluster:kubelet -> external:10.9.8.7:2049",
    }


def test_driver_of_block_storage_names_no_server(discover):
    volume = (
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\n"
        "spec: {csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1, volumeAttributes: {type: gp3}}}\n"
    )
    assert not discover(volume).flows


CONTROLLER = deployment(
    "controller",
    "args: ['--tcp-services-configmap=$(POD_NAMESPACE)/tcp']\n"
    "env:\n- name: POD_NAMESPACE\n  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}\n",
    image="registry.k8s.io/ingress-nginx/controller:v1.9",
    namespace="edge",
)


def test_plain_tcp_through_an_ingress_controller(discover):
    config = config_map("tcp", "edge").removesuffix("data:\n") + 'data:\n  "9000": shop/db:pg:PROXY\n  "x": nonsense\n'
    found = _ids(discover(config, CONTROLLER, service("db", (5432, "pg"))))
    assert found == {"external:client -> shop/db:5432", "edge/controller -> shop/db:5432"}


def _annotated(name: str, notes: str) -> str:
    return deployment(name).replace("labels:", f"annotations: {{{notes}}}\n      labels:", 1)


def test_injected_vault_agent(discover):
    injector = deployment("injector", environment(AGENT_INJECT_VAULT_ADDR="http://vault.vault.svc:8200"))
    server = service("vault", (8200, "http"), (8201, "internal"), namespace="vault")
    pods = (
        _annotated("a", "vault.hashicorp.com/agent-inject: 'true'"),
        _annotated("b", "vault.hashicorp.com/agent-inject: 'false'"),
        _annotated("c", "vault.hashicorp.com/agent-inject: 'true', vault.hashicorp.com/service: 'http://pay:80'"),
    )
    found = _ids(discover(injector, server, service("pay", 80), *pods))
    assert {flow for flow in found if not flow.startswith("shop/injector")} == {
        "shop/a -> vault/vault:8200",
        "shop/c -> shop/pay:80",
    }


def test_upstreams_of_consul(discover):
    pod = _annotated("web", "consul.hashicorp.com/connect-service-upstreams: 'cart:1234, nonsense'")
    assert _ids(discover(pod, service("cart", 8080))) == {"shop/web -> shop/cart:8080"}


def test_egress_of_a_policy_is_a_hint(discover):
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n"
        "spec:\n  podSelector: {matchLabels: {app: web}}\n"
        "  egress: [{to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: 8080}]}]\n"
    )
    (flow,) = discover(policy, deployment("web"), deployment("cart"), service("cart", (80, "", 8080))).flows
    assert flow.id == "shop/web -> shop/cart:80"
    assert flow.confidence < 0.5


HEADLESS = service("db-pods", (4369, "epmd"), extra="clusterIP: None\n", app="db")


@pytest.mark.parametrize("variables", [{"SUFFIX": ".db-pods.shop.svc.cluster.local"}, {"K8S_SERVICE_NAME": "db-pods"}])
def test_peers_by_the_end_of_their_names(discover, variables):
    body = environment(**variables)
    found = discover(HEADLESS, deployment("db", body, kind="StatefulSet"))
    assert [flow.id for flow in found.flows if flow.source.name == "db"] == ["shop/db -> shop/db-pods:4369"]
    assert "member" in " ".join(found.flows[0].evidence[0].grounds)


def test_no_peers_of_others(discover):
    variables = environment(K8S_SERVICE_NAME="db-pods", SUFFIX=".db-pods.shop.svc", LABEL="db-pods")
    result = discover(
        HEADLESS, deployment("db", environment(LABEL="db-pods"), kind="StatefulSet"), deployment("web", variables)
    )
    assert not [flow for flow in result.flows if flow.confidence >= 0.5]


def test_name_of_another_service_or_of_one_with_an_address_is_no_peer(discover):
    others = service("mq-pods", 4369, extra="clusterIP: None\n"), service("db", 5432)
    body = environment(X_SERVICE_NAME="mq-pods", Y_SERVICE_NAME="db")
    result = discover(*others, deployment("db", body, kind="StatefulSet"))
    assert not [flow for flow in result.flows if flow.confidence >= 0.5]


def test_peers_by_pod_behind_a_service_with_an_address(discover):
    servers = environment(
        ZOO_SERVERS="server.0=zookeeper-0.zookeeper:2888:3888;2181 server.1=zookeeper-1.zookeeper:2888:3888;2181",
        A="zookeeper-0.other:1",
    )
    result = discover(
        service("zookeeper", 2181), deployment("zookeeper", servers, kind="StatefulSet"), deployment("web", servers)
    )
    assert {flow.id for flow in result.flows if flow.confidence >= 0.5} == {"shop/zookeeper -> shop/zookeeper:2888"}
