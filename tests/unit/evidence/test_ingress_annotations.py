"""Calls that annotations of an Ingress make the controller make."""

from __future__ import annotations

import textwrap

import pytest

from evidence.manifests import application, deployment, service
from planner.evidence.readers import ingress_annotations

CONTROLLER = deployment("controller", image="registry.k8s.io/ingress-nginx/controller:v1.9", namespace="edge")


def _ingress(annotations: str, backend: str = "service: {name: web, port: {number: 80}}") -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  namespace: shop\n  annotations:\n"
        + textwrap.indent(textwrap.dedent(annotations), "    ")
        + "spec:\n  ingressClassName: nginx\n  rules:\n  - http:\n      paths:\n      - path: /\n        backend:\n"
        + f"          {backend}\n"
    )


def _own(result) -> set[str]:
    return {
        flow.id
        for flow in application(result.flows).values()
        if any(item.reader == ingress_annotations.READER for item in flow.evidence)
    }


def _suppressed(result) -> dict[str, str]:
    return {s.text: s.reason for s in result.suppressed if s.evidence.reader == ingress_annotations.READER}


@pytest.mark.parametrize(
    "name", ["nginx.ingress.kubernetes.io/auth-url", "haproxy-ingress.github.io/auth-url", "custom.prefix/auth-url"]
)
def test_controller_asks_the_authentication_service(discover, name):
    text = _ingress(f'{name}: "http://proxy.auth.svc.cluster.local:4180/oauth2/auth?rd=https://other.acme.io/x"\n')
    found = discover(text, CONTROLLER, service("proxy", 4180, namespace="auth"))
    assert _own(found) == {"edge/controller -> auth/proxy:4180"}
    (flow,) = [f for f in found.flows if f.target.text == "auth/proxy"]
    assert flow.protocol == "http"
    assert flow.evidence[0].line == 7


def test_without_a_controller_the_service_is_called_for_a_client(discover):
    text = _ingress("nginx.ingress.kubernetes.io/auth-url: http://proxy.auth.svc:4180/auth\n")
    assert _own(discover(text, service("proxy", 4180, namespace="auth"))) == {"external:client -> auth/proxy:4180"}


def test_without_a_controller_a_host_outside_is_left_out(discover):
    result = discover(_ingress("nginx.ingress.kubernetes.io/auth-url: https://login.acme.io/auth\n"))
    assert not _own(result)
    assert "not read" in _suppressed(result)["https://login.acme.io/auth"]


def test_controller_calls_a_host_outside(discover):
    result = discover(_ingress("nginx.ingress.kubernetes.io/auth-url: https://login.acme.io/auth\n"), CONTROLLER)
    assert _own(result) == {"edge/controller -> external:login.acme.io:443"}


def test_host_of_the_request_is_not_known(discover):
    text = _ingress('nginx.ingress.kubernetes.io/auth-url: "https://$host/oauth2/auth"\n')
    result = discover(text, CONTROLLER)
    assert not _own(result)
    assert "when a request" in _suppressed(result)["https://$host"]


def test_haproxy_names_a_service(discover):
    text = _ingress("haproxy-ingress.github.io/auth-url: svc://auth/proxy:4180/auth\n")
    assert _own(discover(text, service("proxy", 4180, namespace="auth"))) == {"external:client -> auth/proxy:4180"}


@pytest.mark.parametrize("name", ["auth-signin", "permanent-redirect", "temporal-redirect"])
def test_links_for_browsers_are_no_calls(discover, name):
    result = discover(_ingress(f"nginx.ingress.kubernetes.io/{name}: https://login.acme.io/start\n"), CONTROLLER)
    assert not _own(result)
    assert _suppressed(result)["https://login.acme.io/start"] == "a link for people"


def test_host_header_is_no_call(discover):
    text = _ingress("nginx.ingress.kubernetes.io/upstream-vhost: web.other.svc.cluster.local\n")
    result = discover(text, CONTROLLER, service("web", 80, namespace="other"))
    assert not _own(result)
    assert "written into" in _suppressed(result)["web.other.svc.cluster.local"]


def test_mirror(discover):
    text = _ingress("nginx.ingress.kubernetes.io/mirror-target: http://shadow.shop.svc.cluster.local$request_uri\n")
    assert _own(discover(text, CONTROLLER, service("shadow", 80))) == {"edge/controller -> shop/shadow:80"}


def test_default_backend_serves_the_first_port(discover):
    text = _ingress("nginx.ingress.kubernetes.io/default-backend: errors\n")
    found = _own(discover(text, CONTROLLER, service("errors", (8080, "http"), (9000, "metrics"))))
    assert found == {"external:client -> shop/errors:8080", "edge/controller -> shop/errors:8080"}


def test_snippet_with_its_line(discover):
    text = _ingress(
        """\
        nginx.ingress.kubernetes.io/configuration-snippet: |
          more_set_headers "X-Docs: https://docs.acme.io";
          proxy_pass http://legacy.shop.svc.cluster.local:8081;
        """
    )
    result = discover(text, CONTROLLER, service("legacy", 8081))
    assert _own(result) == {"edge/controller -> shop/legacy:8081"}
    assert [f.evidence[0].line for f in result.flows if f.target.name == "legacy"] == [9]


def test_snippet_without_a_pass_calls_nobody(discover):
    text = _ingress("nginx.ingress.kubernetes.io/server-snippet: 'return 301 https://new.acme.io;'\n")
    assert not _own(discover(text, CONTROLLER))


def test_action_forwards_and_the_backend_of_its_name_is_no_service(discover):
    action = (
        '{"type":"forward","forwardConfig":{"targetGroups":['
        '{"serviceName":"blue","servicePort":"http","weight":20},{"serviceName":"green","servicePort":81}]}}'
    )
    text = _ingress(
        f"alb.ingress.kubernetes.io/actions.split: '{action}'\n",
        "service: {name: split, port: {name: use-annotation}}",
    )
    result = discover(text, service("blue", (8080, "http")), service("green", 81))
    assert _own(result) == {"external:client -> shop/blue:8080", "external:client -> shop/green:81"}
    assert {flow.target.name for flow in result.flows} == {"blue", "green"}
    assert any("action" in s.reason for s in result.suppressed)


def test_redirect_action_and_broken_json_forward_nothing(discover):
    text = _ingress(
        'alb.ingress.kubernetes.io/actions.a: \'{"Type":"redirect","RedirectConfig":{"Host":"x.acme.io"}}\'\n'
        "alb.ingress.kubernetes.io/actions.b: '{'\n"
    )
    assert not _own(discover(text))
