"""Runs the `chancery` binary, for what is done beside the daemon. No shell, and no value on the command line that others
may not see."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from . import _json
from .errors import ChanceryError, Unreachable


def find() -> str:
    """CHANCERY_BIN, else what PATH has."""
    named = os.environ.get("CHANCERY_BIN")
    found = shutil.which(named) if named else shutil.which("chancery")
    if not found:
        where = f"`{named}` is no program" if named else "no `chancery` in PATH, and CHANCERY_BIN is not set"
        raise ChanceryError("client.no_binary", where)
    return os.path.abspath(found)


def run(*arguments: str, input: bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 120.0) -> tuple[int, bytes]:
    """The exit code and what went to standard output.

    Raises the error that the command states, other than a failed verification, which is a result.
    """
    command = [find(), *arguments]
    try:
        done = subprocess.run(
            command,
            input=input,
            capture_output=True,
            timeout=timeout,
            env=dict(env) if env is not None else None,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreachable("client.timeout", f"`chancery {arguments[0]}` took more than {timeout:g} seconds") from None
    except OSError as error:
        raise ChanceryError("client.no_binary", f"`{command[0]}`: {error}") from None
    if done.returncode != 0 and not (done.returncode in (3, 4) and done.stdout.strip()):
        raise stated_error(done.stderr, done.returncode)
    return done.returncode, done.stdout


def stated_error(output: bytes, code: int) -> ChanceryError:
    """`chancery: CODE: detail`, the last line of standard error."""
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.startswith("chancery: ")]
    if lines:
        stated, _, detail = lines[-1].removeprefix("chancery: ").partition(": ")
        if detail and " " not in stated:
            return ChanceryError(stated, detail)
    return ChanceryError("client.command_failed", f"exit code {code}: {output.decode('utf-8', 'replace')[-400:].strip()}")


def ask(*arguments: str, input: bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 120.0) -> Any:
    """The JSON that a command prints."""
    _, output = run(*arguments, "--json", "--quiet", input=input, env=env, timeout=timeout)
    return _json.parse(output, f"what `chancery {arguments[0]}` prints")
