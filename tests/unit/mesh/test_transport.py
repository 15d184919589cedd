"""The rules of transport reproduce the truth table row by row, and know what the table leaves out."""

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.transport import CalleeKind, CallerKind, Circumstances, Mode, Outcome, TlsMode, outcome
from planner.mesh.transport_notes import NOTES

TABLE = Path(__file__).parents[3].parent / "shared/reference/mtls-truth-table.csv"


def test_truth_table() -> None:
    if not TABLE.exists():
        pytest.skip(f"the truth table is not beside the project: {TABLE.name}")
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 660
    wrong = []
    for row in rows:
        mode = Mode.PERMISSIVE if row["callee_peer_auth"] == "NA" else Mode(row["callee_peer_auth"])
        found = outcome(
            CallerKind(row["caller"]), CalleeKind(row["callee"]), mode, TlsMode(row["destination_rule_tls"])
        )
        expected = row["outcome"], row["encrypted"], row["client_side_routing_applies"]
        if (found.outcome, found.encrypted, found.routing) != expected:
            wrong.append((row, found))
    assert not wrong, f"{len(wrong)} rows differ, the first: {wrong[0]}"


# A few rows by heart, so that the test has teeth where the table is absent.
@pytest.mark.parametrize(
    ("caller", "callee", "mode", "tls", "expected"),
    [
        ("sidecar", "sidecar", "PERMISSIVE", "unset", "ok mtls yes"),
        ("sidecar", "sidecar", "STRICT", "DISABLE", "fail na yes"),
        ("sidecar", "none", "STRICT", "ISTIO_MUTUAL", "fail na yes"),
        ("sidecar", "mixed_clusterip", "STRICT", "unset", "ok partial yes"),
        ("sidecar", "mixed_headless", "STRICT", "unset", "conditional no yes"),
        ("sidecar", "mixed_headless", "PERMISSIVE", "ISTIO_MUTUAL", "conditional mtls yes"),
        ("gateway", "sidecar", "DISABLE", "SIMPLE", "conditional tls gateway_only"),
        ("sidecar_passthrough", "sidecar", "STRICT", "unset", "fail na no"),
        ("none", "ambient", "DISABLE", "unset", "ok no no"),
        ("none", "sidecar", "STRICT", "unset", "fail na no"),
        ("none_tls", "none", "STRICT", "unset", "ok tls no"),
        ("ambient", "sidecar_no_hbone", "STRICT", "unset", "fail na no"),
        ("ambient", "ambient_waypoint", "STRICT", "MUTUAL", "conditional hbone waypoint"),
        ("sidecar", "external", "PERMISSIVE", "unset", "ok no yes"),
    ],
)
def test_anchor_rows(caller: str, callee: str, mode: str, tls: str, expected: str) -> None:
    found = outcome(CallerKind(caller), CalleeKind(callee), Mode(mode), TlsMode(tls))
    assert f"{found.outcome} {found.encrypted} {found.routing}" == expected


def ask(caller: CallerKind, callee: CalleeKind, mode: Mode, tls: TlsMode = TlsMode.UNSET, **facts: object) -> Outcome:
    return outcome(caller, callee, mode, tls, Circumstances(**facts))  # type: ignore[arg-type]


SIDECAR, NONE_TLS = CallerKind.SIDECAR, CallerKind.NONE_TLS


def test_disabled_namespace_with_a_strict_workload_always_fails() -> None:
    found = ask(SIDECAR, CalleeKind.SIDECAR, Mode.STRICT, service_mode=Mode.DISABLE)
    assert (found.outcome, found.note_key) == ("fail", "strict-plaintext")


def test_disabled_workload_under_a_permissive_namespace_is_respected_unless_headless() -> None:
    with_ip = ask(SIDECAR, CalleeKind.SIDECAR, Mode.DISABLE, service_mode=Mode.PERMISSIVE)
    assert (with_ip.outcome, with_ip.encrypted) == ("ok", "no")
    headless = ask(SIDECAR, CalleeKind.SIDECAR, Mode.DISABLE, service_mode=Mode.PERMISSIVE, headless=True)
    assert (headless.outcome, headless.note_key) == ("fail", "mtls-to-disabled")
    repaired = ask(
        SIDECAR, CalleeKind.SIDECAR, Mode.DISABLE, TlsMode.DISABLE, service_mode=Mode.PERMISSIVE, headless=True
    )
    assert repaired.outcome == "ok"


def test_headless_with_every_pod_injected_has_mtls() -> None:
    found = ask(SIDECAR, CalleeKind.SIDECAR, Mode.STRICT, headless=True)
    assert (found.outcome, found.encrypted) == ("ok", "mtls")


def test_sidecar_to_headless_ambient_is_plaintext_but_a_gateway_tunnels() -> None:
    plain = ask(SIDECAR, CalleeKind.AMBIENT, Mode.PERMISSIVE, headless=True)
    assert (plain.outcome, plain.encrypted) == ("ok", "no")
    assert ask(SIDECAR, CalleeKind.AMBIENT, Mode.STRICT, headless=True).outcome == "fail"
    assert ask(CallerKind.GATEWAY, CalleeKind.AMBIENT, Mode.STRICT, headless=True).encrypted == "hbone"


def test_without_auto_mtls_strict_fails() -> None:
    assert ask(SIDECAR, CalleeKind.SIDECAR, Mode.PERMISSIVE, auto_mtls=False).encrypted == "no"
    assert ask(SIDECAR, CalleeKind.SIDECAR, Mode.STRICT, auto_mtls=False).outcome == "fail"


@pytest.mark.parametrize("callee", list(CalleeKind))
def test_registry_only_stops_what_matches_no_service(callee: CalleeKind) -> None:
    found = ask(CallerKind.PASSTHROUGH, callee, Mode.PERMISSIVE, registry_only=True)
    assert (found.outcome, found.note_key) == ("fail", "registry-only")


def test_foreign_tls_is_decided_by_the_port_and_the_application() -> None:
    def call(**facts: object) -> Outcome:
        return ask(NONE_TLS, CalleeKind.SIDECAR, Mode.PERMISSIVE, **facts)

    assert call().missing == "whether the port is declared HTTP and whether the application serves TLS on the port"
    assert call(port_class="http").note_key == "foreign-tls-on-http-port"
    assert call(port_class="tls").missing == "whether the application serves TLS on the port"
    assert call(port_class="tls", app_serves_tls=True).outcome == "ok"
    assert call(port_class="tls", app_serves_tls=False).outcome == "fail"
    assert call(app_serves_tls=False).outcome == "fail"
    assert call(app_serves_tls=True).missing == "whether the port is declared HTTP"


def test_an_application_that_speaks_tls_behind_a_sidecar() -> None:
    tls = {"app_speaks_tls": True, "app_serves_tls": True}
    assert ask(SIDECAR, CalleeKind.SIDECAR, Mode.STRICT, port_class="tls", **tls).encrypted == "mtls"
    assert ask(SIDECAR, CalleeKind.NONE, Mode.STRICT, port_class="tls", **tls).encrypted == "tls"
    # The caller's sidecar lets TLS on a port for HTTP fall through, past every rule.
    assert ask(SIDECAR, CalleeKind.NONE, Mode.STRICT, port_class="http", **tls).note_key == "passthrough"
    assert ask(SIDECAR, CalleeKind.SIDECAR, Mode.PERMISSIVE, port_class="http", **tls).outcome == "fail"
    closed = {**tls, "registry_only": True}
    assert ask(SIDECAR, CalleeKind.NONE, Mode.STRICT, port_class="http", **closed).note_key == "registry-only"
    assert ask(SIDECAR, CalleeKind.NONE, Mode.STRICT, TlsMode.SIMPLE, port_class="tls", **tls).note_key == "double-tls"
    assert ask(CallerKind.PASSTHROUGH, CalleeKind.SIDECAR, Mode.PERMISSIVE, port_class="http", **tls).outcome == "fail"


def test_a_missing_pod_is_named() -> None:
    found = outcome(CallerKind.NONE, CalleeKind.MIXED_CLUSTERIP, Mode.STRICT)
    assert (found.note_key, found.missing) == ("depends-on-pod", "which pod is hit")


CIRCUMSTANCES = st.builds(
    Circumstances,
    headless=st.booleans(),
    service_mode=st.none() | st.sampled_from(Mode),
    auto_mtls=st.booleans(),
    registry_only=st.booleans(),
    port_class=st.sampled_from([None, "http", "tls", "tcp", "auto"]),
    app_serves_tls=st.sampled_from([None, True, False]),
    app_speaks_tls=st.booleans(),
)


@given(
    st.sampled_from(CallerKind),
    st.sampled_from(CalleeKind),
    st.sampled_from(Mode),
    st.sampled_from(TlsMode),
    CIRCUMSTANCES,
)
def test_laws(caller: CallerKind, callee: CalleeKind, mode: Mode, tls: TlsMode, known: Circumstances) -> None:
    found = outcome(caller, callee, mode, tls, known)
    assert found.reason
    assert (found.outcome == "conditional") == bool(found.missing)
    assert (found.outcome == "fail") == (found.encrypted == "na")
    in_mesh = callee in {CalleeKind.SIDECAR, CalleeKind.SIDECAR_NO_HBONE, CalleeKind.AMBIENT}
    if mode is Mode.STRICT and in_mesh and found.outcome != "fail":
        assert found.encrypted in {"mtls", "hbone"}
    if caller is CallerKind.NONE:
        assert found == outcome(caller, callee, mode, TlsMode.UNSET, known)


def test_every_note_is_used() -> None:
    facts = [
        Circumstances(),
        Circumstances(auto_mtls=False, registry_only=True),
        Circumstances(app_speaks_tls=True, port_class="http", app_serves_tls=True),
        Circumstances(app_speaks_tls=True, port_class="tls", app_serves_tls=False, headless=True),
    ]
    used = {
        outcome(caller, callee, mode, tls, known).note_key
        for caller, callee, mode, tls, known in product(CallerKind, CalleeKind, Mode, TlsMode, facts)
    }
    # These two explain how a call is sent, and some fact of the receiving side always outranks them.
    assert NOTES.keys() - used <= {"tls-origination", "waypoint-tls"}
    assert used <= NOTES.keys()
