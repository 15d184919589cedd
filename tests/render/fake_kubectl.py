"""A cluster in one JSON file that answers as kubectl does, for the scripts' own tests.

Reading and patching is done by the real kubectl on the object's file (`patch --local`), so that templates, merge and
strategic merge are the real ones. Run as `kubectl`; environment: FAKE_STORE, FAKE_LOG, REAL_KUBECTL, FAKE_CONTEXT,
FAKE_TOOLS (folder that is the PATH inside a container), FAKE_PODS (what `get pods` prints).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

STORE = Path(os.environ["FAKE_STORE"])


def main(args: list[str]) -> int:
    with Path(os.environ["FAKE_LOG"]).open("a") as log:
        log.write(json.dumps(args) + "\n")
    if args == ["config", "current-context"]:
        sys.stdout.write(os.environ.get("FAKE_CONTEXT", "test") + "\n")
        return 0
    flags = {}
    for arg in args:
        if arg == "--":
            break
        if arg.startswith("--") and "=" in arg:
            key, _, value = arg.partition("=")
            flags[key] = value
    words = [a for a in args if not a.startswith("--")]
    if flags.get("--context") != os.environ.get("FAKE_CONTEXT", "test"):
        sys.stderr.write("wrong context" + "\n")
        return 1
    return globals()[f"do_{words[0]}"](args, words, flags)


def store() -> dict[str, Any]:
    return json.loads(STORE.read_text())


def save(state: dict[str, Any]) -> None:
    STORE.write_text(json.dumps(state))


def key(resource: str, namespace: str, name: str) -> str:
    return f"{resource.partition('.')[0]}/{namespace}/{name}"


def key_of(obj: dict[str, Any]) -> str:
    return key(obj["kind"].lower(), obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def real(obj: Any, *args: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(obj, file)
        file.flush()
        command = [os.environ["REAL_KUBECTL"], "patch", "--local", "-f", file.name, *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def named(words: list[str], flags: dict[str, str], at: int) -> str:
    resource, _, name = words[at].partition("/")
    return key(resource, flags.get("--namespace", ""), name)


def do_get(args: list[str], words: list[str], flags: dict[str, str]) -> int:
    state = store()
    if "--filename" in flags:
        wanted = key_of(yaml.safe_load(Path(flags["--filename"]).read_text()))
        sys.stdout.write(wanted if wanted in state else "")
        return 0
    if words[1] == "pods":
        sys.stdout.write(os.environ.get("FAKE_PODS", "pod-a app istio-proxy\n"))
        return 0
    found = state.get(named(words, flags, 1))
    if found is None:
        sys.stderr.write("not found" + "\n")
        return 1
    sys.stdout.write(real(found, "--type=merge", "-p", "{}", "-o", args[args.index("-o") + 1]))
    return 0


def do_patch(_args: list[str], words: list[str], flags: dict[str, str]) -> int:
    state = store()
    name = named(words, flags, 1)
    changed = real(state[name], f"--type={flags['--type']}", f"--patch-file={flags['--patch-file']}", "-o", "json")
    save(state | {name: json.loads(changed)})
    return 0


def do_create(_args: list[str], _words: list[str], flags: dict[str, str]) -> int:
    state, obj = store(), yaml.safe_load(Path(flags["--filename"]).read_text())
    if key_of(obj) in state:
        return 1
    save(state | {key_of(obj): obj})
    return 0


def do_delete(_args: list[str], _words: list[str], flags: dict[str, str]) -> int:
    state, obj = store(), yaml.safe_load(Path(flags["--filename"]).read_text())
    del state[key_of(obj)]
    save(state)
    return 0


def do_diff(_args: list[str], _words: list[str], flags: dict[str, str]) -> int:
    obj = yaml.safe_load(Path(flags["--filename"]).read_text())
    return 0 if store().get(key_of(obj)) == obj else 1


def do_rollout(*_: Any) -> int:
    return 0


def do_exec(args: list[str], _words: list[str], _flags: dict[str, str]) -> int:
    inside = args[args.index("--") + 1 :]
    tools = os.environ["FAKE_TOOLS"]
    program = Path(tools, inside[0])
    if not program.exists():
        return 127
    return subprocess.run([str(program), *inside[1:]], env={"PATH": tools}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
