"""The comparison of found flows with a truth, on a corpus small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.discovery.__main__ import main
from benchmarks.discovery.compare import FIGURES, Share, compare, samples
from benchmarks.discovery.truth import corpora, load, named
from planner.evidence.confidence import DIRECT
from planner.evidence.sighting import Form
from planner.model.flow import Boundary, Evidence, Flow
from planner.model.refs import Ref, external

MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: web
        env:
        - name: CART_URL
          value: http://cart:8080
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  ports: [{port: 8080, name: http}]
"""
TRUTH = """\
default_namespace: shop
namespaces: [{name: shop}]
flows:
- {from: shop/web, to: shop/cart, port: 8080, protocol: http, kind: internal, static: true,
   evidence: ["manifests/all.yaml:11 `value: http://cart:8080`"]}
- {from: shop/web, to: mail.example.net, port: 25, protocol: smtp, kind: egress, static: true}
- {from: shop/web, to: shop/old, port: 80, protocol: http, kind: internal, static: true, active: false}
- {from: shop/web, to: shop/*, port: 0, protocol: http, kind: internal, static: true, target_kind: wildcard}
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "one"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "all.yaml").write_text(MANIFESTS, encoding="utf-8")
    (folder / "expected.yaml").write_text(TRUTH, encoding="utf-8")
    return folder


def flow(target: Ref, port: int | None, confidence: float = 0.9, line: int = 11, protocol: str = "http") -> Flow:
    grounds = (DIRECT[Form.URL].name,)
    evidence = Evidence("environment", "all.yaml", line, "Deployment shop/web", "env", confidence, "", grounds)
    kind = Boundary.EGRESS if target.kind == "External" else Boundary.INTERNAL
    return Flow(Ref("shop", "web", "Deployment"), target, port, protocol, "", kind, confidence, (evidence,))


CART = flow(Ref("shop", "cart", "Service"), 8080)
GHOST = flow(Ref("other", "ghost", "Service"), 80)


def test_each_figure_counts_pairs(corpus: Path) -> None:
    rows = compare(load(corpus), [CART, GHOST])
    assert (rows["recall"].good, rows["recall"].of) == (1, 3)
    assert any("mail.example.net" in text for text in rows["recall"].bad)
    assert (rows["precision"].good, rows["precision"].of) == (1, 2)
    assert rows["precision"].bad == ["shop/web -> other/ghost"]
    assert all((rows[name].good, rows[name].of) == (1, 1) for name in ("port", "protocol", "boundary", "evidence"))


def test_wrong_port_protocol_and_line_are_told(corpus: Path) -> None:
    wrong = flow(Ref("shop", "cart", "Service"), 9090, line=30, protocol="redis")
    rows = compare(load(corpus), [wrong])
    assert [rows[name].good for name in ("port", "protocol", "evidence")] == [0, 0, 0]
    assert "9090" in rows["port"].bad[0]


def test_a_doubtful_flow_is_not_counted_but_calibrated(corpus: Path) -> None:
    doubtful = flow(Ref("shop", "cart", "Service"), 8080, confidence=0.3)
    truth = load(corpus)
    assert compare(truth, [doubtful])["recall"].good == 0
    assert [(s.confidence, s.right) for s in samples(truth, [doubtful, GHOST])] == [(0.9, False), (0.3, True)]


def test_a_wildcard_covers_and_what_is_switched_off_counts_for_nobody(corpus: Path) -> None:
    truth = load(corpus)
    other = flow(Ref("shop", "metrics", "Service"), 9100)
    assert truth.match(named("shop/web", "shop/metrics")) == ("shop/web", "shop/*")
    assert compare(truth, [other])["recall"].good == 1
    assert samples(truth, [flow(Ref("shop", "old", "Service"), 80)]) == []


def test_names_of_both_sides_are_the_same() -> None:
    assert named("external:kube-apiserver", "default/kubernetes") == ("cluster:kube-apiserver",) * 2
    assert named("external:client", external("api.example.net").text) == ("external:client", "api.example.net")


def test_shares_add_up() -> None:
    total = Share()
    total.add(Share(1, 2))
    total.add(Share(2, 2))
    assert (total.value, Share().value) == (0.75, 1.0)


def test_one_command_prints_all_figures(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(corpus.parent), "--misses"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*FIGURES, "Brier", "recall: shop/web -> mail.example.net"))
    assert main([str(corpus), "--json"]) == 0


def test_a_folder_without_a_truth_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert corpora([tmp_path]) == []
    assert main([str(tmp_path)]) == 2
    assert "expected.yaml" in capsys.readouterr().err


def test_a_truth_without_flows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "expected.yaml").write_text("flows: 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no list of flows"):
        load(tmp_path)
