"""What a check of an e-invoice says: findings by rule, and whether any of them rejects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    WARNING = 0
    FATAL = 1


class Finding(NamedTuple):
    """A rule that is broken. Ids are those of EN 16931 (BR-…) where it has the rule, else begin with TS-."""

    rule: str
    message: str
    severity: Severity = Severity.FATAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Accepted when no finding is fatal."""

    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        return not any(finding.severity for finding in self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that reject, each once, in order of discovery."""
        return self._ids(Severity.FATAL)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._ids(Severity.WARNING)

    def _ids(self, severity: Severity) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.rule for finding in self.findings if finding.severity is severity))
