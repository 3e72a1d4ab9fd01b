"""Where the conformance data of the reference packages is: `CHANCERY_VECTORS`, in the repository, or beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_PLACES = [Path(__file__).parents[4] / "Tests/Vectors", Path(__file__).parents[5] / "shared/vectors"]


def load(name: str) -> Any:
    given = os.environ.get("CHANCERY_VECTORS")
    for folder in [Path(given)] if given else _PLACES:
        if (folder / name).is_file():
            return json.loads((folder / name).read_bytes())
    return pytest.skip(f"{name} is not here: set CHANCERY_VECTORS")
