"""A bundle: one certificate with all that a verifier without a node needs to judge it.

Canonical JSON (`canonical_json`), bytes in hexadecimal:

    {"format": "trustspace-certificate-bundle-1",
     "certificate": hex,
     "space":      {"chain_id": 1, "registry": "0x…"},              (the CertificateRegistry)
     "consensus":  "plain" | "qbft" | "ibft2",
     "header":     hex,                                             (RLP, of the block that is spoken of)
     "immutables": {"AgreementRegistry": {"PARTICIPANTS": hex, …}, …},
     "nodes":      [hex, …],
     "digest":     hex}                                             (SHA-256 of the document without it)

`nodes` are those of the tries of accounts and storage on the ways to what the judgement reads, each once, in the order
in which it first meets them; `immutables` are those of the contracts it reads, with which the package's code has the
hash that the contract's account states. Nothing else is in it: no field that is not checked, no node that is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.domain.headers import Consensus
from trustspace.domain.ids import Address, CertificateId
from trustspace.encoding import canonical_json
from trustspace.encoding.address import normal_address
from trustspace.encoding.hashing import bytes32
from trustspace.errors import InvalidBundle, TrustspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustspace.encoding.canonical_json import Json

FORMAT = "trustspace-certificate-bundle-1"
LARGEST_BYTES = 4_194_304


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateBundle:
    """What is in the file. `immutables` by contract and name."""

    certificate: CertificateId
    chain_id: int
    registry: Address
    consensus: Consensus
    header: bytes
    immutables: Mapping[str, Mapping[str, bytes]]
    nodes: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """The file."""
        document = self._document()
        return canonical_json.dumps(document | {"digest": canonical_json.digest(document).hex()})

    def _document(self) -> dict[str, Json]:
        return {
            "format": FORMAT,
            "certificate": self.certificate.hex(),
            "space": {"chain_id": self.chain_id, "registry": self.registry},
            "consensus": self.consensus.value,
            "header": self.header.hex(),
            "immutables": {
                contract: {name: value.hex() for name, value in values.items()}
                for contract, values in self.immutables.items()
            },
            "nodes": [node.hex() for node in self.nodes],
        }


def parse_bundle(raw: bytes, *, where: str) -> CertificateBundle:
    """Inverse of `to_bytes`. Raises InvalidBundle for anything else, however little it differs."""
    try:
        if len(raw) > LARGEST_BYTES:
            raise ValueError(f"more than {LARGEST_BYTES} bytes")
        bundle = _parsed(canonical_json.loads(raw, where=where))
        if bundle.to_bytes() == raw:
            return bundle
        problem = "its digest is another, or it is written in another way"
    except TrustspaceError as error:
        problem = error.message
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"a part is missing or has another form: {error}"
    raise InvalidBundle(f"not a bundle, or a damaged one: {problem}", where=where, remedy="ask for the file again")


def _parsed(document: Any) -> CertificateBundle:
    if document["format"] != FORMAT:
        raise ValueError(f"not of the format {FORMAT}")
    space, chain_id = document["space"], document["space"]["chain_id"]
    if type(chain_id) is not int or chain_id < 0:
        raise ValueError("chain_id")
    return CertificateBundle(
        certificate=CertificateId(bytes32(bytes.fromhex(document["certificate"]), where="certificate")),
        chain_id=chain_id,
        registry=normal_address(space["registry"]),
        consensus=Consensus(document["consensus"]),
        header=bytes.fromhex(document["header"]),
        immutables={
            contract: {name: bytes.fromhex(value) for name, value in values.items()}
            for contract, values in document["immutables"].items()
        },
        nodes=tuple(bytes.fromhex(node) for node in document["nodes"]),
    )
