from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from trustspace.domain.ids import Address
from trustspace.encoding import canonical_json
from trustspace.encoding.bn254 import BN254, TWIST_GENERATOR
from trustspace.encoding.ceremony import (
    CeremonyPlan,
    Contribution,
    Member,
    StepProof,
    parse_contribution,
    parse_plan,
)
from trustspace.encoding.hashing import keccak
from trustspace.errors import InvalidSetup

ACCOUNTS = [Address("0x" + f"{number:02x}" * 20) for number in (0x11, 0x22, 0x33)]
MEMBERS = tuple(Member(name=f"bank {at}", account=account) for at, account in enumerate(ACCOUNTS, start=1))
PLAN = CeremonyPlan(name="region", chain_id=2018, powers=17, least=2, members=MEMBERS)
RECORD = Contribution(
    number=1,
    previous=PLAN.hash,
    account=ACCOUNTS[0],
    tau=BN254.generator,
    tau_twist=TWIST_GENERATOR,
    powers_hash=b"p" * 32,
    proof=StepProof(commitment=BN254.generator, response=7),
    signature=b"s" * 65,
)
BEACON = replace(RECORD, account=None, proof=None, signature=b"", beacon=b"block")


def test_plan__written_and_read__same_and_named_by_its_bytes() -> None:
    assert parse_plan(PLAN.to_bytes(), where="plan") == PLAN
    assert PLAN.hash == sha256(PLAN.to_bytes()).digest()


@pytest.mark.parametrize("record", [RECORD, BEACON])
def test_contribution__written_and_read__same(record: Contribution) -> None:
    assert parse_contribution(record.to_bytes(), where="record") == record


def test_contribution_hash__covers_all_but_the_signature() -> None:
    document: Any = json.loads(RECORD.to_bytes())
    del document["signature"]
    assert RECORD.hash() == sha256(canonical_json.dumps(document)).digest()
    assert replace(RECORD, signature=b"t" * 65).hash() == RECORD.hash()
    changed = [
        replace(RECORD, number=2),
        replace(RECORD, previous=b"q" * 32),
        replace(RECORD, account=ACCOUNTS[1]),
        replace(RECORD, tau=(2, 1)),
        replace(RECORD, tau_twist=(1, 2, 3, 4)),
        replace(RECORD, powers_hash=b"q" * 32),
        replace(RECORD, proof=StepProof(commitment=BN254.generator, response=8)),
        replace(RECORD, beacon=b"b"),
    ]
    assert len({record.hash() for record in (RECORD, *changed)}) == len(changed) + 1


def test_contribution_message__by_hand__same_digest() -> None:
    domain_type = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = keccak(
        keccak(domain_type)
        + keccak(b"TrustSpace Ceremony")
        + keccak(b"1")
        + (2018).to_bytes(32, "big")
        + bytes(32)
    )  # fmt: skip
    kind = keccak(b"CeremonyContribution(uint32 number,bytes32 previous,bytes32 content)")
    struct = keccak(kind + (1).to_bytes(32, "big") + PLAN.hash + RECORD.hash())
    assert RECORD.message(2018).digest == keccak(b"\x19\x01" + domain + struct)


def test_name_of__stranger__refused() -> None:
    assert PLAN.name_of(ACCOUNTS[1]) == "bank 2"
    assert PLAN.name_of(None) == "the beacon"
    with pytest.raises(InvalidSetup, match="is not a member"):
        PLAN.name_of(Address("0x" + "44" * 20))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": " "}, "a ceremony needs a name"),
        ({"chain_id": 0}, "chain id 0"),
        ({"powers": 1}, "1 powers"),
        ({"powers": 1 << 24}, "16777216 powers"),
        ({"least": 0}, "at least 0 of 3 members"),
        ({"least": 4}, "at least 4 of 3 members"),
        ({"members": ()}, "0 members"),
        ({"members": (*MEMBERS, MEMBERS[0])}, "a member is listed twice"),
        ({"members": (Member(name="", account=ACCOUNTS[0]),), "least": 1}, "a member without a name"),
    ],
)
def test_plan__that_nobody_could_carry_out__refused(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidSetup, match=fault):
        replace(PLAN, **change)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"{", b"\xff", b'{"format":3}', b" " * 70_000])
def test_parse__something_else__refused(raw: bytes) -> None:
    with pytest.raises(InvalidSetup, match=r"^here: "):
        parse_plan(raw, where="here")
    with pytest.raises(InvalidSetup, match=r"^here: "):
        parse_contribution(raw, where="here")


@pytest.mark.parametrize(
    "change",
    [
        {"number": "1"},
        {"number": True},
        {"previous": "00"},
        {"account": "0x11"},
        {"account": ACCOUNTS[0].lower() + "00"},
        {"tau": "00"},
        {"tau": "00" * 128},
        {"tau_twist": "00" * 64},
        {"powers": 5},
        {"proof": {}},
        {"proof": {"commitment": "00" * 64, "response": "00"}},
        {"signature": "0"},
        {"beacon": "xx"},
        {"extra": 1},
        {"format": "trustspace-contribution-2"},
    ],
)
def test_parse_contribution__one_field_in_another_form__refused(change: dict[str, Any]) -> None:
    document: Any = json.loads(RECORD.to_bytes())
    with pytest.raises(InvalidSetup, match=r"^here: "):
        parse_contribution(canonical_json.dumps(document | change), where="here")


@pytest.mark.parametrize("change", [{"powers": "17"}, {"members": [3]}, {"members": None}, {"least": 9}, {"extra": 1}])
def test_parse_plan__one_field_in_another_form__refused(change: dict[str, Any]) -> None:
    document: Any = json.loads(PLAN.to_bytes())
    with pytest.raises(InvalidSetup, match=r"here|ceremony"):
        parse_plan(canonical_json.dumps(document | change), where="here")
