from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's user is read or written."""
    monkeypatch.setenv("CHANCERY_AISS_HOME", str(tmp_path / "aiss"))
