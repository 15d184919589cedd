"""The measuring of steps, in a process without threads, because the harness forks."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json
from dataclasses import asdict
from benchmarks.harness import run_chain

def grow(_):
    return bytearray(80 * 1024 * 1024)

def fail(_):
    raise ValueError("no such thing")

chain = [("small", lambda _: 40), ("passed on", lambda value: print(value + 2, flush=True)), ("large", grow)]
print(json.dumps([[asdict(m) for m in run_chain(c)] for c in (chain, [("bad", fail), ("never", grow)])]))
"""


def test_each_step_is_measured_and_a_fault_ends_the_chain() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    said, report = done.stdout.splitlines()
    good, bad = json.loads(report)
    assert said == "42"
    assert [one["step"] for one in good] == ["small", "passed on", "large"]
    assert good[2]["peak"] - good[1]["peak"] > 60
    assert good[0]["peak"] <= good[1]["peak"]
    assert all(one["wall"] >= 0 and not one["fault"] for one in good)
    assert [(one["step"], one["fault"]) for one in bad] == [("bad", "no such thing")]
