"""What a ceremony writes: its plan, and one record for every contribution, each naming the hash of what came before.

All are canonical JSON. The plan's hash is SHA-256 of its bytes, a record's that of its bytes without the signature:

    {"format": "trustspace-ceremony-1", "name": "…", "chain_id": 2018, "powers": 65537, "least": 3,
     "members": [{"account": "0x…", "name": "…"}, …]}

    {"format": "trustspace-contribution-1", "number": 1, "previous": hash, "account": "0x…", "beacon": null,
     "tau": G1, "tau_twist": G2, "powers": SHA-256 of the points' file,
     "proof": {"commitment": G1, "response": scalar}, "signature": hex}

The signature is EIP-712 over CeremonyContribution(number, previous, content) in the domain "TrustSpace Ceremony" of the
plan's chain and no contract; content is the record's hash. A beacon's record has the beacon's bytes instead of account,
proof and signature. The hash of the last record is the transcript's, which contracts hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from trustspace.domain.ids import Address
from trustspace.encoding import canonical_json
from trustspace.encoding.address import normal_address
from trustspace.encoding.bn254 import (
    COORDINATE_BYTES,
    TwistPoint,
    encode_point,
    encode_twist_point,
    read_points,
    read_twist_point,
)
from trustspace.encoding.eip712 import Domain, TypedMessage
from trustspace.encoding.hashing import bytes32
from trustspace.encoding.weierstrass import Point
from trustspace.errors import InvalidSetup, TrustspaceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustspace.encoding.canonical_json import Json

T = TypeVar("T")
PLAN_FORMAT = "trustspace-ceremony-1"
RECORD_FORMAT = "trustspace-contribution-1"
NO_CONTRACT = Address("0x" + "00" * 20)
LARGEST_BYTES = 65_536
LEAST_POWERS, MOST_POWERS = 2, (1 << 23) + 1
MOST_MEMBERS = 200
MOST_BEACON_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who may contribute once."""

    name: str
    account: Address


@dataclass(frozen=True, kw_only=True)
class CeremonyPlan:
    """What the members agreed on before the first contribution. `least` of them must take part."""

    name: str
    chain_id: int
    powers: int
    least: int
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        """Raises InvalidSetup for a plan that nobody could carry out."""
        accounts = {member.account for member in self.members}
        faults = {
            "a ceremony needs a name": not self.name.strip(),
            f"{self.powers} powers": not LEAST_POWERS <= self.powers <= MOST_POWERS,
            f"{len(self.members)} members": not 1 <= len(self.members) <= MOST_MEMBERS,
            "a member is listed twice": len(accounts) < len(self.members),
            "a member without a name": any(not member.name.strip() for member in self.members),
            f"at least {self.least} of {len(self.members)} members": not 1 <= self.least <= len(self.members),
            f"chain id {self.chain_id}": not 0 < self.chain_id < 1 << 53,
        }
        for fault, present in faults.items():
            if present:
                raise InvalidSetup(fault, where="ceremony", remedy="correct the plan")

    def to_bytes(self) -> bytes:
        """The document."""
        return canonical_json.dumps(
            {
                "format": PLAN_FORMAT,
                "name": self.name,
                "chain_id": self.chain_id,
                "powers": self.powers,
                "least": self.least,
                "members": [{"account": member.account, "name": member.name} for member in self.members],
            }
        )

    @cached_property
    def hash(self) -> bytes:
        """What the first record names as the one before."""
        return canonical_json.digest(canonical_json.loads(self.to_bytes(), where="plan"))

    def name_of(self, account: Address | None) -> str:
        """The member's name, "the beacon" without account. Raises InvalidSetup for an account that is no member."""
        if account is None:
            return "the beacon"
        for member in self.members:
            if member.account == account:
                return member.name
        raise InvalidSetup(f"{account} is not a member", where=self.name, remedy="sign with a member's account")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProof:
    """A point of G1 and a scalar: see `crypto.step_proof`."""

    commitment: Point
    response: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One record. A member's has account, proof and signature; a beacon's has only its bytes."""

    number: int
    previous: bytes
    tau: Point
    tau_twist: TwistPoint
    powers_hash: bytes
    account: Address | None = None
    proof: StepProof | None = None
    beacon: bytes | None = None
    signature: bytes = b""

    @property
    def statement(self) -> bytes:
        """What the proof of the step is bound to, beside the taus: who, after what, with which other points."""
        who = b"" if self.account is None else self.account.lower().encode()
        words = (self.number.to_bytes(8, "big"), self.previous, encode_twist_point(self.tau_twist), self.powers_hash)
        return b"".join((*words, who))

    def hash(self) -> bytes:
        """What the next record names; the transcript's hash when this is the last."""
        return canonical_json.digest(self._document())

    def message(self, chain_id: int) -> TypedMessage:
        """What the member signs."""
        return TypedMessage(
            domain=Domain(name="TrustSpace Ceremony", chain_id=chain_id, contract=NO_CONTRACT),
            kind="CeremonyContribution",
            fields=(
                ("number", "uint32", self.number),
                ("previous", "bytes32", self.previous),
                ("content", "bytes32", self.hash()),
            ),
        )

    def to_bytes(self) -> bytes:
        """The record as it is filed."""
        return canonical_json.dumps(self._document() | {"signature": self.signature.hex()})

    def _document(self) -> dict[str, Json]:
        proof: Json = None
        if self.proof is not None:
            response = self.proof.response.to_bytes(COORDINATE_BYTES, "big")
            proof = {"commitment": encode_point(self.proof.commitment).hex(), "response": response.hex()}
        return {
            "format": RECORD_FORMAT,
            "number": self.number,
            "previous": self.previous.hex(),
            "account": self.account,
            "beacon": None if self.beacon is None else self.beacon.hex(),
            "tau": encode_point(self.tau).hex(),
            "tau_twist": encode_twist_point(self.tau_twist).hex(),
            "powers": self.powers_hash.hex(),
            "proof": proof,
        }


def parse_plan(raw: bytes, *, where: str) -> CeremonyPlan:
    """Inverse of `CeremonyPlan.to_bytes`. Raises InvalidSetup for anything else."""
    return _parsed(raw, where, PLAN_FORMAT, _plan, lambda plan: plan.to_bytes())


def parse_contribution(raw: bytes, *, where: str) -> Contribution:
    """Inverse of `Contribution.to_bytes`. Raises InvalidSetup for anything else; checks no point."""
    return _parsed(raw, where, RECORD_FORMAT, _contribution, lambda record: record.to_bytes())


def _parsed(raw: bytes, where: str, kind: str, build: Callable[[Any], T], write: Callable[[T], bytes]) -> T:
    try:
        if len(raw) > LARGEST_BYTES:
            raise ValueError(f"{len(raw)} bytes")
        document: Any = canonical_json.loads(raw, where=where)
        if document["format"] != kind:
            raise ValueError(f"not {kind}")
        value = build(document)
        if write(value) == raw:
            return value
        problem = "written in another way"
    except TrustspaceError as error:
        problem = error.message
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        problem = f"a part is missing or has another form: {error}"
    raise InvalidSetup(problem, where=where, remedy="get the file again from who wrote it")


def _plan(document: Any) -> CeremonyPlan:
    return CeremonyPlan(
        name=_of(str, document["name"]),
        chain_id=_of(int, document["chain_id"]),
        powers=_of(int, document["powers"]),
        least=_of(int, document["least"]),
        members=tuple(
            Member(name=_of(str, entry["name"]), account=normal_address(entry["account"]))
            for entry in document["members"]
        ),
    )


def _contribution(document: Any) -> Contribution:
    proof, account, beacon = document["proof"], document["account"], document["beacon"]
    return Contribution(
        number=_of(int, document["number"]),
        previous=bytes32(bytes.fromhex(document["previous"])),
        tau=_point(document["tau"]),
        tau_twist=read_twist_point(bytes.fromhex(document["tau_twist"])),
        powers_hash=bytes32(bytes.fromhex(document["powers"])),
        account=None if account is None else normal_address(account),
        proof=None
        if proof is None
        else StepProof(
            commitment=_point(proof["commitment"]),
            response=int.from_bytes(bytes32(bytes.fromhex(proof["response"])), "big"),
        ),
        beacon=None if beacon is None else bytes.fromhex(beacon),
        signature=bytes.fromhex(document["signature"]),
    )


def _point(text: str) -> Point:
    (point,) = read_points(bytes.fromhex(text))
    return point


def _of(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
