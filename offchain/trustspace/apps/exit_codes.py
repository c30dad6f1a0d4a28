"""What the process answers its caller with."""

from __future__ import annotations

from enum import IntEnum

from trustspace.errors import (
    AuditMismatch,
    BadContribution,
    ChainUnreachable,
    ContractRefused,
    FalseStatement,
    InputError,
    LedgerError,
    ProtocolError,
    SignerMissing,
    ToolMissing,
    TrustspaceError,
    UsageError,
)


class ExitCode(IntEnum):
    """0 yes, 1 no, 2 the call or its input is wrong, 3 something needed is missing, 4 refused by a contract."""

    OK = 0
    NEGATIVE = 1
    MISUSE = 2
    UNREACHABLE = 3
    REFUSED = 4
    PROTOCOL = 5
    INTERRUPTED = 130


_CODES: tuple[tuple[type[TrustspaceError], ExitCode], ...] = (
    (ContractRefused, ExitCode.REFUSED),
    (SignerMissing, ExitCode.MISUSE),
    (AuditMismatch, ExitCode.NEGATIVE),
    (BadContribution, ExitCode.NEGATIVE),
    (FalseStatement, ExitCode.NEGATIVE),
    (ProtocolError, ExitCode.PROTOCOL),
    (InputError, ExitCode.MISUSE),
    (UsageError, ExitCode.MISUSE),
    (ToolMissing, ExitCode.UNREACHABLE),
    (ChainUnreachable, ExitCode.UNREACHABLE),
    (LedgerError, ExitCode.UNREACHABLE),
)


def exit_code_of(error: TrustspaceError) -> ExitCode:
    """The code for an error: the first class in the table that it belongs to."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.MISUSE)
