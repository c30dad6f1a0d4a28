"""The SDK as a bank's program uses it: `from trustspace import Space`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import trustspace
from trustspace import CertificateId, Reason, Space, TrustspaceError
from trustspace.adapters.chain.rpc import Timeouts
from trustspace.domain.batches import InvoiceStatus
from trustspace.errors import (
    ChainUnreachable,
    ContractMissing,
    ContractRefused,
    InvalidDeployment,
    SignerMissing,
    UsageError,
    WrongChain,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.apps.office import Office

UNKNOWN = CertificateId(b"\x77" * 32)
IMPATIENT = Timeouts(connect=0.5, answer=1, receipt=1, retries=0)


def test_package__everything_it_promises__is_there() -> None:
    for name in trustspace.__all__:
        assert getattr(trustspace, name) is not None
    with pytest.raises(AttributeError, match="Spaces"):
        _ = trustspace.Spaces


def test_space__verify__reason_grade_and_block(desk: Office, certificate: CertificateId) -> None:
    verdict = desk.space().verify(certificate)
    assert (verdict.reason, verdict.valid, verdict.certificate) == (Reason.OK, True, certificate)
    assert verdict.grade.name in "ABCDE"
    assert verdict.as_of_block == desk.kit.node.block_number()


def test_space__verify_many__in_the_order_asked(desk: Office, certificate: CertificateId) -> None:
    other = desk.issue(1)
    verdicts = desk.space().verify_many([UNKNOWN, other, certificate, other])
    assert [verdict.certificate for verdict in verdicts] == [UNKNOWN, other, certificate, other]
    assert [verdict.valid for verdict in verdicts] == [False, True, True, True]
    assert desk.space().verify_many([]) == ()


def test_space__deployment_as_path_text_or_object__same_space(office: Office) -> None:
    for deployment in (office.deployment, str(office.deployment), office.kit.deployment):
        space = Space.connect(office.kit.url, deployment=deployment)
        assert space.deployment == office.kit.deployment
        assert space.verify(UNKNOWN).reason is Reason.UNKNOWN


WRITES: dict[str, Callable[[Space], Any]] = {
    "revoke": lambda space: space.certificates.revoke(UNKNOWN),
    "issue": lambda space: space.certificates.issue_many([]),
    "anchor": lambda space: space.invoices.anchor_many([]),
    "status": lambda space: space.invoices.set_status(b"\x01" * 32, 0, InvoiceStatus.VOIDED),
    "commit": lambda space: space.features.commit_many([]),
    "record": lambda space: space.agreements.record_many([]),
    "join": lambda space: space.models.join(b"\x01" * 32, b"\x02" * 32),
    "account": lambda space: space.participants.set_encryption_key(b"\x01" * 32),
    "pause": lambda space: space.certificates.pause(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_space__write_without_a_signer__signer_missing(office: Office, write: Callable[[Space], Any]) -> None:
    blocks = office.kit.node.block_number()
    with pytest.raises(SignerMissing, match="can only read") as raised:
        write(office.space())
    assert raised.value.remedy
    assert office.kit.node.block_number() == blocks


def test_space__contract_refuses__error_names_contract_error_and_arguments(
    desk: Office, certificate: CertificateId
) -> None:
    stranger = desk.kit.actors.banks[3]
    with pytest.raises(ContractRefused) as raised:
        desk.space(signer=stranger.key).certificates.revoke(certificate)
    refused = raised.value
    assert (refused.contract, refused.error) == ("CertificateRegistry", "NotEndorser")
    assert refused.arguments == {"certificate": certificate, "caller": stranger.address}
    assert refused.where == "CertificateRegistry"
    assert "NotEndorser" in str(refused)


def test_space__error_of_another_contract__named_all_the_same(desk: Office, certificate: CertificateId) -> None:
    outsider = desk.kit.actors.outsider
    with pytest.raises(ContractRefused) as raised:
        desk.space(signer=outsider.key).certificates.revoke(certificate)
    assert raised.value.error in {"UnknownAccount", "NotEndorser"}
    assert outsider.address in raised.value.arguments.values()


def test_space__with_a_signer__write_is_observed_and_typed(desk: Office, certificate: CertificateId) -> None:
    seen: list[tuple[str, int]] = []
    space = desk.space(
        signer=desk.kit.actors.banks[0].key, observe=lambda label, receipt: seen.append((label, receipt.gas_used))
    )
    receipt = space.certificates.revoke(certificate)
    assert receipt.block == desk.kit.node.block_number()
    assert [label for label, _ in seen] == ["CertificateRegistry.revoke"]
    assert space.verify(certificate).reason is Reason.REVOKED


def test_space__nothing_asked__nothing_opened() -> None:
    """A connection costs nothing: the first question finds out."""
    with pytest.raises(InvalidDeployment, match="nowhere"):
        Space.connect("http://127.0.0.1:1", deployment="nowhere.json")


def test_space__node_down__unreachable_and_named(office: Office) -> None:
    space = Space.connect("http://127.0.0.1:1", deployment=office.deployment, timeouts=IMPATIENT)
    with pytest.raises(ChainUnreachable, match=r"127\.0\.0\.1:1") as raised:
        space.verify(UNKNOWN)
    assert raised.value.remedy


@pytest.mark.parametrize("url", ["", "localhost:8545", "ftp://node", "http://", "http:///path"])
def test_space__url_that_is_none__usage_error(office: Office, url: str) -> None:
    with pytest.raises(UsageError):
        Space.connect(url, deployment=office.deployment).verify(UNKNOWN)


@pytest.mark.parametrize("change", [{"chain_id": 7}, {"genesis_hash": "0x" + "22" * 32}], ids=["id", "genesis"])
def test_space__another_chain__wrong_chain_before_any_answer(office: Office, change: dict[str, Any]) -> None:
    space = Space.connect(office.kit.url, deployment=replace(office.kit.deployment, **change))
    with pytest.raises(WrongChain) as raised:
        space.verify(UNKNOWN)
    assert raised.value.where == office.kit.url


def test_space__no_contract_at_an_address__named(office: Office) -> None:
    deployment = office.kit.deployment
    contracts = tuple(
        replace(item, address=office.kit.actors.outsider.address) if item.name == "ModelRegistry" else item
        for item in deployment.contracts
    )
    space = Space.connect(office.kit.url, deployment=replace(deployment, contracts=contracts))
    with pytest.raises(ContractMissing, match="ModelRegistry"):
        space.verify(UNKNOWN)


def test_space__two_contracts_exchanged__not_taken_for_the_other(office: Office) -> None:
    """An address that answers with another contract gives an error, never a verdict."""
    deployment = office.kit.deployment
    swapped = {"CertificateRegistry": "InvoiceRegistry", "InvoiceRegistry": "CertificateRegistry"}
    contracts = tuple(
        replace(item, address=deployment.address(swapped.get(item.name, item.name))) for item in deployment.contracts
    )
    space = Space.connect(office.kit.url, deployment=replace(deployment, contracts=contracts))
    with pytest.raises(TrustspaceError):
        space.verify(UNKNOWN)


def test_space__imported_alone__needs_neither_web3_nor_numpy() -> None:
    check = (
        "import sys; from trustspace import Space; print([m for m in ('web3', 'numpy', 'typer') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
