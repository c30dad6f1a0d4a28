"""VerifierRegistry with the package's own verifiers, on a real chain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.integration.registries.story import refuses
from trustspace.adapters.chain.anvil import AnvilOptions
from trustspace.adapters.proving.artefacts import load_artefacts
from trustspace.domain.ids import VerifierNumber
from trustspace.domain.proofs import Circuit, SetupMode
from trustspace.domain.verifiers import VerifierState
from trustspace.encoding.hashing import keccak
from trustspace.errors import LedgerError, WrongChain
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from trustspace.testing.kit import SpaceKit


@pytest.mark.parametrize("circuit", Circuit)
def test_publish__package_s_verifier__registered_and_refuses_garbage(data_space: SpaceKit, circuit: Circuit) -> None:
    artefacts, regulator = load_artefacts(), data_space.actors.regulator.verifiers
    number = regulator.publish(artefacts, circuit).value
    record = data_space.actors.outsider.verifiers.verifier(number)
    assert record is not None
    assert (record.number, record.state, record.card.circuit) == (1, VerifierState.LIVE, circuit)
    assert record.code_hash == artefacts[circuit].verifier_hash
    assert (record.card.key_hash, record.card.circuit_hash) == (
        artefacts[circuit].key_hash,
        artefacts[circuit].circuit_hash,
    )
    assert (record.card.setup_mode, record.card.setup_hash) == (SetupMode.DEV, artefacts.setup_hash)
    assert regulator.verifiers() == (record,)
    inputs = [0] * artefacts[circuit].public_inputs
    for proof in (b"", bytes(32), b"\xff" * 8_384, bytes(100_000)):
        assert regulator.verify(number, proof, inputs) is False
    assert regulator.verify(number, bytes(32), inputs[1:]) is False


def test_publish__twice__the_same_number(data_space: SpaceKit) -> None:
    regulator = data_space.actors.regulator.verifiers
    first = regulator.publish(load_artefacts(), Circuit.SCORE_CARD)
    record = regulator.verifier(first.value)
    assert record is not None
    assert regulator.register(record.card).value == first.value
    with refuses("VerifierConflict", number=1):
        regulator.register(replace(record.card, setup_hash=keccak(b"another")))


def test_withdraw__by_the_regulator__for_good(data_space: SpaceKit) -> None:
    actors = data_space.actors
    number = actors.regulator.verifiers.publish(load_artefacts(), Circuit.SCORE_CARD).value
    with refuses("AccessManagedUnauthorized", caller=actors.banks[0].address):
        actors.banks[0].verifiers.withdraw(number, keccak(b"reason"))
    actors.regulator.verifiers.withdraw(number, keccak(b"reason"))
    record = actors.outsider.verifiers.verifier(number)
    assert record is not None
    assert record.state is VerifierState.WITHDRAWN
    with refuses("VerifierIsWithdrawn", number=1):
        actors.regulator.verifiers.withdraw(number, keccak(b"again"))


def test_verifier__unknown_number__none(data_space: SpaceKit) -> None:
    assert data_space.actors.outsider.verifiers.verifier(VerifierNumber(7)) is None
    assert data_space.actors.outsider.verifiers.verifiers() == ()


def test_publish__development_set_up_elsewhere__refused_by_code_and_contract() -> None:
    with start_kit(AnvilOptions(chain_id=2024)) as kit:
        regulator, artefacts = kit.actors.regulator.verifiers, load_artefacts()
        with pytest.raises(WrongChain, match="proves nothing on chain 2024"):
            regulator.publish(artefacts, Circuit.SCORE_CARD)
        pretended = replace(artefacts, mode=SetupMode.CONSORTIUM)
        record = regulator.verifier(regulator.publish(pretended, Circuit.SCORE_CARD).value)
        assert record is not None
        deployed = regulator.deploy_verifier(artefacts[Circuit.SCORE_TREES].verifier_code).value
        with refuses("DevelopmentSetup", chainId=2024):
            regulator.register(replace(record.card, verifier=deployed, setup_mode=SetupMode.DEV))


def test_publish__chain_holds_other_code__refused(data_space: SpaceKit, monkeypatch: pytest.MonkeyPatch) -> None:
    regulator = data_space.actors.regulator.verifiers
    monkeypatch.setattr(type(data_space.node), "code", lambda *_: b"other")
    with pytest.raises(LedgerError, match="not the verifier's code"):
        regulator.publish(load_artefacts(), Circuit.SCORE_CARD)
