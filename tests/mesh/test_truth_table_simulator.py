"""Istio's own simulator answers the rows of the truth table as meshplan's rules of transport do."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.mesh.transport import Circumstances, Mode, outcome
from tests.mesh.simulator import judged
from tests.mesh.truth_table_worlds import Row, rows, world


@pytest.mark.parametrize("mode", list(Mode))
def test_the_truth_table_by_istio_itself(mode: Mode, simulator: Path) -> None:
    wanted = rows(mode)
    ((_, answers),) = judged(simulator, [world(mode, wanted)])
    seen = {row.id: (answers[row.id]["outcome"], answers[row.id]["encrypted"]) for row in wanted}
    assert seen == {row.id: _expected(row) for row in wanted}


def _expected(row: Row) -> tuple[str, str]:
    # Whoever speaks TLS calls an application that serves it; of TLS that a proxy adds nothing is known.
    known = Circumstances(port_class=row.port_class, app_serves_tls=row.caller == "none_tls" or None)
    found = outcome(row.caller, row.callee, row.mode, row.tls, known)
    return found.outcome, found.encrypted
