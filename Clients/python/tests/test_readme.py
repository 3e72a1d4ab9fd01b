"""The examples of the README, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
EXAMPLES = re.findall(r"```python\n(.*?)```", (PACKAGE / "README.md").read_text(), re.S)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_readme_runs(number, tmp_path):
    file = tmp_path / "example.py"
    file.write_text(EXAMPLES[number])
    environment = dict(os.environ, PYTHONPATH=str(PACKAGE / "src"), HOME=str(tmp_path))
    done = subprocess.run(
        [sys.executable, file], env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip(), "an example shows something"


def test_there_are_examples():
    assert len(EXAMPLES) >= 3
