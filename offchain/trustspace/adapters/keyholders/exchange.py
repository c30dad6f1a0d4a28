"""The public messages of a seed ceremony as files in a folder that the keyholders share by any means.

    hello-<node>.json  {"ceremony": hex, "key": hex, "node": int, "signature": hex}
    offer-<node>.json  {"boxes": {node: hex}, "ceremony": hex, "commitments": {"1-2-3": hex}, "node": int,
                        "signature": hex}

Canonical JSON, signed (EIP-712) by a live account of the node's participant. Whoever reads or copies them learns
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from trustspace.crypto.signing import recover
from trustspace.domain.participants import Role
from trustspace.encoding.canonical_json import Json, dumps, loads
from trustspace.encoding.fingerprint_messages import hello_message, offer_message
from trustspace.errors import ContractRefused, InputError, InvalidMessage, SignatureMismatch
from trustspace.services.seed_ceremony import Ceremony, Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
    from trustspace.adapters.chain.participants import ParticipantRegistry
    from trustspace.crypto.signing import Signer
    from trustspace.domain.fingerprints import EpochNode
    from trustspace.encoding.eip712 import TypedMessage

T = TypeVar("T")
_REMEDY = "ask that keyholder for its file again"


class Exchange:
    """The folder of one ceremony."""

    def __init__(
        self,
        folder: Path,
        ceremony: Ceremony,
        nodes: tuple[EpochNode, ...],
        keys: FingerprintKeys,
        participants: ParticipantRegistry,
    ) -> None:
        """`folder`: the shared one; the ceremony has a folder of its own in it."""
        self._folder = folder / f"epoch-{ceremony.epoch}-{ceremony.identity.hex()[:16]}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ceremony = ceremony
        self._nodes = nodes
        self._keys = keys
        self._participants = participants

    @property
    def folder(self) -> Path:
        """Where this ceremony's files are."""
        return self._folder

    def say_hello(self, key: bytes, signer: Signer) -> None:
        """Publish this node's X25519 key unless it is there."""
        self._publish("hello", {"key": key.hex()}, self._hello(self._ceremony.node, key), signer)

    def make_offer(self, offer: Offer, signer: Signer) -> None:
        """Publish this node's offer unless it is there."""
        commitments: dict[str, Json] = {
            "-".join(map(str, members)): value.hex() for members, value in offer.commitments.items()
        }
        boxes: dict[str, Json] = {str(node): box.hex() for node, box in offer.boxes.items()}
        message = self._offer(offer.node, offer.content())
        self._publish("offer", {"commitments": commitments, "boxes": boxes}, message, signer)

    def hellos(self) -> dict[int, bytes]:
        """X25519 keys of the nodes that said hello. Raises InvalidMessage or SignatureMismatch naming the file."""
        return self._read("hello", {"key"}, self._read_hello)

    def offers(self) -> dict[int, Offer]:
        """Offers that are there. Raises InvalidMessage or SignatureMismatch naming the file."""
        return self._read("offer", {"commitments", "boxes"}, self._read_offer)

    def _publish(self, kind: str, fields: Mapping[str, Json], message: TypedMessage, signer: Signer) -> None:
        path = self._folder / f"{kind}-{self._ceremony.node}.json"
        if path.exists():
            return
        common: dict[str, Json] = {
            "ceremony": self._ceremony.identity.hex(),
            "node": self._ceremony.node,
            "signature": signer.sign_message(message).hex(),
        }
        draft = path.with_suffix(".part")
        draft.write_bytes(dumps({**common, **fields}))
        draft.replace(path)

    def _read(self, kind: str, names: set[str], parse: Callable[[int, Any], tuple[T, TypedMessage]]) -> dict[int, T]:
        found: dict[int, T] = {}
        for node in self._nodes:
            path = self._folder / f"{kind}-{node.number}.json"
            if not path.exists():
                continue
            try:
                fields: Any = loads(path.read_bytes(), where=str(path))
                if fields.keys() != names | {"ceremony", "node", "signature"}:
                    raise InvalidMessage("not the fields that belong here")
                if (fields["ceremony"], fields["node"]) != (self._ceremony.identity.hex(), node.number):
                    raise InvalidMessage("of another ceremony or node")
                value, message = parse(node.number, fields)
                signer = recover(message.digest, bytes.fromhex(fields["signature"]))
            except (InputError, ValueError, AttributeError, TypeError) as error:
                raise InvalidMessage(f"not a {kind}: {error}", where=str(path), remedy=_REMEDY) from error
            self._require_keyholder(node, signer, str(path))
            found[node.number] = value
        return found

    def _read_hello(self, node: int, fields: Any) -> tuple[bytes, TypedMessage]:
        key = bytes.fromhex(fields["key"])
        return key, self._hello(node, key)

    def _read_offer(self, node: int, fields: Any) -> tuple[Offer, TypedMessage]:
        offer = Offer(
            node=node,
            commitments={
                tuple(map(int, name.split("-"))): bytes.fromhex(value) for name, value in fields["commitments"].items()
            },
            boxes={int(peer): bytes.fromhex(box) for peer, box in fields["boxes"].items()},
        )
        return offer, self._offer(node, offer.content())

    def _require_keyholder(self, node: EpochNode, signer: Any, where: str) -> None:
        try:
            participant = self._participants.require_role(signer, Role.KEYHOLDER)
        except ContractRefused as error:
            raise SignatureMismatch(f"signed by {signer}: {error.message}", where=where, remedy=_REMEDY) from error
        if participant != node.participant:
            raise SignatureMismatch(
                f"signed for participant {participant}, not {node.participant}", where=where, remedy=_REMEDY
            )

    def _hello(self, node: int, key: bytes) -> TypedMessage:
        return hello_message(
            self._keys.address, self._keys.client.chain_id, ceremony=self._ceremony.identity, node=node, key=key
        )

    def _offer(self, node: int, content: bytes) -> TypedMessage:
        return offer_message(
            self._keys.address, self._keys.client.chain_id, ceremony=self._ceremony.identity, node=node, content=content
        )
