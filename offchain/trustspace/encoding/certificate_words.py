"""How the CertificateRegistry takes a certificate: as a struct, or its terms in one word.

    terms = grade (4 bits from 248) | asOfDay (16 from 224) | validFrom (32 from 136) | notAfter (32 from 104)

The places are those of `contracts/libraries/CertificateWords.sol`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustspace.domain.certificates import Certificate


def certificate_struct(certificate: Certificate) -> tuple[object, ...]:
    """Fields in the order of the Solidity struct."""
    return (
        certificate.agreement, certificate.model, certificate.as_of_day, int(certificate.grade),
        certificate.valid_from, certificate.not_after,
    )  # fmt: skip


def terms_word(certificate: Certificate) -> int:
    """Grade, day and validity in one word."""
    return (
        int(certificate.grade) << 248
        | int(certificate.as_of_day) << 224
        | certificate.valid_from << 136
        | certificate.not_after << 104
    )
