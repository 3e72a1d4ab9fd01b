"""The Python package: its own tests against the built binary, its types, and an installation from the wheel."""

import os
import subprocess
import sys
from pathlib import Path

from harness import ROOT, check, require

PACKAGE = ROOT / "Clients/python"


def python(workshop, *arguments, seconds=600, **more):
    """Runs Python in the package's folder with the built binary; what it printed."""
    environment = {
        "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        "HOME": str(workshop.folder),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "CHANCERY_BIN": str(ROOT / ".build/release/chancery"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    command = [sys.executable, "-B", *map(str, arguments)]
    done = subprocess.run(command, cwd=PACKAGE, env=environment, capture_output=True, text=True, timeout=seconds)
    require(done.returncode == 0, (done.stdout + done.stderr)[-6000:])
    return done.stdout


@check("python: the package keeps its promises against the daemon, and against a server that lies")
def _(workshop):
    said = python(workshop, "-m", "pytest", "-q", "tests", "--ignore", "tests/bridges", "--ignore", "tests/compat")
    require(" passed" in said and "skipped" not in said.splitlines()[-1], f"not every test ran: {said[-400:]}")


@check("python: the types are strict and the source is formatted")
def _(workshop):
    python(workshop, "-m", "mypy", "--cache-dir", workshop.path("mypy"))
    python(workshop, "-m", "ruff", "check", "--no-cache", "src", "tests")
    python(workshop, "-m", "ruff", "format", "--no-cache", "--check", "src", "tests")


@check("python: a wheel has every module, its types, and one dependency")
def _(workshop):
    target = workshop.path("installed")
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "--no-index")
    python(workshop, *pip, "--target", target, PACKAGE)
    code = "import chancery, pathlib; print(pathlib.Path(chancery.__file__).parent)"
    place = Path(python(workshop, "-I", "-c", f"import sys; sys.path.insert(0, {str(target)!r}); {code}").strip())
    require(place == target / "chancery", f"another package was found: {place}")
    source = {path.relative_to(PACKAGE / "src") for path in (PACKAGE / "src").rglob("*.py")}
    missing = [path for path in source | {Path("chancery/py.typed")} if not (target / path).exists()]
    require(not missing, f"the wheel lacks {missing}")
    metadata = next(target.glob("chancery-*.dist-info/METADATA")).read_text()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    require(len(needed) == 1 and "h11" in needed[0], f"the package needs {needed}")
