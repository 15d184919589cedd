"""Webhooks, probes and calls to the API server."""

from __future__ import annotations

import pytest

from evidence.manifests import application, config_map, deployment, environment, mounting, service, sure
from planner.evidence import confidence
from planner.model.flow import Boundary
from planner.model.refs import API_SERVER, KUBELET

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {kind: ClusterRole, name: reader}
subjects:
- {kind: ServiceAccount, name: agent, namespace: shop}
"""


def _api_calls(result) -> dict[str, float]:
    return {flow.source.text: flow.confidence for flow in result.flows if flow.target == API_SERVER}


def test_bound_account_calls_the_api_server(discover):
    result = discover(ROLE, BINDING, deployment("agent", pod="serviceAccountName: agent\n"))
    assert _api_calls(result) == {"shop/agent": sure(confidence.ACCOUNT_BOUND)}
    assert {(f.port, f.protocol, f.boundary) for f in result.flows} == {(443, "https", Boundary.INTERNAL)}


def test_default_account_is_less_sure(discover):
    result = discover(ROLE, BINDING.replace("name: agent", "name: default"), deployment("agent"))
    assert _api_calls(result) == {"shop/agent": sure(confidence.DEFAULT_ACCOUNT_BOUND)}


def test_account_without_binding_calls_nothing(discover):
    assert not _api_calls(discover(ROLE, deployment("agent", pod="serviceAccountName: agent\n")))


@pytest.mark.parametrize("where", ["pod", "account"])
def test_no_token_no_call(discover, where):
    account = (
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: agent, namespace: shop}\n"
        "automountServiceAccountToken: false\n"
    )
    pod = "serviceAccountName: agent\n" + ("automountServiceAccountToken: false\n" if where == "pod" else "")
    texts = [ROLE, BINDING, deployment("agent", pod=pod)] + ([account] if where == "account" else [])
    assert not _api_calls(discover(*texts))


def test_pod_overrules_its_account(discover):
    account = (
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: agent, namespace: shop}\n"
        "automountServiceAccountToken: false\n"
    )
    pod = "serviceAccountName: agent\nautomountServiceAccountToken: true\n"
    assert _api_calls(discover(ROLE, BINDING, account, deployment("agent", pod=pod))) == {
        "shop/agent": sure(confidence.ACCOUNT_BOUND)
    }


def test_right_to_use_a_policy_is_weak(discover):
    role = ROLE.replace("verbs: [list]", "verbs: [use]")
    assert _api_calls(discover(role, BINDING, deployment("agent", pod="serviceAccountName: agent\n"))) == {
        "shop/agent": sure(confidence.ACCOUNT_WEAK)
    }


def test_api_server_by_name(discover):
    result = discover(deployment("agent", environment(API="https://kubernetes.default.svc/api")))
    assert list(_api_calls(result)) == ["shop/agent"]


def test_kubectl(discover):
    assert "shop/job" in _api_calls(discover(deployment("job", "command: [sh, -c, 'kubectl get pods']\n")))


def test_webhook_without_port_is_443(discover):
    text = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n"
        "metadata: {name: w}\nwebhooks:\n"
        "- name: a.b.c\n  clientConfig:\n    service: {name: hook, namespace: shop}\n"
    )
    (flow,) = discover(text, service("hook", 443)).flows
    assert (flow.id, flow.boundary, flow.protocol) == (
        "cluster:kube-apiserver -> shop/hook:443",
        Boundary.INGRESS,
        "https",
    )


def test_api_service_and_conversion(discover):
    api = (
        "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x}\nspec:\n"
        "  service: {name: a, namespace: shop, port: 8443}\n"
    )
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: x.y.z}\nspec:\n  conversion:\n"
        "    strategy: Webhook\n    webhook:\n      clientConfig:\n        service: {name: b, namespace: shop}\n"
    )
    ids = {flow.id for flow in discover(api, crd, service("a", 8443), service("b", 443)).flows}
    assert ids == {"cluster:kube-apiserver -> shop/a:8443", "cluster:kube-apiserver -> shop/b:443"}


def test_probes_are_one_flow_per_port(discover):
    body = (
        "ports:\n- {containerPort: 8080, name: http}\nlivenessProbe:\n  httpGet: {path: /a, port: http}\n"
        "readinessProbe:\n  httpGet: {path: /b, port: 8080}\nstartupProbe:\n  grpc: {port: 9000}\n"
    )
    flows = [flow for flow in discover(deployment("web", body)).flows if flow.source == KUBELET]
    assert [(f.port, f.protocol, f.boundary) for f in flows] == [(8080, "http", "ingress"), (9000, "grpc", "ingress")]
    assert not application(flows)


def test_log_shipper_that_looks_pods_up(discover):
    text = "<filter **>\n  @type kubernetes_metadata\n</filter>\n"
    config = config_map("c", fluent_conf=text)
    result = discover(config, mounting("shipper", "c"))
    (flow,) = [flow for flow in result.flows if flow.target == API_SERVER]
    assert flow.evidence[0].line == 9


def test_kubeconfig_with_the_pods_own_token(discover):
    text = (
        "clusters:\n- cluster: {server: 'https://api.acme.io:6443'}\ncurrent-context: default\nusers:\n- user:\n"
        "    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token\n"
    )
    result = discover(config_map("c", kubeconfig_conf=text), mounting("proxy", "c"))
    assert [flow.target for flow in result.flows] == [API_SERVER]
