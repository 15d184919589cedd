"""The list of all rules, sorted by id and written by hand; a test holds it against the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

from planner.checks.context import Context
from planner.checks.rules import (
    app_protocol_unknown,
    autoscaler_counts_the_proxy,
    bare_pod_cannot_restart,
    blind_spot,
    call_to_pod_ip_or_node_ip,
    changes_the_network,
    destination_rule_tls_without_mode,
    dns_policy_not_cluster_first,
    egress_host_without_service_entry,
    existing_mesh_object,
    external_name_service,
    grpc_web_prefix_trap,
    headless_service_mid_rollout,
    host_network_pod,
    host_port_traffic,
    http_10_proxy,
    ingress_controller_outside_mesh,
    init_container_uses_network,
    injection_label_typo,
    injection_opt_out,
    job_never_ends_with_sidecar,
    listens_on_localhost_only,
    missing_app_version_labels,
    missing_target,
    network_policy_blocks_mesh,
    one_target_port_two_protocols,
    operator_managed_workload,
    other_mesh_present,
    peer_authentication_inverted,
    pod_security_refuses_init,
    port_name_contradicts_protocol,
    port_protocol_undeclared,
    probe_port_unresolved,
    proxy_rewrites_host,
    proxy_to_look_at,
    public_name_called_inside,
    quota_or_limit_range_too_tight,
    reserved_port_taken,
    server_speaks_first,
    service_without_target,
    sidecar_settings_present,
    single_replica_restart,
    tls_on_http_named_port,
    udp_name_on_tcp_port,
    udp_port_bypasses,
    uid_of_the_proxy_taken,
    update_strategy_never_rolls,
    weak_evidence,
    webhook_served_from_mesh,
)
from planner.model.finding import Finding, Rule

MODULES: tuple[ModuleType, ...] = (
    host_network_pod,
    missing_app_version_labels,
    job_never_ends_with_sidecar,
    uid_of_the_proxy_taken,
    reserved_port_taken,
    init_container_uses_network,
    bare_pod_cannot_restart,
    update_strategy_never_rolls,
    single_replica_restart,
    probe_port_unresolved,
    dns_policy_not_cluster_first,
    pod_security_refuses_init,
    quota_or_limit_range_too_tight,
    listens_on_localhost_only,
    injection_label_typo,
    injection_opt_out,
    operator_managed_workload,
    other_mesh_present,
    autoscaler_counts_the_proxy,
    changes_the_network,
    sidecar_settings_present,
    port_protocol_undeclared,
    port_name_contradicts_protocol,
    app_protocol_unknown,
    grpc_web_prefix_trap,
    udp_name_on_tcp_port,
    server_speaks_first,
    one_target_port_two_protocols,
    udp_port_bypasses,
    headless_service_mid_rollout,
    service_without_target,
    external_name_service,
    tls_on_http_named_port,
    egress_host_without_service_entry,
    proxy_rewrites_host,
    proxy_to_look_at,
    ingress_controller_outside_mesh,
    call_to_pod_ip_or_node_ip,
    host_port_traffic,
    missing_target,
    http_10_proxy,
    public_name_called_inside,
    existing_mesh_object,
    network_policy_blocks_mesh,
    webhook_served_from_mesh,
    destination_rule_tls_without_mode,
    peer_authentication_inverted,
    blind_spot,
    weak_evidence,
)

RETIRED: tuple[str, ...] = ()
"""Ids that were used once and are never given again."""


def rules() -> tuple[Rule, ...]:
    """Return what is known of every rule."""
    return tuple(module.RULE for module in MODULES)


def checks() -> tuple[tuple[Rule, Callable[[Context], Iterator[Finding]]], ...]:
    """Return every rule with its function."""
    return tuple((module.RULE, module.check) for module in MODULES)
