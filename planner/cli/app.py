"""Builds the program from the command files, and is the one place where errors are caught."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from typer.main import get_command

from planner.cli import apply, check, explain, graph, plan, rules, scan, schema, simulate, status, undo, verify
from planner.cli.exits import Exit
from planner.errors import MeshplanError

_WORDS = {"help_option_names": ["-h", "--help"]}
_UsageFault: type[Exception] = typer.BadParameter.__bases__[0]
"""Typer's own base of usage errors; which library it comes from has changed between versions."""

app = typer.Typer(
    name="meshplan", add_completion=False, no_args_is_help=False, rich_markup_mode=None, context_settings=_WORDS
)
_COMMANDS = (
    scan.scan, graph.graph, check.check, plan.plan, simulate.simulate, explain.explain,
    apply.apply, verify.verify, status.status, undo.undo,
    rules.rules, schema.init, schema.schema, rules.version,
)  # fmt: skip
for _command in _COMMANDS:
    app.command(context_settings=_WORDS)(_command)


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Plan how a running Kubernetes cluster joins an Istio mesh, phase by phase, without an outage."""
    if context.invoked_subcommand is None:
        sys.stdout.write(_WELCOME)


_WELCOME = """\
meshplan plans how a running Kubernetes cluster joins an Istio mesh, phase by
phase, without an outage.

Try:
  meshplan plan ./manifests -d out      the whole job: plan, bundles, report
  meshplan graph ./manifests            who calls whom, and how sure that is
  meshplan check ./manifests            what stands in the way
  meshplan apply -d out                 the next step, on the cluster itself
"""


def run(arguments: list[str]) -> int:
    """Run the program and return its exit code; never raises.

    Args:
        arguments: Words after the program's name. `--debug` anywhere shows the traceback of an error.
    """
    debug = "--debug" in arguments
    words = [word for word in arguments if word != "--debug"]
    try:
        result = get_command(app).main(words, prog_name="meshplan", standalone_mode=False)
        return int(result) if isinstance(result, int) else Exit.DONE
    except typer.Exit as stop:
        return int(stop.exit_code)
    except MeshplanError as error:
        return _explain(error.message, error.hint, error.exit_code, debug)
    except _UsageFault as error:
        message = getattr(error, "format_message", error.__str__)()
        return _explain(message, "try: meshplan --help", int(Exit.USAGE), debug)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("stopped; nothing was written\n")
        return 130
    except BrokenPipeError:
        # The reader went away; what is still buffered must not fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:  # noqa: BLE001 - the last resort: one line instead of a traceback
        if debug:
            traceback.print_exc()
        sys.stderr.write(f"error: a bug in meshplan: {type(error).__name__}: {error}\n")
        sys.stderr.write(
            "hint: run it again with --debug and report what it prints, with `meshplan scan` of the input\n"
        )
        return Exit.BUG


def _explain(message: str, hint: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
    return code
