"""Every error of the tree has one exit code, and `trustspace --help` says what it means."""

import pytest

from trustspace import errors
from trustspace.apps.cli import EPILOG
from trustspace.apps.exit_codes import ExitCode, exit_code_of
from trustspace.errors import ContractRefused, InvalidCredential, TrustspaceError

DOCUMENTED = {
    errors.InvalidTable: ExitCode.MISUSE,
    errors.InvalidInvoice: ExitCode.MISUSE,
    errors.InvalidPlan: ExitCode.MISUSE,
    errors.InvalidKey: ExitCode.MISUSE,
    errors.InvalidBundle: ExitCode.MISUSE,
    errors.InvalidDeployment: ExitCode.MISUSE,
    errors.OutOfRange: ExitCode.MISUSE,
    errors.UsageError: ExitCode.MISUSE,
    errors.SignerMissing: ExitCode.MISUSE,
    errors.AuditMismatch: ExitCode.NEGATIVE,
    errors.ChainUnreachable: ExitCode.UNREACHABLE,
    errors.WrongChain: ExitCode.UNREACHABLE,
    errors.ContractMissing: ExitCode.UNREACHABLE,
    errors.ToolMissing: ExitCode.UNREACHABLE,
    errors.ContractRefused: ExitCode.REFUSED,
    errors.MissingParty: ExitCode.PROTOCOL,
    errors.MaskReuse: ExitCode.PROTOCOL,
    errors.SourcesChanged: ExitCode.PROTOCOL,
    errors.CommitmentMismatch: ExitCode.PROTOCOL,
    errors.TooFewParties: ExitCode.PROTOCOL,
}


def kinds(root: type[TrustspaceError] = TrustspaceError) -> list[type[TrustspaceError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


def an(error: type[TrustspaceError]) -> TrustspaceError:
    if error is ContractRefused:
        return ContractRefused("Registry", "Refused", {})
    return InvalidCredential("wrong", reason="Wrong") if error is InvalidCredential else error("wrong")


@pytest.mark.parametrize(("error", "code"), DOCUMENTED.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_exit_code__of_an_error__is_the_documented_one(error: type[TrustspaceError], code: ExitCode) -> None:
    assert exit_code_of(an(error)) is code


@pytest.mark.parametrize("error", kinds(), ids=lambda kind: kind.__name__)
def test_exit_code__of_any_error_in_the_tree__is_a_failure(error: type[TrustspaceError]) -> None:
    assert exit_code_of(an(error)) not in {ExitCode.OK, ExitCode.INTERRUPTED}


def test_help__names_every_exit_code() -> None:
    for code in ExitCode:
        assert f" {int(code)} " in f" {EPILOG} "
