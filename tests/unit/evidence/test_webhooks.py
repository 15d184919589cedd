"""Whom the API server calls: Services with and without a port, URLs, conversion."""

from __future__ import annotations

from evidence.manifests import service
from planner.model.flow import Boundary

API = "cluster:kube-apiserver -> "


def _hook(client: str) -> str:
    return (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: w}\n"
        f"webhooks:\n- name: a.b.c\n  clientConfig: {client}\n"
    )


def _definition(conversion: str) -> str:
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.y.z}\n"
        f"spec:\n  group: y.z\n  conversion: {conversion}\n"
    )


def _ids(result) -> set[str]:
    return {flow.id for flow in result.flows}


def test_url_of_a_service_and_of_a_host_outside(discover):
    inside = discover(_hook("{url: 'https://hook.shop.svc:8443/mutate'}"), service("hook", 8443))
    assert _ids(inside) == {API + "shop/hook:8443"}
    assert [flow.boundary for flow in inside.flows] == [Boundary.INGRESS]
    assert _ids(discover(_hook("{url: 'https://hook.acme.io/mutate'}"))) == {API + "external:hook.acme.io:443"}


def test_conversion_by_a_webhook_and_none(discover):
    client = "clientConfig: {service: {name: hook, namespace: shop, port: 9443}}"
    text = _definition(f"{{strategy: Webhook, webhook: {{{client}}}}}")
    assert _ids(discover(text, service("hook", 9443))) == {API + "shop/hook:9443"}


def test_conversion_that_is_switched_off(discover):
    client = "webhook: {clientConfig: {service: {name: hook, namespace: shop}}}"
    assert not _ids(discover(_definition(f"{{strategy: None, {client}}}"), service("hook", 443)))


def test_api_of_the_api_server_itself_calls_nobody(discover):
    local = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.apps}\nspec: {group: apps}\n"
    assert not _ids(discover(local))


def test_service_without_a_namespace_is_no_target(discover):
    assert not _ids(discover(_hook("{service: {name: hook}}"), service("hook", 443)))
