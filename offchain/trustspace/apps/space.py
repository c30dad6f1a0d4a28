"""The SDK: one object for a data space, typed answers, errors that name the contract's error.

    space = Space.connect("http://127.0.0.1:8545", deployment="deployments/local.json")
    space.verify(certificate_id).reason

Without a signer it only reads. Nothing is opened before the first question; the first question checks chain id, genesis
block and the version of every contract.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.chain.agreements import AgreementRegistry
from trustspace.adapters.chain.artifacts import load
from trustspace.adapters.chain.certificates import CertificateRegistry
from trustspace.adapters.chain.client import Client
from trustspace.adapters.chain.credential_ledger import ChainCredentialLedger
from trustspace.adapters.chain.deployment import bundled_deployment, read_deployment
from trustspace.adapters.chain.features import FeatureRegistry
from trustspace.adapters.chain.fingerprint_keys import FingerprintKeys
from trustspace.adapters.chain.invoices import InvoiceRegistry
from trustspace.adapters.chain.lien_ledger import ChainLienLedger
from trustspace.adapters.chain.liens import LienRegistry
from trustspace.adapters.chain.manager import AccessManager
from trustspace.adapters.chain.models import ModelRegistry
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.participants import ParticipantRegistry
from trustspace.adapters.chain.proof_ledger import ChainProofLedger
from trustspace.adapters.chain.ranges import RangeStatements
from trustspace.adapters.chain.sender import Sender
from trustspace.adapters.chain.state_proofs import StateProofs
from trustspace.adapters.chain.verifiers import VerifierRegistry
from trustspace.adapters.system_clock import SystemClock
from trustspace.crypto.randomness import SystemRandomness
from trustspace.domain.deployment import Deployment
from trustspace.services.bundle_maker import make_bundle
from trustspace.services.credential_desk import CredentialDesk
from trustspace.services.lien_check import LienView
from trustspace.services.lien_desk import LienDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustspace.adapters.chain.contract import Contract
    from trustspace.adapters.chain.node import Receipt
    from trustspace.adapters.chain.rpc import Timeouts
    from trustspace.adapters.store.outbox import Outbox
    from trustspace.crypto.signing import Signer
    from trustspace.domain.bundle_verdicts import BundleVerdict
    from trustspace.domain.certificates import Verdict
    from trustspace.domain.ids import CertificateId
    from trustspace.encoding.certificate_bundle import CertificateBundle
    from trustspace.services.certification import RegisteredModel
    from trustspace.services.credential_desk import ChallengeBook
    from trustspace.services.lien_desk import LienBook
    from trustspace.services.proven_issue import ProvenIssuer, StatementProver


class Space:
    """A data space as one account sees it: one attribute per contract."""

    def __init__(self, client: Client, sender: Sender | None = None) -> None:
        """Use `connect`."""
        self.client = client
        self.sender = sender
        self.access = AccessManager(client, sender)
        self.participants = ParticipantRegistry(client, sender)
        self.agreements = AgreementRegistry(client, sender)
        self.invoices = InvoiceRegistry(client, sender)
        self.features = FeatureRegistry(client, sender)
        self.models = ModelRegistry(client, sender)
        self.verifiers = VerifierRegistry(client, sender)
        self.certificates = CertificateRegistry(client, sender)
        self.fingerprint_keys = FingerprintKeys(client, sender)
        self.lien_registry = LienRegistry(client, sender)
        self.ranges = RangeStatements(client, sender)

    @property
    def registries(self) -> tuple[Contract, ...]:
        """Every contract that the guardian can pause."""
        return (
            self.participants, self.agreements, self.invoices, self.features, self.models, self.verifiers,
            self.certificates, self.fingerprint_keys, self.lien_registry, self.ranges,
        )  # fmt: skip

    @classmethod
    def connect(
        cls,
        rpc: str,
        *,
        deployment: Deployment | Path | str | None = None,
        signer: Signer | None = None,
        outbox: Outbox | None = None,
        confirmations: int = 0,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
        observe: Callable[[str, Receipt], None] | None = None,
    ) -> Space:
        """Connect to the node at `rpc`.

        `deployment`: the file that the deploy script wrote; None takes the one bundled for the node's chain.
        `signer`: a key from a keystore, or a remote signer. `outbox`: a file that makes writes survive a crash of this
        program. `confirmations`: blocks on top before a write counts as done. `observe` is told label and receipt of
        each write.

        Raises UsageError for a bad URL, InvalidDeployment for a bad file, ContractMissing when none is bundled. What
        the chain has to say is said at the first call.
        """
        if isinstance(deployment, Deployment):
            known = deployment
        elif deployment is not None:
            known = read_deployment(Path(deployment))
        else:
            known = bundled_deployment(Node(rpc, timeouts=timeouts, headers=headers).identity)
        client = Client(rpc, known, timeouts=timeouts, headers=headers)
        if signer is None:
            return cls(client)
        return cls(client, Sender(client.node, signer, outbox, confirmations=confirmations, observe=observe))

    @property
    def deployment(self) -> Deployment:
        """Contracts of this space."""
        return self.client.deployment

    @property
    def liens(self) -> LienView:
        """What is claimed of invoices: `space.liens.ask(query, oracle)`, or `check(prints)`."""
        return LienView(ChainLienLedger(self.lien_registry, self.invoices))

    @property
    def credentials(self) -> CredentialDesk:
        """Certificates that firms carry: `space.credentials.issue(certificate, key)`, `verify(text, …)`."""
        return self.credential_desk(None)

    def credential_desk(self, book: ChallengeBook | None) -> CredentialDesk:
        """The same with a bank's own book of challenges, an open `SqliteChallengeBook`: each is answered once."""
        ledger = ChainCredentialLedger(self.certificates, self.participants, self.agreements)
        return CredentialDesk(ledger, SystemRandomness(), SystemClock(), book)

    def lien_desk(self, book: LienBook) -> LienDesk:
        """A bank's own liens: reserve, finance, release, migrate. `book`: an open `SqliteLienBook`."""
        return LienDesk(ChainLienLedger(self.lien_registry, self.invoices), book, SystemRandomness())

    def proven_issuer(self, model: RegisteredModel, prover: StatementProver) -> ProvenIssuer:
        """Certificates of a model with proofs: `space.proven_issuer(model, Prover(setup)).issue(job)`."""
        from trustspace.services.proven_issue import ProvenIssuer  # brings models, and numpy with them

        ledger = ChainProofLedger(self.certificates, self.verifiers, self.features, self.agreements)
        return ProvenIssuer(model, prover, ledger)

    def verify(self, certificate: CertificateId) -> Verdict:
        """Whether a certificate holds now, and if not, why not. An unknown id is an answer, no error."""
        return self.certificates.verify(certificate)

    def bundle(
        self, certificate: CertificateId, *, block: int | str = "latest"
    ) -> tuple[CertificateBundle, BundleVerdict]:
        """A certificate with proofs of all that its validity depends on, for `apps.offline.verify_bundle`.

        Raises ChainUnreachable when the node serves no proofs of that block, InvalidBundle when its answers do not fit.
        """
        self.client.ensure()
        node = StateProofs(self.client.node)
        return make_bundle(certificate, node=node, deployment=self.deployment, contracts=load, block=block)

    def verify_many(self, certificates: Sequence[CertificateId]) -> tuple[Verdict, ...]:
        """The same for a list, in order."""
        return self.certificates.verify_many(certificates)
