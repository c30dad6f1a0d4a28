"""AgreementRegistry: record, use, terminate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.operations.setting import operation, record_agreements, signed_agreement, subject_key
from trustspace.domain.agreements import Purpose

if TYPE_CHECKING:
    from bench.operations.metering import Meter
    from trustspace.adapters.chain.sender import Request
    from trustspace.domain.agreements import SignedAgreement
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit


def measure(kit: SpaceKit, meter: Meter) -> None:
    """Every write, after agreements were recorded and used."""
    bank = kit.actors.banks[0]
    first, second, *_ = record_agreements(kit, bank, 3)
    recorded = bank.agreements.record(signed_agreement(kit, bank, 0, salt="another"))
    meter.note("agreement_record", recorded, state="others are recorded")
    bank.agreements.use(first, Purpose.FEATURES, operation("first use"))
    used = bank.agreements.use(first, Purpose.FEATURES, operation("second use"))
    meter.note("agreement_use", used, state="used before")
    meter.note("agreement_terminate", bank.agreements.terminate(first), state="active, used")
    signature = subject_key(1).sign_message(bank.agreements.termination_message(second))
    ended = kit.actors.outsider.agreements.terminate_with_signature(second, signature)
    meter.note("agreement_terminate_signed", ended, state="active")
    _many(kit, meter)


def _many(kit: SpaceKit, meter: Meter) -> None:
    gas = meter.block_gas

    def bank() -> Actor:
        return kit.actors.banks[0]

    signed = [signed_agreement(kit, bank(), index, salt="many") for index in range(max(meter.sizes))]

    def recording(count: int) -> Request:
        return bank().agreements.request("recordMany", [_item(item) for item in signed[:count]], gas=gas)

    meter.batch("agreement_record_many", "agreement", bank, recording)
    agreements = record_agreements(kit, bank(), max(meter.sizes), salt="used")

    def using(count: int) -> Request:
        uses = [(agreement, operation("use", agreement.hex())) for agreement in agreements[:count]]
        return bank().agreements.request("useMany", uses, int(Purpose.FEATURES), gas=gas)

    meter.batch("agreement_use_many", "use", bank, using)


def _item(signed: SignedAgreement) -> tuple[object, ...]:
    terms = signed.terms
    fields = (
        terms.subject, terms.grantee, int(terms.purposes), terms.scope_hash, terms.not_before, terms.not_after,
        terms.max_uses, terms.salt,
    )  # fmt: skip
    return fields, signed.subject_signature, signed.grantee_signature
