"""Addresses in commands, arguments, hooks and exec probes."""

from __future__ import annotations

import pytest

from evidence.manifests import application, deployment, environment, service


def _args(*words: str) -> str:
    return "args:\n" + "".join(f"- {word!r}\n" for word in words)


@pytest.mark.parametrize(
    "words",
    [
        ["--cart-url=http://cart:8080"],
        ["--cart-url", "http://cart:8080"],
        ["--addr=cart:8080"],
        ["--addr", "cart:8080"],
        ["cart.shop.svc.cluster.local.:8080"],
        ["--slaveof", "cart", "8080"],
        ["sh", "-c", "until nc -z cart 8080; do sleep 1; done"],
        ["sh", "-c", "curl -s http://cart:8080/health"],
        ["/bin/sh", "-c", "wget -q cart:8080/ready"],
        ["bash", "-c", "while ! echo > /dev/tcp/cart/8080; do sleep 1; done"],
        ["wait-for", "cart:8080"],
        ["-Dcart.url=http://cart:8080"],
    ],
)
def test_forms(discover, words):
    assert "shop/web -> shop/cart:8080" in application(
        discover(service("cart", 8080), deployment("web", _args(*words))).flows
    )


def test_client_program_with_flags(discover):
    found = application(
        discover(service("pg", 5432), deployment("web", _args("sh", "-c", "pg_isready -h pg -p 5432"))).flows
    )
    assert found["shop/web -> shop/pg:5432"].protocol == "postgres"


def test_variables_in_shell(discover):
    body = environment(CART="cart:8080") + _args("sh", "-c", "curl http://${CART}/x")
    assert "shop/web -> shop/cart:8080" in application(discover(service("cart", 8080), deployment("web", body)).flows)


def test_variable_reference_in_an_argument(discover):
    body = environment(HOST_OF_CART="cart") + _args("--url=http://$(HOST_OF_CART):8080")
    assert "shop/web -> shop/cart:8080" in application(discover(service("cart", 8080), deployment("web", body)).flows)


def test_default_of_a_shell_variable(discover):
    body = _args("sh", "-c", "curl ${CART:-http://cart:8080}/x")
    assert "shop/web -> shop/cart:8080" in application(discover(service("cart", 8080), deployment("web", body)).flows)


def test_init_container(discover):
    pod = (
        "initContainers:\n- name: wait\n  image: busybox\n"
        "  command: [sh, -c, 'until nslookup cart; do sleep 2; done']\n"
    )
    assert "shop/web -> shop/cart:8080" in application(
        discover(service("cart", 8080), deployment("web", pod=pod)).flows
    )


def test_hook(discover):
    body = "lifecycle:\n  postStart:\n    exec:\n      command: [curl, 'http://cart:8080/register']\n"
    assert "shop/web -> shop/cart:8080" in application(discover(service("cart", 8080), deployment("web", body)).flows)


@pytest.mark.parametrize(
    "words",
    [
        ["--listen=0.0.0.0:8080"],
        ["--bind-address=cart:8080"],
        ["--http.address=:8080"],
        ["--host", "0.0.0.0", "--port", "8080"],
        ["create", "--host=cart,cart.shop.svc", "--secret-name=x"],
        ["--etcd=http://127.0.0.1:2379"],
        ["--image=ghcr.io/acme/app:8080"],
        ["sh", "-c", "echo see https://docs.acme.io"],
        ["sh", "-c", "# curl http://cart:8080"],
    ],
)
def test_no_flow(discover, words):
    assert not application(discover(service("cart", 8080), deployment("web", _args(*words))).flows)


def test_line_inside_a_block_scalar(discover):
    body = "command: [sh, -c]\nargs:\n- |\n  set -e\n  echo start\n  curl http://cart:8080\n"
    flow = application(discover(service("cart", 8080), deployment("web", body)).flows)["shop/web -> shop/cart:8080"]
    text = flow.evidence[0]
    assert text.text.startswith("http://cart:8080")
    from pathlib import Path

    assert "curl http://cart:8080" in Path(text.file).read_text().splitlines()[text.line - 1]
