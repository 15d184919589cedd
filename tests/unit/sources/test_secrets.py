"""No secret gets past reading, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

import pytest
import yaml

from planner.evidence.collect import collect
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from planner.sources import prune as pruning
from planner.sources import saved
from planner.sources.secrets import hide_credentials, scrub

X = "hunter2secret"

LEAKS = [
    f"postgres://joe:{X}@db:5432/shop",
    f"--url=amqp://joe:{X}@db,amqp://joe:{X}@db-2/v?x=1",
    f"basic\t{X}{X} http://db",
    f"--password={X}",
    f"app --token {X} --host db",
    f"-DdbPassword={X} -Dhost=db",
    f"Server=db,1433;User=sa;Password={X};Encrypt=true",
    f"Server=db;Pwd={X}",
    f"PGPASSWORD={X} psql -h db",
    f"AccountName=a;AccountKey={X}==;EndpointSuffix=core",
    f"SharedAccessKey={X}",
    f'{{"spring": {{"password": "{X}", "host": "db"}}}}',
    f'{{\\"password\\":\\"{X}\\"}}',
    f"db.password={X}",
    f"requirepass {X}",
    f"masterauth {X}",
    f"user app on >{X} ~*",
    f"sentinel auth-pass mymaster {X}",
    f"token: {X}",
    f"  client_secret: '{X}'",
    f"password: my {X} phrase",
    f"password: |\n  {X}\nhost: db",
    f"- name: DB_PASSWORD\n  value: {X}",
    f'{{"name":"DB_PASSWORD","value":"{X}"}}',
    f'<property name="password" value="{X}"/>',
    f"<password>{X}</password>",
    f"${{DB_PASSWORD:{X}}} password=${{DB_PASSWORD:-{X}}}".replace(f"${{DB_PASSWORD:{X}}} ", ""),
    f"Authorization: Bearer {X}",
    f"curl -H 'Authorization: {X}' http://db",
    f'proxy_set_header Authorization "Basic {X}";',
    f"curl -u joe:{X} http://db",
    f"root:{X}@tcp(db:3306)/shop",
    f"joe:{X}@db:5432/shop",
    f"db:6379,password={X},ssl=True",
    f"https://x.acme.io/a?X-Amz-Signature={X}&sig={X}",
    f"https://x.acme.io/a?token={X}&api_key={X}",
    f"https://api.telegram.org/bot123456:{X}/send",
    f"https://hooks.slack.com/services/T0/B0/{X}",
    f"jdbc:mysql://db:3306/shop?user=joe&password={X}&useSSL=false",
    f"jdbc:oracle:thin:joe/{X}@db:1521:XE",
    f"-----BEGIN RSA PRIVATE KEY-----\n{X}{X}\n-----END RSA PRIVATE KEY-----",
]

KEPT = [
    "http://token:8080",
    "https://npm.acme.io/@acme/cart",
    "see http://cart:8080 or mail joe@acme.io",
    "auth-token:9090",
    "registry/secret:1.2",
    "--token-file=/x",
    "--password-file /etc/x",
    "tls.key: /etc/tls/tls.key",
    "password=$(DB_PASSWORD)",
    "password: ${DB_PASSWORD}",
    "PASSWORD=$PASS cmd",
    "secretName: db",
    "token: {}",
    "tokenReview: true",
    "password: /var/run/secrets/db/password",
    "secretKeyRef: {name: db, key: password}",
    "automountServiceAccountToken: false",
    "token_ttl: 30",
    "token_url: http://auth:80/token",
    "TOKEN=http://auth:80/token",
    "proxy_pass http://cart:8080;",
    "authorization: enabled",
    "bypass: 10.0.0.1",
    "compass: north",
    "PWD=/app",
    "cart:1.2@sha256:0123456789abcdef0123456789abcdef",
    "-----BEGIN CERTIFICATE-----\nMIIBsecret\n-----END CERTIFICATE-----",
]


@pytest.mark.parametrize("text", LEAKS)
def test_a_secret_in_a_text_is_masked(text: str) -> None:
    clean = scrub(text)
    assert X not in clean
    assert "***" in clean
    assert clean.count("\n") == text.count("\n")
    assert ("db" in clean) == ("db" in text)
    assert scrub(clean) == clean


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == text


def _manifest(texts: list[str]) -> str:
    container = {
        "name": "c",
        "image": "acme/token:1.4",
        "args": ["--password", X, "--token", X, f"--api-key={X}", "--server", "http://cart:8080"],
        "env": [
            {"name": "DB_PASSWORD", "value": X},
            {"name": "ORDERS_URL", "value": f"http://orders:8080/a?token={X}&api_key={X}"},
            {"name": "DB_URL", "value": f"jdbc:mysql://mysql:3306/shop?user=joe&password={X}"},
            {"name": "HOOK_URL", "value": f"https://hooks.slack.com/services/T0/B0/{X}"},
            {"name": "BOT_URL", "value": f"https://api.telegram.org/bot123456:{X}/send"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "token", "key": "password"}}},
            *({"name": f"V{number}", "value": text} for number, text in enumerate(texts)),
        ],
        "livenessProbe": {
            "httpGet": {"port": 80, "httpHeaders": [{"name": n, "value": X} for n in ("Authorization", "X-Api-Key")]}
        },
    }
    pod = {"serviceAccountName": "token", "automountServiceAccountToken": True, "containers": [container]}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    data = {"db.password": X, "app.properties": f"redis.host=redis\nredis.port=6379\nredis.password={X}\n"}
    pod["volumes"] = [{"name": "v", "configMap": {"name": "c"}}]
    container["volumeMounts"] = [{"name": "v", "mountPath": "/etc/app"}]
    return yaml.safe_dump_all([deployment | {"spec": {"template": {"spec": pod}}}, config | {"data": data}], width=60)


def test_no_secret_reaches_the_snapshot_or_the_flows(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(_manifest(LEAKS))
    assert X not in saved.dump(snapshot)
    found = collect(snapshot, Settings())
    assert X not in json.dumps(asdict(found), default=str)
    hosts = {flow.target.text for flow in found.flows}
    assert hosts >= {
        "unknown:cart", "unknown:orders", "unknown:mysql", "unknown:redis",
        "external:hooks.slack.com", "external:api.telegram.org",
    }  # fmt: skip


def test_names_of_secrets_and_images_stay(snapshot_of: Callable[..., Snapshot]) -> None:
    text = saved.dump(snapshot_of(_manifest([])))
    assert '"image":"acme/token:1.4"' in text
    assert '"secretKeyRef":{"key":"password","name":"token"}' in text
    assert '"serviceAccountName":"token"' in text


def test_a_text_still_parses_to_the_same_shape() -> None:
    text = _manifest(LEAKS)
    before, after = yaml.safe_load_all(text), yaml.safe_load_all(hide_credentials(text))
    assert [list(one["metadata"]) for one in before] == [list(one["metadata"]) for one in after]
    assert hide_credentials(text).count("\n") == text.count("\n")


def test_conditions_of_a_job_are_kept(snapshot_of: Callable[..., Snapshot]) -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nstatus: {active: 1, conditions: [{type: Complete}]}\n"
    (obj,) = snapshot_of(job).objects
    assert obj.raw["status"] == {"conditions": [{"type": "Complete"}]}


def test_what_is_remembered_as_harmless_holds_no_secret_and_changes_no_answer() -> None:
    def pruned() -> dict[str, object]:
        raw = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"texts": [*LEAKS, *KEPT, *KEPT]}}
        pruning.prune(raw, None)
        return raw

    first = pruned()
    assert pruned() == first
    assert X not in json.dumps(first)
    assert not [text for text in pruning._HARMLESS if X in text]
    assert set(KEPT) & pruning._HARMLESS
