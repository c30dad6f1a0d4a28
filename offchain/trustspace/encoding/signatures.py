"""What a recoverable ECDSA signature over secp256k1 looks like in bytes: r (32) | s (32) | v (1)."""

from __future__ import annotations

SIGNATURE_BYTES = 65
HALF_ORDER = 0x7FFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_5D576E73_57A4501D_DFE92F46_681B20A0  # of secp256k1


def has_low_s(signature: bytes) -> bool:
    """Whether s is in the lower half: the other half says the same with another byte string."""
    return int.from_bytes(signature[32:64], "big") <= HALF_ORDER
