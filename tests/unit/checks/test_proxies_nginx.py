from __future__ import annotations

import pytest

from planner.checks.proxies import nginx
from planner.checks.proxies.passing import VISITOR


def passed(text: str) -> list[tuple[str, str, bool]]:
    """Return target, Host and whether HTTP/1.1 is spoken, for each place."""
    return [(p.targets[0].host, p.host, modern) for p, modern in nginx.passings(text)]


def test_default_host_is_the_name_in_proxy_pass() -> None:
    assert passed("location / { proxy_pass http://cart:8080/; }") == [("cart", "cart:8080", False)]


def test_default_host_of_a_group_is_the_name_of_the_group() -> None:
    text = "upstream pool { server a:1; server b:2; } server { location / { proxy_pass http://pool; } }"
    ((passing, _),) = nginx.passings(text)
    assert [(t.host, t.port) for t in passing.targets] == [("a", 1), ("b", 2)]
    assert passing.host == "pool"
    assert not passing.explicit


def test_a_header_is_inherited() -> None:
    assert passed("server { proxy_set_header Host $http_host; location / { proxy_pass http://a; } }") == [
        ("a", VISITOR, False)
    ]


def test_a_level_with_a_header_of_its_own_inherits_none() -> None:
    text = "server { proxy_set_header Host $host; location / { proxy_set_header X-A b; proxy_pass http://a; } }"
    assert passed(text) == [("a", "a", False)]


def test_a_header_may_stand_after_proxy_pass() -> None:
    assert passed("location / { proxy_pass http://a; proxy_set_header Host b.c; }") == [("a", "b.c", False)]


def test_http_version_is_inherited_too() -> None:
    assert passed("proxy_http_version 1.1; server { location / { proxy_pass http://a; } }") == [("a", "a", True)]


def test_grpc_has_headers_of_its_own_and_needs_no_version() -> None:
    text = (
        "server { proxy_set_header Host $host; location / { grpc_set_header Host ledger; grpc_pass grpc://a:9090; } }"
    )
    assert passed(text) == [("a", "ledger", True)]


def test_variables_are_followed() -> None:
    assert passed("set $backend cart.shop; location / { proxy_pass http://$backend:8080; }") == [
        ("cart.shop", "cart.shop:8080", False)
    ]


def test_tls_is_left_out() -> None:
    assert passed("location / { proxy_pass https://a; }") == []


@pytest.mark.parametrize("value", ["$host", "$http_host", "$server_name", "$host:$server_port", '"$host"'])
def test_every_way_to_hand_the_visitors_host_on(value: str) -> None:
    assert passed(f"location / {{ proxy_set_header Host {value}; proxy_pass http://a; }}") == [("a", VISITOR, False)]


def test_a_host_in_an_unknown_variable_is_not_known() -> None:
    assert passed("location / { proxy_set_header Host $tenant; proxy_pass http://a; }") == [("a", "", False)]


def test_comments_and_lines() -> None:
    text = "# proxy_pass http://no;\nserver {\n  proxy_set_header Host x.y; # why\n"
    text += "  location / { proxy_pass http://a; }\n}\n"
    ((passing, _),) = nginx.passings(text)
    assert (passing.offset, passing.targets[0].offset, passing.text) == (2, 3, "proxy_set_header Host x.y; # why")


@pytest.mark.parametrize(
    "text", ["}", "}}}{", "server {", "proxy_pass", '"', "a;;;b{", "set $a;", "upstream {}", "{{ .x }};"]
)
def test_broken_text_stops_nothing(text: str) -> None:
    assert isinstance(list(nginx.passings(text)), list)


def test_a_long_text_takes_no_time() -> None:
    text = "location / { proxy_pass http://a; }\n" * 20_000 + "x" * 100_000
    assert len(list(nginx.passings(text))) == 20_000
