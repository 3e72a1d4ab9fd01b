from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scene import House, Scene

    import chancery

# CrewAI reports to its makers unless it is told not to.
os.environ.update(CREWAI_DISABLE_TELEMETRY="true", CREWAI_TRACING_ENABLED="false", OTEL_SDK_DISABLED="true")


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    from scene import House

    made = House()
    yield made
    made.close()


@pytest.fixture
def scene(house: House) -> Scene:
    from scene import Scene

    return Scene(house)


@pytest.fixture
def gone(tmp_path: Path) -> chancery.Client:
    """A client of a daemon that is not there."""
    import chancery

    return chancery.connect(tmp_path / "nobody", agent="worker")
