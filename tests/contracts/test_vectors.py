"""What the package hashes off chain is what the contracts hash: shared vectors, and typed messages field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from brownie import Contract, web3
from eth_abi import encode
from eth_utils import keccak, to_checksum_address

from tests.contracts.world import AGREEMENT_FIELDS, Certificate, h, set_code
from trustspace.domain.agreements import AgreementTerms
from trustspace.domain.certificates import Certificate as PackageCertificate
from trustspace.encoding.eip712 import agreement_message, certificate_message, consent_message, termination_message

BATCHES = json.loads((Path(__file__).parent.parent / "vectors" / "invoices.json").read_text())["batches"]
FEATURES = json.loads((Path(__file__).parent.parent / "vectors" / "features.json").read_text())["commitments"]


@pytest.fixture(scope="module")
def registry(world):
    """The invoice registry's code where the vectors say it is."""
    address = to_checksum_address(BATCHES[0]["registry"])
    set_code(address, web3.eth.get_code(world.invoices.address).to_0x_hex())
    return Contract.from_abi("invoices of the vectors", address, world.invoices.abi)


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch['count']} invoices")
def test_invoices__vectors__same_ids_leaves_and_proofs(world, registry, batch):
    assert batch["chain_id"] == web3.eth.chain_id
    subject = to_checksum_address(batch["subject"])
    id_ = registry.batchIdOf(batch["source"], subject, batch["count"], batch["nonce"])
    assert id_ == batch["batch_id"]
    assert (registry.sourceOf(id_), registry.countOf(id_)) == (batch["source"], batch["count"])
    for index, item in enumerate(batch["items"]):
        leaf = registry.leafOf(id_, index, item["commitment"], to_checksum_address(item["buyer"]))
        assert leaf == item["leaf"]


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch['count']} invoices")
def test_invoices__vectors__every_leaf_climbs_to_the_root(world, registry, batch):
    """Anchored under the vector's root, each invoice is found by a proof made here."""
    source = world.ids["source"]
    items = [(item["commitment"], to_checksum_address(item["buyer"])) for item in batch["items"]]
    if len(items) != batch["count"]:
        pytest.skip("the vector lists some of its invoices only")
    id_ = world.invoices.batchIdOf(source, world.subject.address, len(items), h("vector"))
    leaves = [bytes(world.invoices.leafOf(id_, i, *item)) for i, item in enumerate(items)]
    root = levels(leaves)[-1][0]
    world.invoices.anchor((world.subject.address, len(items), h("vector"), root), {"from": world.source})
    for i, item in enumerate(items):
        assert world.invoices.isAnchored(id_, i, *item, proof(leaves, i))
        assert not world.invoices.isAnchored(id_, i, *item, [*proof(leaves, i), bytes(32)])
    assert levels([bytes.fromhex(item["leaf"][2:]) for item in batch["items"]])[-1][0].hex() == batch["root"][2:]


@pytest.mark.parametrize("vector", FEATURES, ids=lambda vector: f"day {vector['as_of']}")
def test_features__vectors__are_field_elements(world, vector):
    features = (world.subject.address, vector["as_of"], "0x" + vector["commitment"], [])
    world.features.commit(features, {"from": world.source})
    stored = world.features.commitmentOf(world.subject.address, vector["as_of"], world.ids["source"])
    assert stored == "0x" + vector["commitment"]


def test_agreement__package_and_contract__same_id_and_digest(world):
    terms = world.terms()
    message = agreement_message(
        world.agreements.address,
        web3.eth.chain_id,
        AgreementTerms(
            subject=terms["subject"],
            grantee=terms["grantee"],
            purposes=terms["purposes"],
            scope_hash=terms["scopeHash"],
            not_before=terms["notBefore"],
            not_after=terms["notAfter"],
            max_uses=terms["maxUses"],
            salt=terms["salt"],
        ),
    )
    values = tuple(terms.values())
    assert world.agreements.digestOf(values) == "0x" + message.digest.hex()
    assert world.agreements.agreementIdOf(values) == "0x" + message.struct_hash.hex()
    types = [field.split(" ")[0] for field in AGREEMENT_FIELDS.split(",")]
    typed = encode(["bytes32", *types], [keccak(text=f"Agreement({AGREEMENT_FIELDS})"), *values])
    assert message.struct_hash == keccak(typed)


def test_certificate__package_and_contract__same_id(world):
    c = Certificate(h("agreement"), h("model"))
    package = PackageCertificate(
        agreement=c.agreement,
        model=c.model,
        as_of_day=c.day,
        grade=c.grade,
        valid_from=c.valid_from,
        not_after=c.not_after,
    )
    message = certificate_message(world.certificates.address, web3.eth.chain_id, package)
    assert world.certificates.certificateIdOf(c.tuple) == "0x" + message.digest.hex()


def test_termination_and_consent__package_signs__contracts_accept(world):
    agreement = world.record()
    message = termination_message(world.agreements.address, web3.eth.chain_id, bytes(agreement))
    world.agreements.terminateWithSignature(agreement, raw(world.subject, message.digest), {"from": world.outsider})
    assert world.agreements.agreementInfo(agreement)[3] == 2
    spare = world.subject  # any account that is nobody's yet
    consent = consent_message(world.participants.address, web3.eth.chain_id, 1, spare.address)
    world.participants.addAccount(spare.address, raw(spare, consent.digest), {"from": world.bank(0)})
    assert world.participants.participantOf(spare.address) == 1


def test_run_and_model__typed_hashes__as_documented(world):
    run_type = keccak(text="TrainingRun(uint256 chainId,address registry,uint16 aggregator,bytes32 operationId)")
    types = ["bytes32", "uint256", "address", "uint16", "bytes32"]
    run = keccak(encode(types, [run_type, web3.eth.chain_id, world.models.address, 7, h("operation")]))
    assert world.models.runIdOf(7, h("operation")) == "0x" + run.hex()
    model_type = keccak(
        text="Model(uint256 chainId,address registry,bytes32 run,bytes32 modelHash,bytes32 schemaHash,"
        "bytes32 codeHash,bytes32 metricsHash,bytes32 commitment)"
    )
    types = ["bytes32", "uint256", "address", *["bytes32"] * 6]
    model = keccak(encode(types, [model_type, web3.eth.chain_id, world.models.address, run, *world.card()]))
    assert world.models.modelIdOf(run, world.card()) == "0x" + model.hex()


def raw(signer, digest: bytes) -> bytes:
    from eth_account import Account

    return bytes(Account.unsafe_sign_hash(digest, signer.key).signature)


def levels(leaves: list[bytes]) -> list[list[bytes]]:
    """All levels of the tree: sorted pairs, an odd node moves up unchanged."""
    tree = [leaves]
    while len(tree[-1]) > 1:
        below = tree[-1]
        pairs = [below[i : i + 2] for i in range(0, len(below), 2)]
        tree.append([keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])
    return tree


def proof(leaves: list[bytes], index: int) -> list[bytes]:
    path = []
    for level in levels(leaves)[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index //= 2
    return path
