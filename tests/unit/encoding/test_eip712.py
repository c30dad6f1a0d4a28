"""Typed messages against eth_account's encoder and the worked example of EIP-712."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data

from trustspace.crypto.signing import SigningKey, recover
from trustspace.domain.agreements import AgreementTerms, Purpose
from trustspace.domain.certificates import Certificate, Grade
from trustspace.domain.ids import Address, AgreementId, AsOfDay, ModelId, ParticipantId, SubjectId
from trustspace.encoding.eip712 import (
    Domain,
    TypedMessage,
    agreement_message,
    certificate_message,
    consent_message,
    termination_message,
)
from trustspace.encoding.hashing import keccak
from trustspace.errors import OutOfRange

REGISTRY = Address("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")
ACCOUNT = Address("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")
SECRET = keccak(b"cow")
TERMS = AgreementTerms(
    subject=SubjectId(ACCOUNT),
    grantee=ParticipantId(7),
    purposes=Purpose.FEATURES | Purpose.CERTIFICATE,
    scope_hash=keccak(b"scope"),
    not_before=1_700_000_000,
    not_after=2**40 - 1,
    max_uses=2**32 - 1,
    salt=keccak(b"salt"),
)
CERTIFICATE = Certificate(
    agreement=AgreementId(keccak(b"agreement")),
    model=ModelId(keccak(b"model")),
    as_of_day=AsOfDay(18_262),
    grade=Grade.B,
    valid_from=1_700_000_000,
    not_after=1_800_000_000,
)
MESSAGES = {
    "agreement": agreement_message(REGISTRY, 31337, TERMS),
    "termination": termination_message(REGISTRY, 31337, AgreementId(keccak(b"agreement"))),
    "consent": consent_message(REGISTRY, 31337, ParticipantId(65_535), ACCOUNT),
    "certificate": certificate_message(REGISTRY, 31337, CERTIFICATE),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_digest__every_message__equals_eth_account(kind: str) -> None:
    message = MESSAGES[kind]
    expected = encode_typed_data(full_message=json.loads(json.dumps(message.as_json())))
    assert message.digest == _hash_eip191_message(expected)
    assert message.struct_hash == expected.body
    assert message.domain.separator() == expected.header


@pytest.mark.parametrize("kind", MESSAGES)
def test_sign_message__every_message__equals_eth_account_and_recovers(kind: str) -> None:
    message, key = MESSAGES[kind], SigningKey(SECRET)
    signature = key.sign_message(message)
    assert signature == bytes(Account.sign_typed_data(SECRET, full_message=message.as_json()).signature)
    assert recover(message.digest, signature) == key.address


def test_digest__bound_to_chain_contract_and_content() -> None:
    other = Address("0x" + "11" * 20)
    digests = {
        agreement_message(REGISTRY, 31337, TERMS).digest,
        agreement_message(REGISTRY, 31338, TERMS).digest,
        agreement_message(other, 31337, TERMS).digest,
        agreement_message(REGISTRY, 31337, replace(TERMS, salt=keccak(b"other"))).digest,
        agreement_message(REGISTRY, 31337, replace(TERMS, max_uses=1)).digest,
    }
    assert len(digests) == 5


def test_separator__worked_example_of_the_standard() -> None:
    """EIP-712, section "Example": domain separator of Ether Mail."""
    domain = Domain(name="Ether Mail", chain_id=1, contract=REGISTRY)
    # not-a-key: a hash from the standard
    assert domain.separator().hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"


@pytest.mark.parametrize(
    ("field", "value"), [("max_uses", 2**32), ("not_after", 2**40), ("scope_hash", b"short"), ("grantee", -1)]
)
def test_digest__value_that_does_not_fit_its_type__is_refused(field: str, value: object) -> None:
    message = agreement_message(REGISTRY, 31337, replace(TERMS, **{field: value}))
    with pytest.raises(OutOfRange):
        _ = message.digest


def test_digest__field_of_more_than_a_word__is_refused() -> None:
    message = TypedMessage(domain=MESSAGES["consent"].domain, kind="Note", fields=(("text", "string", "hello"),))
    with pytest.raises(OutOfRange, match="no one-word field of type string"):
        _ = message.digest
