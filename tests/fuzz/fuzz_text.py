"""Coverage-guided fuzzing of the readers of text; not part of the tests, see docs/testing.md.

    pip install atheris
    python tests/fuzz/fuzz_text.py SEEDS -max_total_time=3600 -timeout=10 -artifact_prefix=found/

What it finds goes to `tests/fuzz/cases/`, where `tests/unit/evidence/test_fuzz_cases.py` replays it for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["planner.evidence.text", "planner.checks.proxies", "planner.evidence.hosts"]):
    from tests.fuzz.targets import everything

if __name__ == "__main__":
    atheris.Setup(sys.argv, everything)
    atheris.Fuzz()
