"""Measure flow discovery on any folder of corpora, or fit the weights of evidence to them.

python -m benchmarks.discovery CORPORA...          # figures, calibration, time
python -m benchmarks.discovery CORPORA... --misses # and each miss by name
python -m benchmarks.discovery CORPORA... --json
python -m benchmarks.discovery fit CORPORA...      # write planner/evidence/weights.py anew
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.discovery import show
from benchmarks.discovery.fit import fit, held_out
from benchmarks.discovery.measure import Measured, measure
from benchmarks.discovery.priors import PRIORS
from benchmarks.discovery.truth import corpora

WEIGHTS = Path(__file__).parents[2] / "planner" / "evidence" / "weights.py"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code: 2 where no corpus was found."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    fitting = words[:1] == ["fit"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="a corpus, or a folder of corpora")
    parser.add_argument("--misses", action="store_true", help="name every miss")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    options = parser.parse_args(words[1:] if fitting else words)
    found = corpora(options.folders)
    if not found:
        print("error: no folder with an expected.yaml among what was given", file=sys.stderr)
        return 2
    rows = [measure(corpus) for corpus in found]
    if fitting:
        return _fit(rows)
    outside = held_out({row.corpus: row.samples for row in rows}, PRIORS) if len(rows) > 1 else []
    print(show.as_json(rows, outside) if options.json else show.as_text(rows, outside, misses=options.misses))
    return 0


def _fit(rows: Sequence[Measured]) -> int:
    samples = [sample for row in rows for sample in row.samples]
    weights = fit(samples, PRIORS)
    seen = {name for sample in samples for names in sample.grounds for name in names}
    head, _, _ = WEIGHTS.read_text(encoding="utf-8").partition("WEIGHTS: Mapping")
    lines = [f'    "{name}": {value},{"" if name in seen else "  # by judgement"}\n' for name, value in weights.items()]
    WEIGHTS.write_text(f"{head}WEIGHTS: Mapping[str, float] = {{\n{''.join(lines)}}}\n", encoding="utf-8")
    print(f"{WEIGHTS.name}: {len(seen & weights.keys())} of {len(weights)} weights fitted to {len(samples)} flows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
