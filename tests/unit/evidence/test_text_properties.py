"""No text makes a reader raise or take long, whatever it is made of."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.evidence.text import addresses, config, general, placeholders, shell, syntaxes, tree, values

_NGINX = "server {|upstream a {|proxy_pass http://$a:80;|set $a $b;|map $x $y {|}|};|resolver 10.0.0.10;|listen 80;"
_ENVOY = "static_resources:|clusters:|- name: x|load_assignment:|socket_address: {address: a, port_value: 1}|hosts:"
_OTEL = (
    "receivers:|exporters:|service:|pipelines:|otlp: {endpoint: 'a:4317'}|traces: {receivers: [otlp]}|endpoint: ${A:-b}"
)
_SPRING = (
    "spring:|spring.datasource.url=jdbc:mysql://a:1/b|---|#---|spring.profiles.active=x|host: ${A:${B:c}}|%dev.a=b"
)
_GRAFANA = "datasources:|- type: postgres|  url: a:5432|  access: direct"
_FLUENT = (
    "<match **>|</match>|@type forward|<server>|host a|[OUTPUT]|[INPUT]|Name es|Host a|@SET a=${a}|pipeline:|outputs:"
)
_LOGSTASH = "input {|output {|elasticsearch { hosts => ['a:1'] }|=>|if [a] {"
_HAPROXY = "frontend f|backend b|server s a:1 check ssl|bind :80|mode http|peers p|resolvers r|nameserver d 1.1.1.1:53"
_APACHE = "ProxyPass / http://a/|RewriteRule ^ http://a/ [P]|<VirtualHost *:80>|BalancerMember ajp://a|Define A ${A}"
_SMALL = ".:53 {|forward . 1.1.1.1|a.io:80 {|reverse_proxy a:80 {$B:c}|issuer: http://a|connectors:|<!DOCTYPE html>"
_XML = (
    "<?xml version='1.0'?>|<property name='host' value='a'/>|<!--|-->|<a b='c'>|</a>|<name>x</name>|<value>y:80</value>"
)
_DATA = "{'a': {'host': 'b', 'port': 80}}|{{ if .x }}|{%|- - - -|[[[[|{{{{|&a|*a|<<: *a|? |!!x|\"|'|\\|\\n|\"a\\nb: http://c\\n\""
_DIALECTS = (
    "jdbc:oracle:thin:@//h:1521/S|mongodb+srv://u:p@a,b/c|http://[::1]:80|a:1,b:2,c|Server=tcp:a,1|dns:///a:1|r/a:10"
)
_CODE = (
    "$a['b'] = ['c' => 'd'];|define('A', 'b')|os.environ.get('A', 'b')|ENV['A']|const a = {|replicaof a 6379|@@a:514"
)
_REST = "${|$(|$((|}}|%(|<%=|%>|;|#|//|=|:|::|,|  |0|65536|\t|\x00|\u2028|\ufeff"
PIECES = "|".join(
    (_NGINX, _ENVOY, _OTEL, _SPRING, _GRAFANA, _FLUENT, _LOGSTASH, _HAPROXY, _APACHE, _SMALL, _XML, _DATA, _DIALECTS,
     _CODE, _REST)
).split("|")  # fmt: skip
NAMES = [
    "nginx.conf",
    "application.yml",
    "application-x.properties",
    "run.sh",
    "a.json",
    "_example",
    "haproxy.cfg",
    "x",
]
KNOWN = {
    "A": "a",
    "B": "$A",
    "C": "${C}",
    "SPRING_PROFILES_ACTIVE": "x,${Y}",
    "JAVA_OPTS": "-Dspring.profiles.active=q",
}
LONGEST = 1.0

fragments = st.lists(
    st.tuples(st.sampled_from(PIECES), st.sampled_from(["\n", " ", "", "\n  ", "\n    "])), max_size=60
)
structured = fragments.map(lambda parts: "".join(piece + gap for piece, gap in parts))
texts = st.one_of(structured, st.text(max_size=400))


def _timed(run) -> None:
    start = time.perf_counter()
    run()
    assert time.perf_counter() - start < LONGEST


@settings(max_examples=200)
@given(name=st.sampled_from(NAMES), text=texts)
def test_any_file_can_be_read(name, text):
    _timed(lambda: list(config.read(name, text, KNOWN)))


@settings(max_examples=200)
@given(text=texts, number=st.integers(0, len(syntaxes.ALL) - 1))
def test_any_text_can_be_read_as_any_syntax(text, number):
    _timed(lambda: list(syntaxes.ALL[number].read("application.yml", text, KNOWN) or ()))


@settings(max_examples=200)
@given(text=texts, key=st.sampled_from(["host", "url", "listen", "x", "zookeeper.connect", "", "repository"]))
def test_any_line_or_value_or_command_can_be_read(text, key):
    _timed(lambda: list(addresses.in_line(text)))
    _timed(lambda: list(values.found(key, text)))
    _timed(lambda: list(shell.read(text, KNOWN)))
    _timed(lambda: list(general.read(text, KNOWN)))
    _timed(lambda: placeholders.expand(text, KNOWN))


@settings(max_examples=200)
@given(text=texts)
def test_lines_lie_inside_the_text(text):
    count = max(1, text.count("\n") + 1 + sum(text.count(mark) for mark in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
    for name in NAMES:
        assert all(0 <= address.offset < count for address in config.read(name, text, KNOWN))


@settings(max_examples=100)
@given(text=texts)
def test_any_tree_knows_the_lines_of_its_leaves(text):
    for document in tree.documents(text):
        assert all(document.line(*path) >= 0 for path, _ in document.leaves())


@pytest.mark.parametrize("piece", PIECES)
def test_repetition_takes_no_longer_than_its_length(piece):
    for gap in ("\n", " ", ""):
        text = (piece + gap) * max(1, 20_000 // max(1, len(piece)))
        for name in ("x", "nginx.conf", "application.yml"):
            _timed(lambda text=text, name=name: list(config.read(name, text, KNOWN)))
        _timed(lambda text=text: list(addresses.in_line(text)))
        _timed(lambda text=text: list(shell.read(text, KNOWN)))
        _timed(lambda text=text: placeholders.expand(text, KNOWN))
