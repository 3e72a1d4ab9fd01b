"""Who may read which kind. Every member of a rule is enforced."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from .artifact import ArtifactKind, ArtifactMetadata
from .errors import PolicyViolationError

_HOUR = 3600.0


@dataclass(frozen=True)
class ArtifactPolicy:
    """An empty list of bundles allows every caller, as in the package."""

    kind: ArtifactKind
    allowed_bundle_ids: Sequence[str] = ()
    require_biometric: bool = False
    max_uses_per_hour: int | None = None

    def __post_init__(self) -> None:
        if self.max_uses_per_hour is not None and self.max_uses_per_hour < 0:
            raise ValueError("a number of uses is not negative")


class AccessPolicy:
    def __init__(self) -> None:
        self._rules: dict[ArtifactKind, ArtifactPolicy] = {}
        self._uses: dict[str, deque[float]] = {}

    def add(self, rule: ArtifactPolicy) -> AccessPolicy:
        """A second rule of a kind replaces the first."""
        self._rules[ArtifactKind(rule.kind)] = rule
        return self

    def check(self, metadata: ArtifactMetadata, caller_bundle_id: str, *, present: bool = False) -> None:
        """Passes and counts a use, or raises `PolicyViolationError`. `present`: whoever calls has just proven to be there."""
        rule = self._rules.get(metadata.kind)
        if rule is None:
            return
        if rule.allowed_bundle_ids and caller_bundle_id not in rule.allowed_bundle_ids:
            raise PolicyViolationError(f"caller {caller_bundle_id} not allowed to read {metadata.kind.value}")
        if rule.require_biometric and not present:
            raise PolicyViolationError(f"{metadata.kind.value} is read by somebody who is present")
        if rule.max_uses_per_hour is not None:
            uses, moment = self._uses.setdefault(metadata.artifact_id, deque()), time.monotonic()
            while uses and uses[0] <= moment - _HOUR:
                uses.popleft()
            if len(uses) >= rule.max_uses_per_hour:
                raise PolicyViolationError(f"{metadata.name} was read {len(uses)} times in an hour")
            uses.append(moment)
