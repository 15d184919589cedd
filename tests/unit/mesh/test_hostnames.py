"""Names and addresses as Istio's validation sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.hostnames import covers, is_cidr, is_dns_label, is_fqdn, is_ip, is_wildcard_domain, overlaps


@pytest.mark.parametrize(
    ("text", "fqdn", "wildcard"),
    [
        ("example.com", True, True),
        ("Example.COM.", True, True),
        ("cart", True, True),
        ("a-b.c", True, True),
        ("*", False, True),
        ("*.example.com", False, True),
        ("*-foo.example.com", False, True),
        ("*foo.example.com", False, True),
        ("*--foo.example.com", False, False),
        ("a.*.com", False, False),
        ("10.1.2.3", False, False),
        ("-a.com", False, False),
        ("a..com", False, False),
        ("a_b.com", False, False),
        ("", False, False),
        (".", False, False),
        ("x" * 63 + ".com", True, True),
        ("x" * 64 + ".com", False, False),
        ("a." * 127 + "ab", False, False),
        ("münchen.de", False, False),
        ("a.com\n", False, False),
    ],
)
def test_domains(text: str, fqdn: bool, wildcard: bool) -> None:
    assert is_fqdn(text) == fqdn
    assert is_wildcard_domain(text) == wildcard


@pytest.mark.parametrize("text", ["10.1.2.3", "::1", "fd00::7"])
def test_addresses(text: str) -> None:
    assert is_ip(text)
    assert not is_cidr(text)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.1.2.3/8", "fd00::/64", "0.0.0.0/0"])
def test_ranges(text: str) -> None:
    assert is_cidr(text)
    assert not is_ip(text)


@pytest.mark.parametrize(
    "text", ["10.1.2", "10.0.0.0/33", "/8", "10.0.0.0/", "a/8", "fe80::1%eth0", "", "10.0.0.0/8/8"]
)
def test_neither(text: str) -> None:
    assert not is_ip(text)
    assert not is_cidr(text)


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("*", "a.com", True),
        ("*.a.com", "b.a.com", True),
        ("*.a.com", "c.b.A.com", True),
        ("*.a.com", "*.b.a.com", True),
        ("*.a.com", "*.a.com", True),
        ("*.a.com", "a.com", False),
        ("*.b.a.com", "*.a.com", False),
        ("a.com", "*.com", False),
        ("a.com", "a.com", True),
    ],
)
def test_covers(pattern: str, host: str, expected: bool) -> None:
    assert covers(pattern, host) == expected


HOSTS = st.from_regex(r"(\*\.)?([ab]\.){0,2}c", fullmatch=True)


@given(HOSTS, HOSTS, HOSTS)
def test_laws_of_covers(a: str, b: str, c: str) -> None:
    assert covers(a, a)
    assert overlaps(a, b) == overlaps(b, a)
    if covers(a, b) and covers(b, c):
        assert covers(a, c)


@given(st.text())
def test_total(text: str) -> None:
    answers = {check(text) for check in (is_dns_label, is_fqdn, is_wildcard_domain, is_ip, is_cidr)}
    assert answers <= {True, False}
    assert not (is_ip(text) and is_cidr(text))
