"""The Python package's bridges with the real frameworks, each in an environment of its own: they do not agree on what they need."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, check, require

PACKAGE = ROOT / "Clients/python"
PINS = ROOT / "scripts/interop/bridges"


def environment(name):
    """The interpreter of an environment with what NAME.txt pins; made once for each text of it."""
    pins = PINS / f"{name}.txt"
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"chancery-bridges-{os.getuid()}" / f"{name}-{digest}"
    if not (folder / "ready").exists():
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        require(folder.parent.stat().st_uid == os.getuid(), f"{folder.parent} is somebody else's")
        print(f"installing what is listed in {pins} into {folder}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", pins]
        subprocess.run(pip, check=True)
        (folder / "ready").touch()
    return folder / "bin/python"


def run(workshop, python, tests):
    """Runs tests in the package's folder; every one of them, none skipped."""
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(workshop.folder),
        "TMPDIR": str(workshop.folder),
        "CHANCERY_BIN": str(ROOT / ".build/release/chancery"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [python, "-B", "-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=PACKAGE, env=given, capture_output=True, text=True, timeout=540)
    require(done.returncode == 0, (done.stdout + done.stderr)[-6000:])
    require("skipped" not in done.stdout.splitlines()[-1], f"not every test ran: {done.stdout[-400:]}")


@check("bridges: plain functions behind the gate, and a gate that lies")
def _(workshop):
    run(workshop, sys.executable, [f"tests/bridges/test_{name}.py" for name in ("audited_calls", "generic", "liars")])


@check("bridges: LangChain and AutoGen, and one session of both")
def _(workshop):
    names = ("test_langchain", "test_autogen", "test_models", "test_session")
    run(workshop, environment("langchain"), [f"tests/bridges/{name}.py" for name in names])


@check("bridges: CrewAI")
def _(workshop):
    run(workshop, environment("crewai"), ["tests/bridges/test_crewai.py"])


@check("bridges: the official client of the Model Context Protocol")
def _(workshop):
    run(workshop, environment("mcp"), ["tests/bridges/test_mcp.py"])
