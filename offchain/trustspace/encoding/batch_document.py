"""How documents about one invoice name the batch that it stands in.

{"space": {"chain_id": 1, "registry": "0x…"},
"batch": {"source": 3, "subject": "0x…", "count": 500, "nonce": hex}, …}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustspace.domain.ids import ParticipantId
from trustspace.encoding.address import normal_address
from trustspace.encoding.commitments import BatchHeader

if TYPE_CHECKING:
    from trustspace.encoding.canonical_json import Json


def write_batch(header: BatchHeader) -> dict[str, Json]:
    """Both parts of a document."""
    return {
        "space": {"chain_id": header.chain_id, "registry": header.registry},
        "batch": {
            "source": int(header.source),
            "subject": header.subject,
            "count": header.count,
            "nonce": header.nonce.hex(),
        },
    }


def read_batch(document: Any) -> BatchHeader:
    """Inverse of `write_batch`. Raises KeyError, TypeError, ValueError or OutOfRange for something else."""
    space, batch = document["space"], document["batch"]
    return BatchHeader(
        chain_id=read_integer(space["chain_id"]),
        registry=normal_address(space["registry"]),
        source=ParticipantId(read_integer(batch["source"])),
        subject=normal_address(batch["subject"]),
        count=read_integer(batch["count"]),
        nonce=bytes.fromhex(batch["nonce"]),
    )


def read_integer(value: Any) -> int:
    """An integer that is no truth value. Raises TypeError."""
    if type(value) is not int:
        raise TypeError(f"{value!r} is no integer")
    return value
