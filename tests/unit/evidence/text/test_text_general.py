"""Files of no particular product: INI, TOML, HCL, code, directives, and what stands beside an address."""

from __future__ import annotations

import json

import pytest

from evidence.text.seen import calls, left_out

FILES = {
    "pgbouncer": ("x.ini", "[databases]\n* = host=pg port=5433 dbname=x\n", ("pg", 5433, "postgres", 2)),
    "pgpool": (
        "x.conf",
        "backend_hostname0 = 'pg-0'\nbackend_port1 = 1\nbackend_port0 = 5433\n",
        ("pg-0", 5433, "", 1),
    ),
    "kafka": ("x.properties", "zookeeper.connect=zk-0.zk:2181/kafka\n", ("zk-0.zk", 2181, "zookeeper", 1)),
    "kafka-bare": ("x.properties", "zookeeper.connect=zk\n", ("zk", None, "zookeeper", 1)),
    "connect": ("x.properties", "bootstrap.servers=broker:9093\n", ("broker", 9093, "kafka", 1)),
    "zookeeper": ("zoo.cfg", "server.1=zk-0.zk:2888:3888;2181\n", ("zk-0.zk", 2888, "", 1)),
    "sentinel": ("s.conf", "sentinel monitor main store 6379 2\n", ("store", 6379, "redis", 1)),
    "php-define": ("c.php", "<?php\ndefine('DB_HOST', 'db:3307');\n", ("db", 3307, "", 2)),
    "php-array": (
        "c.php",
        "$databases['a']['b'] = ['host' => 'db', 'port' => '3306', 'driver' => 'mysql'];\n",
        ("db", 3306, "mysql", 1),
    ),
    "python-dict": ("s.py", "D = {\n  'a': {\n    'HOST': 'db',\n    'PORT': '5433',\n  }\n}\n", ("db", 5433, "", 3)),
    "python-call": (
        "s.py",
        "D = {\n  'R_HOST': os.getenv('R_HOST', 'cache'),\n  'R_PORT': int(os.getenv('R_PORT', 6379)),\n}\n",
        ("cache", 6379, "", 2),
    ),
    "python-calls-over-lines": (
        "s.py",
        "A = os.getenv(\n  'A',\n  'http://cart:80'\n)\nB = 1\n",
        ("cart", 80, "http", 3),
    ),
    "python-f-string": (
        "s.py",
        "U = f\"redis://{env('R_HOST', 'cache')}:{env('R_PORT', '6379')}/1\"\n",
        ("cache", 6379, "redis", 1),
    ),
    "javascript": ("c.js", "const c = { db: { host: 'db', port: 5433 } };\n", ("db", 5433, "", 1)),
    "javascript-default": (
        "c.js",
        "module.exports = {\n  redis: {\n    host: process.env.R || 'cache',\n    port: 6379,\n  },\n};\n",
        ("cache", 6379, "redis", 3),
    ),
    "ruby": ("g.rb", "app['db_host'] = 'db'\napp['db_port'] = 5433\n", ("db", 5433, "", 1)),
    "ruby-template": (
        "database.yml",
        "p:\n  host: <%= ENV['H'] || 'db' %>\n  port: <%= ENV.fetch('P', 5433) %>\n",
        ("db", 5433, "", 2),
    ),
    "hcl": ("v.hcl", 'storage "consul" {\n  address = "consul:8500"\n}\n', ("consul", 8500, "", 2)),
    "vcl": (
        "d.vcl",
        'backend a {\n  .host = "a";\n  .port = "1000";\n}\nbackend b {\n  .host = "cart";\n  .port = "2000";\n}\n',
        ("cart", 2000, "", 6),
    ),
    "vector": (
        "v.toml",
        '[sinks.k]\ntype = "kafka"\naddress = "k-0:9093"\n',
        ("k-0", 9093, "kafka", 3),
    ),
    "minio": ("m.env", "V=http://store-{0...3}.store:9000/d\n", ("store-0.store", 9000, "http", 1)),
    "rsyslog": ("r.conf", '*.* action(type="omfwd" target="sink" port="514")\n', ("sink", 514, "", 1)),
    "remote": ("l.conf", "remoteHost: sink\nport: 12201\n", ("sink", 12201, "", 1)),
    "dotnet": ("a.json", '{\n "Bus": {"HostName": "mq", "Port": 5673}\n}\n', ("mq", 5673, "", 2)),
    "one-line": ("a.json", json.dumps({"a": [{"Host": "cart", "Port": 81}]}), ("cart", 81, "", 1)),
    "quoted-file": (
        "a.json",
        json.dumps({"conf": "# some settings\nredis:\n  host: cache\n  port: 6379\n"}),
        ("cache", 6379, "redis", 1),
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_file(kind):
    name, text, expected = FILES[kind]
    assert expected in calls(name, text)


LEFT_OUT = {
    "listener-hcl": ('listener "tcp" {\n  address = "cart:8200"\n}\n', "an address to listen on"),
    "listeners-kafka": ("advertised.listeners=PLAINTEXT://cart:9092\n", "an address to listen on"),
    "off": ("tracing:\n  enabled: false\n  url: http://cart:9411\n", "switched off by enabled: false"),
    "cors": ("cors:\n  origins: ['http://cart:3000']\n", "a name under which others reach it"),
    "redirect": ("redirect_url = http://cart:80/cb\n", "a name under which others reach it"),
    "issuer": ("issuer: http://cart:5556/dex\nstaticClients: []\nstorage: {}\n", "a name under which others reach it"),
    "sign-in": ("auth_url = http://cart/auth\ntoken_url = http://sso/token\n", "called by the browser"),
    "page": ("<!DOCTYPE html>\n<html><a href='http://cart:80/x'>x</a></html>\n", "in a page for the browser"),
    "bucket": ("location: s3://cart/logs\n", "s3:// names no host"),
    "link": ("docs: http://cart:80/manual\n", "a link for people"),
    "dns-names": ("dnsNames:\n- cart:443\n", "a name in a certificate"),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_is_no_call_stays_visible_with_its_reason(kind):
    text, reason = LEFT_OUT[kind]
    assert left_out("app.conf", text)["cart"] == reason
    assert not [found for found in calls("app.conf", text) if found[0] == "cart"]


@pytest.mark.parametrize(
    "text",
    [
        "/* http://cart:80 */\n * cart:80\n",
        "<!-- <a><host>cart</host></a>\n<b>http://cart:80</b> --><c>x</c><d e='f'></d>\n",
        "host: cart\nport: many\n" * 0 + "x: 1.2.3:80\nimage: team/cart:8080\n",
        "layers: cart\nlevel: 8080\n",
    ],
)
def test_no_address(text):
    assert not [found for found in calls("app.xml", text) if found[0] == "cart"]


def test_an_example_stays_visible_and_is_no_call():
    text = "# cart:80\nurl: http://cart:80\nhost: db\n"
    assert left_out("_example", text) == {"cart": "an example", "db": "an example"}
    assert calls("_example", text) == []


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("url: http://${HOST}:80\n", "given"),
        ("url: http://${HOST:-other}:80\n", "given"),
        ("url: http://${NONE:-other}:80\n", "other"),
        ("url: http://${NONE:${HOST}}:80\n", "given"),
        ("url: http://${env:HOST}:80\n", "given"),
        ("url: http://{$HOST}:80\n", "given"),
        ("url: http://$HOST:80\n", "given"),
        ("url: http://$(HOST):80\n", "given"),
        ("url: http://$__env{HOST}:80\n", "given"),
        ("url: http://${NONE}:80\n", None),
    ],
)
def test_variables_of_the_container(text, host):
    assert [found[0] for found in calls("a.conf", text, {"HOST": "given"})] == ([host] if host else [])
