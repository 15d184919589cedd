"""Programs that give themselves away as clients of the API server."""

from __future__ import annotations

import pytest

from evidence.manifests import config_map, deployment, environment, mounting
from planner.model.refs import API_SERVER


def _callers(result) -> set[str]:
    return {flow.source.text for flow in result.flows if flow.target == API_SERVER and flow.confidence >= 0.5}


NO_TOKEN = "automountServiceAccountToken: false\n"


@pytest.mark.parametrize(
    "body",
    [
        "command: [sh, -c, 'sleep 5; kubectl get pods']\n",
        "command: [/usr/local/bin/kubectl, apply, -f, /x]\n",
        "command: [sh, -c, 'ok=$(kubectl get ns)']\n",
        "command: [sh, -c, 'oc apply -f /x']\n",
        "args: [--leader-elect]\n",
        "args: ['--leader-elect=true']\n",
        "args: ['--kubeconfig=/etc/kube/config']\n",
        "args: ['--providers.kubernetescrd']\n",
        "env:\n- name: WATCH_NAMESPACE\n  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}\n",
        "env:\n- {name: AIRFLOW__CORE__EXECUTOR, value: KubernetesExecutor}\n",
        "args: [agent, '-retry-join', 'provider=k8s label_selector=\"app=consul\"', '--in-cluster']\n",
    ],
)
def test_clients(discover, body):
    assert _callers(discover(deployment("op", body))) == {"shop/op"}


@pytest.mark.parametrize(
    "body",
    [
        "args: ['--leader-elect=false']\n",
        "args: ['--kubectl-image=x', /opt/kubectlish]\n",
        "command: [sh, -c, 'helmfile --version; dockubectl x']\n",
        "command: [sh, -c, 'doc oc']\n",
        "env:\n- {name: LEADER_ELECTION_ENABLED, value: 'false'}\n",
        "env:\n- {name: KUBERNETES_NAMESPACE, value: shop}\n",
    ],
)
def test_no_clients(discover, body):
    assert not _callers(discover(deployment("op", body)))


def test_flags_need_a_token_and_tools_bring_their_own(discover):
    assert not _callers(discover(deployment("op", "args: [--leader-elect]\n", pod=NO_TOKEN)))


def test_tool_without_a_token_of_the_pod_still_calls(discover):
    assert _callers(discover(deployment("op", "command: [kubectl, get, pods]\n", pod=NO_TOKEN))) == {"shop/op"}


@pytest.mark.parametrize("image", ["bitnami/kubectl:1.30", "rancher/kubectl", "registry:5000/a/kubectl@sha256:00"])
def test_image_of_a_tool(discover, image):
    assert _callers(discover(deployment("job", "args: [delete, pod, x]\n", image=image))) == {"shop/job"}


def test_image_of_a_program_that_needs_the_api_server(discover):
    image = "quay.io/kiwigrid/k8s-sidecar:1.27"
    assert _callers(discover(deployment("side", image=image))) == {"shop/side"}


def test_the_same_image_without_a_token(discover):
    assert not _callers(discover(deployment("side", image="quay.io/kiwigrid/k8s-sidecar:1.27", pod=NO_TOKEN)))


def test_script_that_is_mounted(discover):
    script = "#!/bin/bash\nset -e\nZONE=$(kubectl get node x)\n"
    result = discover(config_map("c", init_sh=script), mounting("kafka", "c"))
    assert _callers(result) == {"shop/kafka"}
    (flow,) = [flow for flow in result.flows if flow.target == API_SERVER]
    assert flow.evidence[0].line == 10


def test_text_that_only_speaks_of_a_tool(discover):
    assert not _callers(discover(config_map("c", readme_md="Run kubectl get pods\n"), mounting("web", "c")))


@pytest.mark.parametrize(
    "text",
    [
        "cluster_formation.peer_discovery_backend = rabbit_peer_discovery_k8s\n",
        "[FILTER]\n    Name kubernetes\n    Match *\n",
        '[[runners]]\n  executor = "kubernetes"\n',
    ],
)
def test_settings(discover, text):
    assert _callers(discover(config_map("c", app_conf=text), mounting("web", "c"))) == {"shop/web"}


def test_settings_without_a_token(discover):
    text = "cluster_formation.peer_discovery_backend = rabbit_peer_discovery_k8s\n"
    pod = mounting("web", "c").replace("volumes:", "automountServiceAccountToken: false\n      volumes:")
    assert not _callers(discover(config_map("c", app_conf=text), pod))


def test_account_named_as_a_user(discover):
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
        "roleRef: {kind: ClusterRole, name: 'system:auth-delegator'}\n"
        "subjects:\n- {kind: User, name: 'system:serviceaccount:shop:agent'}\n"
    )
    pod = deployment("agent", environment(A="1"), pod="serviceAccountName: agent\n")
    other = deployment("other", pod="serviceAccountName: other\n")
    assert _callers(discover(binding, pod, other)) == {"shop/agent"}


def test_account_of_a_custom_resource(discover):
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop}\n"
        "roleRef: {kind: ClusterRole, name: edit}\nsubjects:\n- {kind: ServiceAccount, name: runner}\n"
    )
    flow = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: shop}\n"
        "spec: {serviceAccountName: runner, templates: [{container: {image: x, command: [y]}}]}\n"
    )
    assert _callers(discover(binding, flow)) == {"shop/w"}


def test_default_account_of_a_namespace_is_not_used_by_its_databases(discover):
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop}\n"
        "roleRef: {kind: ClusterRole, name: view}\nsubjects:\n- {kind: ServiceAccount, name: default}\n"
    )
    found = discover(binding, deployment("app"), deployment("cache", image="redis:7"))
    assert _callers(found) == {"shop/app"}
    assert "shop/cache" in {flow.source.text for flow in found.flows}
