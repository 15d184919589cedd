"""From an address in a text to a sighting: the one place that says what its evidence is worth before resolving."""

from __future__ import annotations

from collections.abc import Mapping

from planner.evidence.ground import Ground
from planner.evidence.sighting import Address, Form, Role, Sighting, brief, cite
from planner.model.fields import Path
from planner.model.objects import KubeObject
from planner.model.refs import Ref


def sight(
    reader: str,
    source: Ref | None,
    address: Address,
    obj: KubeObject,
    path: Path,
    table: Mapping[Form, Ground],
    *,
    peer: bool = False,
    suppressed: str = "",
) -> Sighting:
    """Build the sighting of an address.

    Args:
        reader: Name of the reader.
        source: Caller, or None.
        address: What was read.
        obj: Object that holds the text.
        path: Field that holds the text.
        table: Ground by form, from `confidence`.
        peer: Whether the key speaks of members of one's own cluster.
        suppressed: Why it is no flow, where the reader knows.
    """
    late = address.role is Role.PUBLIC or (address.role is Role.DISPLAY and address.form is Form.URL)
    reason = suppressed or address.reason or ("" if late else address.role.reason)
    evidence = cite(reader, obj, path, table[address.form], brief(address.text), address.offset)
    return Sighting(source, address, evidence, suppressed=reason, peer=peer)
