"""Nothing of the original is left, and the plan is the same: measured on the sample and on every corpus."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import pipeline
from planner.mesh.well_known_tables import EDITIONS, IMAGES, NOT_A_SERVER
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from planner.sources import saved
from planner.sources.anonymise import anonymised, vocabulary
from planner.sources.read import read
from tests.conftest import ROOT

BANK = ROOT / "samples" / "bank" / "manifests"
SYSTEM = re.compile(r"kube-|istio|system:|default$|kubernetes$|cluster-admin$|admin$|edit$|view$|coredns$")
PUBLIC_KEY = re.compile(
    r"[\w.\-]*\b(?:k8s\.io|kubernetes\.io|istio\.io|prometheus\.io|helm\.sh|coreos\.com|fluxcd\.io)/"
)
HOST = re.compile(
    r"(?<![\w.\-@/])(?:[a-z0-9][a-z0-9\-]*\.)+(?:com|net|org|io|dev|local|internal|svc|cloud)(?![\w\-]|\.\w)"
)
ADDRESS = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
KNOWN_ADDRESSES = re.compile(
    r"0\.0\.0\.0|127\.|255\.255|169\.254\.169\.254|(?:10|172\.16|192\.168)(?:\.0){2,3}$|224\.0\.0\.0"
)


def strings(value: Any, keys: bool = True) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            if keys:
                yield str(key)
            yield from strings(child, keys)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child, keys)
    elif isinstance(value, str):
        yield value


def manifests(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json"):
            continue
        try:
            documents = list(yaml.load_all(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
        except (yaml.YAMLError, ValueError):
            continue
        for document in documents:
            if isinstance(document, dict):
                yield from (document["items"] if isinstance(document.get("items"), list) else [document])


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


def originals(folder: Path) -> set[tuple[str, str]]:
    """Everything that must go, with what it is, gathered from the manifests without any code of meshplan."""
    found: set[tuple[str, str]] = set()
    for raw in manifests(folder):
        metadata = raw.get("metadata") or {}
        found |= {("name", metadata.get("name")), ("namespace", metadata.get("namespace"))}
        if raw.get("kind") == "Namespace":
            found.add(("namespace", metadata.get("name")))
        for part in walk(raw):
            for field in ("labels", "matchLabels"):
                labels = part.get(field)
                for key, value in (labels if isinstance(labels, dict) else {}).items():
                    found.add(("label", str(value)))
                    if "/" not in str(key):
                        found.add(("label key", str(key)))
            image = part.get("image")
            if isinstance(image, str) and "name" in part:
                found.add(("container", part.get("name")))
                found |= {("image", piece) for piece in re.split(r"[/]", re.split(r"@|:(?!\d+/)", image)[0])}
        for text in strings(raw):
            found |= {("host", host) for host in HOST.findall(text) if not text.startswith(host + "/")}
            found |= {("address", one) for one in ADDRESS.findall(text)}
            found |= {("mail", one) for one in MAIL.findall(text)}
    return {(kind, text) for kind, text in found if isinstance(text, str) and wanted(kind, text)}


def wanted(kind: str, text: str) -> bool:
    if len(text) < 2 or text.isdigit() or SYSTEM.match(text) or (not re.search("[A-Za-z]", text) and kind != "address"):
        return False
    if kind == "address":
        return not KNOWN_ADDRESSES.match(text)
    if kind in ("label", "label key") and re.fullmatch(r"v?[\d.]+|true|false|[a-z]", text):
        return False
    return not (
        kind == "host"
        and (text in vocabulary.section("hosts") or vocabulary.is_public_domain(text) or "kubernetes.default" in text)
    )


STRUCTURE = vocabulary.KEYS | vocabulary.section("subdomains") | vocabulary.section("groups")
STRUCTURE |= {word for domain in vocabulary.DOMAINS for word in domain.split(".")}
STRUCTURE |= {word.lower() for field in vocabulary.FIELDS for word in re.findall(r"[A-Z]?[a-z]+", field)}


def words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text)}


def survivors(folder: Path, text: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]], int]:
    """Originals that occur in a text, those of them made of public words only, and how many were looked for."""
    tokens = set(re.findall(r"[a-z0-9]+", text.lower()))
    left, public = set(), set()
    sought = originals(folder)
    plain = PUBLIC_KEY.sub("", text).lower()
    for kind, original in sought:
        lowered = original.lower()
        if not set(re.findall(r"[a-z0-9]+", lowered)) <= tokens:
            continue
        if re.search(rf"(?<![a-z0-9]){re.escape(lowered)}(?![a-z0-9])", plain):
            is_public = kind not in ("host", "address", "mail") and (
                words(original) <= STRUCTURE
                or original in vocabulary.LABELS | vocabulary.section("hosts")
                or vocabulary.is_public_domain(original)
            )
            (public if is_public else left).add((kind, original))
    return left, public, len(sought)


def texts_of(snapshot: Snapshot) -> str:
    document = json.loads(saved.dump(snapshot))
    return "\n".join(strings(document))


def names_of(snapshot: Snapshot) -> set[str]:
    found = {obj.ref.name for obj in snapshot.objects} | {obj.ref.namespace for obj in snapshot.objects}
    for obj in snapshot.objects:
        for part in walk(obj.raw):
            if "image" in part and isinstance(part.get("name"), str):
                found.add(part["name"])
    return {name for name in found if name and not SYSTEM.match(name)}


def labels_of(snapshot: Snapshot) -> set[str]:
    found: set[str] = set()
    for obj in snapshot.objects:
        for part in walk(obj.raw):
            for field in ("labels", "matchLabels"):
                if isinstance(part.get(field), dict):
                    found |= {value for value in part[field].values() if isinstance(value, str)}
    return {value for value in found if re.search("[A-Za-z]{2}", value)}


def check(folder: Path) -> None:
    before = read([str(folder)])
    after = anonymised(before)
    left, public, sought = survivors(folder, texts_of(after))
    kinds = dict(sorted(Counter(kind for kind, _ in public).items()))
    print(f"{folder.parent.name}: {sought} originals, {len(left)} survive, {len(public)} public words: {kinds}")  # noqa: T201
    assert not left
    # They stand in images, names of ports, settings, fields and groups. A namespace called `web` still shows as a word.
    assert len(public) <= 0.45 * sought, sorted(public)
    # In the place of a name or of a label's value no word stays, public or not.
    kept = {
        name for name in names_of(before) & names_of(after) if not vocabulary.is_public_domain(name.partition(".")[2])
    }
    assert kept <= vocabulary.section("names")
    assert labels_of(before) & labels_of(after) <= vocabulary.section("label-values") | vocabulary.section("names")


def shape(snapshot: Snapshot, folder: Path) -> dict[str, Any]:
    file = folder / "snapshot.json"
    file.write_text(saved.dump(snapshot), encoding="utf-8")
    run = pipeline.start([str(file)], Settings(), "default", lambda *_: None)
    return {
        "namespaces": len(run.snapshot.inventory.namespaces),
        "workloads": len(run.workloads),
        "flows": Counter((str(flow.boundary), flow.protocol) for flow in run.graph.flows),
        "blind spots": len(run.graph.blind_spots),
        "findings": Counter((finding.rule, str(finding.outcome)) for finding in run.findings),
        "units": [len(phase.units) for phase in run.plan.phases],
    }


def same_shape(folder: Path, scratch: Path) -> None:
    before = read([str(folder)])
    one, other = shape(before, scratch), shape(anonymised(before), scratch)
    for what in one:
        assert one[what] == other[what], what


def test_nothing_of_the_sample_is_left() -> None:
    check(BANK)


def test_the_sample_has_the_same_plan(tmp_path: Path) -> None:
    same_shape(BANK, tmp_path)


def test_nothing_of_the_corpora_is_left(corpora: tuple[Path, ...]) -> None:
    for corpus in corpora:
        check(corpus / "manifests")


def test_the_corpora_have_the_same_plans(corpora: tuple[Path, ...], tmp_path: Path) -> None:
    for corpus in corpora:
        same_shape(corpus / "manifests", tmp_path)


def test_the_same_bytes_twice() -> None:
    assert saved.dump(anonymised(read([str(BANK)]))) == saved.dump(anonymised(read([str(BANK)])))


def test_names_stay_valid_and_apart() -> None:
    before = read([str(BANK)])
    after = anonymised(before)
    assert len({obj.ref for obj in after.objects}) == len({obj.ref for obj in before.objects})
    for obj in after.objects:
        if obj.group in ("", "apps", "batch", "networking.k8s.io"):
            assert re.fullmatch(r"[a-z0-9]([a-z0-9.\-]{0,61}[a-z0-9])?", obj.ref.name), obj.ref
        for value in obj.labels.values():
            assert re.fullmatch(r"([A-Za-z0-9]([\w.\-]{0,61}[A-Za-z0-9])?)?", value)


def test_every_product_that_the_code_knows_is_a_public_word_of_images() -> None:
    from planner.checks.proxies import products as proxies
    from planner.plan import products

    known = {word for product in (*products._EDGE, *products._PLATFORM, *proxies._CONTROLLERS) for word in product}
    known |= {word for _, product in proxies._PROXIES for word in product} | set(EDITIONS) | set(NOT_A_SERVER)
    known |= {part for key in IMAGES for part in re.findall(r"[a-z0-9]+", key)}
    assert known <= vocabulary.IMAGE


def test_every_word_that_says_what_a_setting_is_stays() -> None:
    from planner.evidence.text import keys

    known = (
        keys._HOST_WORDS | keys._WEAK_WORDS | keys._NOT_A_HOST | keys._LISTEN | keys._EXEMPT | keys._CERTIFICATE
        | keys._PUBLIC | keys._DISPLAY | keys._LINK_WORDS | keys._PEER | keys._HINTS.keys()
    )  # fmt: skip
    assert known - vocabulary.KEYS == {"account"}  # says "no host", as any unknown word does; banks have accounts


SECRET_WORDS = st.from_regex(r"zy[a-z]{4,10}", fullmatch=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    word=SECRET_WORDS, other=SECRET_WORDS, address=st.ip_addresses(v=4), six=st.ip_addresses(v=6, network="2a00::/12")
)
def test_no_word_and_no_address_survives(word: str, other: str, address: Any, six: Any, snapshot_of: Any) -> None:
    text = f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {word}-{other}, namespace: {word}, annotations: {{{word}.example/{other}: "see {other}@{word}.de"}}}}
data:
  {other}.properties: |
    {word}.url=http://{other}.{word}.svc:8080/{word}?{other}=1
    {word.upper()}_{other.upper()}_HOST={word}-{other}
    path=/etc/{word}/{word.capitalize()}{other.capitalize()}Config.yaml
    # written by {word.capitalize()} for {other}_{word}
    to={address} and {address}/32, [{six}]:80, ip-{str(address).replace(".", "-")}.internal
"""
    result = saved.dump(anonymised(snapshot_of(text))).lower()
    assert word not in result
    assert other not in result
    assert str(six) not in result
    if not KNOWN_ADDRESSES.match(str(address)) and not str(address).startswith("0."):
        assert not re.search(rf"(?<!\d){re.escape(str(address))}(?!\d)", result)
        assert str(address).replace(".", "-") not in result


def test_addresses_stay_of_their_kind_and_in_their_ranges(snapshot_of: Any) -> None:
    text = """
apiVersion: v1
kind: ConfigMap
metadata: {name: zyaddresses}
data: {a: "10.20.0.0/16 10.20.3.4 10.20.3.5 192.168.7.8 8.8.8.8 127.0.0.1 169.254.169.254 ::1 fd00:1::2 0.0.0.0/0"}
"""
    raw = anonymised(snapshot_of(text)).objects[0].raw
    net, one, two, home, public, loop, meta, six_loop, six, every = next(iter(raw["data"].values())).split(" ")
    assert (loop, meta, six_loop, every) == ("127.0.0.1", "169.254.169.254", "::1", "0.0.0.0/0")
    assert net.endswith(".0.0/16")
    assert one.startswith(net.removesuffix("0.0/16"))
    assert one.rpartition(".")[0] == two.rpartition(".")[0]
    assert home.startswith("192.168.")
    assert int(public.split(".")[0]) >= 240
    assert six.startswith("fd")
    assert not {"10.20.3.4", "10.20.3.5", "192.168.7.8", "8.8.8.8", "fd00:1::2"} & {one, two, home, public, six}


def test_a_live_snapshot_keeps_what_it_listed_and_hides_its_context(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    before = snapshot_of("apiVersion: v1\nkind: Service\nmetadata: {name: ledger, namespace: bank}\n")
    objects = tuple(replace(obj, file="cluster:prod-frankfurt") for obj in before.objects)
    live = replace(
        before, objects=objects, listed=("NetworkPolicy", "Frankfurter"), sources=("cluster:prod-frankfurt",)
    )
    after = anonymised(live)
    assert after.listed == ("NetworkPolicy",)
    assert after.objects[0].file.startswith("cluster:") and after.anonymised
    assert "frankfurt" not in saved.dump(after).lower()
    again = saved.load(json.loads(saved.dump(after)), "a.json")
    assert again.anonymised and again.listed == after.listed
