"""Network storage: the node mounts it, not the pod, so the caller is the kubelet.

Source: kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume (nfs, iscsi, cephfs, rbd);
kubernetes-csi/csi-driver-nfs and csi-driver-smb (`volumeAttributes` server, source).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.patterns import each
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.text import addresses
from planner.evidence.world import World
from planner.model.fields import Path, maps_at
from planner.model.objects import KubeObject
from planner.model.refs import KUBELET

READER = "probes"
_SERVERS = {
    "nfs.server": (2049, "nfs"),
    "iscsi.targetPortal": (3260, "tcp"),
    "cephfs.monitors[]": (6789, "tcp"),
    "rbd.monitors[]": (6789, "tcp"),
    "csi.volumeAttributes.server": (2049, "nfs"),
    "csi.volumeAttributes.source": (445, "smb"),
}
KINDS = ("PersistentVolume",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the servers of volumes that pods name themselves and of PersistentVolumes."""
    for workload in world.inventory.variants:
        for index, volume in maps_at(workload.pod_spec, "volumes"):
            yield from _servers(workload.object, volume, (*workload.template_path, "spec", "volumes", index))
    for obj in world.inventory.of_kind("PersistentVolume"):
        yield from _servers(obj, obj.raw.get("spec"), ("spec",))


def _servers(obj: KubeObject, volume: object, base: Path) -> Iterator[Sighting]:
    for pattern, (port, protocol) in _SERVERS.items():
        for path, text in each(volume, pattern):
            address = _address(text, port) if isinstance(text, str) else None
            if address:
                evidence = cite(READER, obj, (*base, *path), confidence.CUSTOM_KNOWN, text)
                yield Sighting(KUBELET, address, evidence, None, protocol, namespace=obj.ref.namespace)


def _address(text: str, port: int) -> Address | None:
    for address in addresses.in_line(text):
        return address
    bare = addresses.bare(text.removeprefix("//").partition("/")[0])
    return Address(bare.host, port, "", text, form=Form.SPLIT) if bare else None
