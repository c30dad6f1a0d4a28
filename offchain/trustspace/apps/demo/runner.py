"""The demo from curtain to curtain."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from trustspace.adapters.chain.anvil import Anvil, AnvilOptions
from trustspace.adapters.chain.deployer import PackageDeployer
from trustspace.adapters.chain.deployment import DeploymentFile
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.sender import Sender
from trustspace.apps.demo.admission import admit, agree
from trustspace.apps.demo.aggregation import FeatureRound
from trustspace.apps.demo.anchoring import anchor
from trustspace.apps.demo.carrying import play_credential
from trustspace.apps.demo.cast import gather
from trustspace.apps.demo.certifying import CertificateDesk
from trustspace.apps.demo.farewell import leave_running
from trustspace.apps.demo.financing import play_liens
from trustspace.apps.demo.report import Narrator, Report
from trustspace.apps.demo.stage import GasMeter, Stage
from trustspace.apps.demo.training import bank_tables, pilot_plan, run_training, use_agreements
from trustspace.apps.demo.trials import Trials
from trustspace.apps.demo.world import SOURCES, World, real_world, synthetic_world
from trustspace.apps.training_config import default_plan
from trustspace.crypto.randomness import SystemRandomness
from trustspace.errors import AuditMismatch, ProtocolError, UsageError
from trustspace.services.deployment import DeploymentPlan, deploy_space

if TYPE_CHECKING:
    from trustspace.apps.demo.admission import Consents
    from trustspace.apps.demo.aggregation import OpenedFeatures
    from trustspace.apps.demo.anchoring import Anchored
    from trustspace.apps.demo.cast import Cast
    from trustspace.apps.demo.certifying import Issued
    from trustspace.apps.demo.training import Trained


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line asks for."""

    invoices: Path | None
    json: Path | None
    keep: bool
    workdir: Path | None
    firms: int
    records: int
    seed: int


def run_demo(options: DemoOptions) -> Report:
    """Play everything, print it, write the figures.

    Raises ProtocolError naming a scenario that ends otherwise than it must.
    """
    if options.json is not None and not options.json.absolute().parent.is_dir():
        raise UsageError(f"{options.json.parent} is no folder", where="--json", remedy="make it first")
    report = Report()
    narrator = Narrator(report, Console())
    with ExitStack() as stack:
        folder = _folder(options, stack)
        anvil = stack.enter_context(Anvil(options=AnvilOptions(keep=options.keep)))
        Play(options, narrator, anvil, folder).play()
    if options.json is not None:
        report.write(options.json)
        narrator.console.print(f"figures written to {options.json}")
    return report


def _folder(options: DemoOptions, stack: ExitStack) -> Path:
    """The working folder: named, or temporary; a temporary one stays only with a chain that stays."""
    if options.workdir is not None:
        if options.workdir.exists() and any(options.workdir.iterdir()):
            raise UsageError(f"{options.workdir} is not empty", where="--workdir", remedy="name a new or empty folder")
        options.workdir.mkdir(parents=True, exist_ok=True)
        return options.workdir.resolve()
    if options.keep:
        return Path(tempfile.mkdtemp(prefix="trustspace-demo-"))
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trustspace-demo-")))


class Play:
    """One performance, act by act."""

    def __init__(self, options: DemoOptions, narrator: Narrator, anvil: Anvil, folder: Path) -> None:
        self.options, self.narrator, self.anvil, self.folder = options, narrator, anvil, folder
        self.report = narrator.report
        self.randomness = SystemRandomness()

    def play(self) -> None:
        """All acts in order."""
        world = self.read()
        cast = gather(world.subjects, self.randomness)
        stage = self.deploy(cast)
        consents = self.admit(stage, cast, world)
        anchored = self.anchor(stage, cast, world)
        features = self.aggregate(stage, cast, world, consents, anchored)
        trained, pilot = self.train(stage, cast, world, consents, features)
        desk = CertificateDesk(stage, cast, world, consents, features)
        issued = self.certify(desk, trained)
        self.verify(stage, issued)
        self.carry(desk, issued)
        self.pledge(stage, cast, world)
        trials = Trials(
            desk=desk,
            issued=issued,
            consents=consents,
            anchored=anchored,
            scorecard=trained.scorecard,
            pilot=pilot.scorecard,
            randomness=self.randomness,
        )
        self.try_what_must_fail(trials)
        self.weigh(stage, world, anchored, issued)
        self.narrator.summary()
        if self.options.keep:
            leave_running(self.narrator.console, desk, trained, issued)

    def read(self) -> World:
        """Make or read the records."""
        options = self.options
        with self.narrator.step("read", "Read invoices") as step:
            if options.invoices is not None:
                world = real_world(options.invoices)
            else:
                world = synthetic_world(
                    self.folder / "exports", firms=options.firms, invoices=options.records, seed=options.seed
                )
            census = world.census
            self.report.invoices |= asdict(census)
            step.outcome = f"{census.read:,} rows of {len(world.subjects)} firms ({world.title})"
            step.lines.append(
                f"{census.duplicates:,} exact duplicates left out, {census.void:,} void, "
                f"{census.red_letter:,} red-letter, {census.inconsistent} whose amounts do not add up"
            )
        return world

    def deploy(self, cast: Cast) -> Stage:
        """Start from an empty chain; the deployer ends without any right."""
        with self.narrator.step("deploy", "Deploy contracts") as step:
            plan = DeploymentPlan(
                network="local", regulator=cast.regulator.address, guardian=cast.guardian.address, commit=""
            )
            meter = GasMeter()
            deployer = PackageDeployer(Sender(Node(self.anvil.url), cast.deployer, observe=meter.observe))
            store = DeploymentFile(self.folder / "deployment.json")
            deployment = deploy_space(deployer, plan, store=store).deployment
            step.outcome = f"{len(deployment.contracts)} contracts on chain {deployment.chain_id}"
        return Stage(anvil=self.anvil, deployment=deployment, folder=self.folder, meter=meter)

    def admit(self, stage: Stage, cast: Cast, world: World) -> Consents:
        """Participants, then agreements."""
        with self.narrator.step("admit", "Admit participants") as step:
            admit(stage, cast)
            step.outcome = f"{len(cast.members)} organisations"
        with self.narrator.step("agree", "Sign agreements") as step:
            consents = agree(stage, cast, world, self.randomness)
            step.outcome = f"{len(consents.lead) + len(consents.second)} agreements, signed by both sides"
        return consents

    def anchor(self, stage: Stage, cast: Cast, world: World) -> Anchored:
        """Commitments of all distinct invoices."""
        total = sum(len(records) for book in world.books for records in book.values())
        with self.narrator.step("anchor", "Anchor invoices", total=total) as step:
            anchored = anchor(stage, cast, world, self.randomness, step.advance)
            self.report.invoices |= {"anchored": anchored.invoices, "batches": anchored.batch_count}
            step.outcome = f"{total:,} invoices in {anchored.batch_count} batches by {SOURCES} sources"
        return anchored

    def aggregate(
        self, stage: Stage, cast: Cast, world: World, consents: Consents, anchored: Anchored
    ) -> OpenedFeatures:
        """Commitments first, then masked sums."""
        features = FeatureRound(stage, cast, world, self.randomness)
        parts = len(cast.sources) * len(cast.firms)
        with self.narrator.step("commit_features", "Commit to features", total=parts) as step:
            features.commit(anchored, step.advance)
            step.outcome = f"{len(cast.firms)} firms, {SOURCES} sources"
        with self.narrator.step("aggregate", "Aggregate encrypted features", total=2 * len(cast.firms)) as step:
            opened = features.open(consents, step.advance)
            self.report.features |= {"subjects": len(opened.lead), "sources": SOURCES}
            step.outcome = f"{len(opened.lead)} totals, each opened by two banks alike; the aggregator saw masks only"
        return opened

    def train(
        self, stage: Stage, cast: Cast, world: World, consents: Consents, features: OpenedFeatures
    ) -> tuple[Trained, Trained]:
        """The scorecard, and the small model that will be withdrawn."""
        plan = default_plan()
        with self.narrator.step("train", "Train the scorecard together", total=plan.rounds) as step:
            use_agreements(stage, cast, world, consents, plan)
            tables = bank_tables(cast, world, features.lead, plan)
            trained = run_training(
                stage, cast, tables, plan,
                transcript=self.folder / "transcript", on_round=lambda _done, _rounds: step.advance(1),
            )  # fmt: skip
            step.outcome = self._training_figures(trained)
            step.lines.append(f"model 0x{trained.outcome.card.model_hash.hex()}: the same when trained in one place")
            step.lines.append(f"audit recomputed {trained.audit_hashes} hashes and found no difference")
        pilot = pilot_plan()
        with self.narrator.step("pilot", "Train a pilot model") as step:
            tables = bank_tables(cast, world, features.lead, pilot)
            small = run_training(
                stage, cast, tables, pilot,
                transcript=self.folder / "transcript-pilot", on_round=lambda _done, _rounds: None,
                vanishing=cast.banks[-1].name,
            )  # fmt: skip
            step.outcome = f"{len(pilot.features)} features, to be withdrawn later"
            step.lines.append(self._dropout_figures(small, cast.banks[-1].name))
        return trained, small

    def _dropout_figures(self, pilot: Trained, vanished: str) -> str:
        outcome = pilot.outcome
        survived = pilot.centralised_hash == outcome.card.model_hash and len(outcome.members) == outcome.parties - 1
        if not survived:
            raise AuditMismatch("the pilot is not the survivors' model", where="demo", remedy="report this as a defect")
        self.report.training |= {
            "survived_dropout": survived,
            "dropout": {
                "bank": vanished,
                "round": next(iter(outcome.left.values())),
                "survivors": len(outcome.members),
                "rounds": outcome.rounds,
                "model_hash": "0x" + outcome.card.model_hash.hex(),
            },
        }
        return (
            f"{vanished} was cut off in the middle of round {self.report.training['dropout']['round']}: the other "
            f"{len(outcome.members)} finished, with the model of their rows"
        )

    def _training_figures(self, trained: Trained) -> str:
        outcome = trained.outcome
        metrics = outcome.trained.metrics
        if trained.centralised_hash != outcome.card.model_hash:
            raise AuditMismatch(
                "federated and centralised models differ", where="demo", remedy="report this as a defect"
            )
        self.report.training |= {
            "parties": outcome.parties,
            "rounds": outcome.rounds,
            "auc_out_of_fold": metrics.auc,
            "ks": metrics.ks,
            "rows": metrics.rows,
            "defaults": metrics.defaults,
            "model_hash": "0x" + outcome.card.model_hash.hex(),
            "centralised_hash": "0x" + trained.centralised_hash.hex(),
            "audit_ok": True,
        }
        return (
            f"{outcome.parties} banks, {outcome.rounds} rounds, out-of-fold AUC {metrics.auc:.3f}, KS {metrics.ks:.3f}"
        )

    def certify(self, desk: CertificateDesk, trained: Trained) -> Issued:
        """A certificate for every firm."""
        with self.narrator.step("certify", "Issue certificates", total=len(desk.cast.firms)) as step:
            issued = desk.issue_all(trained.scorecard, step.advance)
            self.report.certificates |= {"issued": len(issued.ids), "by_grade": dict(issued.by_grade)}
            grades = ", ".join(f"{grade} {count}" for grade, count in issued.by_grade.items())
            step.outcome = f"{len(issued.ids)} certificates, two endorsements each: {grades}"
        return issued

    def verify(self, stage: Stage, issued: Issued) -> None:
        """A bank that took no part asks about all of them."""
        with self.narrator.step("verify", "A bank verifies") as step:
            verdicts = stage.reader.verify_many(list(issued.ids.values()))
            good = sum(verdict.valid for verdict in verdicts)
            if good != len(verdicts):
                raise ProtocolError(f"{len(verdicts) - good} certificates do not hold", where="demo")
            step.outcome = f"{good} of {len(verdicts)} hold as of block {verdicts[0].as_of_block}"

    def carry(self, desk: CertificateDesk, issued: Issued) -> None:
        """A firm shows its grade to a bank, and nothing else."""
        with self.narrator.step("credential", "Carry a credential") as step:
            seen, told = play_credential(desk, issued, self.randomness)
            self.report.credential |= told
            step.outcome = f"a bank saw: {seen}; the rest stayed hidden"
            step.lines += [f"{title}: {outcome}" for title, outcome in told.items()]

    def pledge(self, stage: Stage, cast: Cast, world: World) -> None:
        """One invoice at two banks."""
        with self.narrator.step("liens", "Pledge an invoice") as step, ExitStack() as stack:
            play_liens(stage, cast, world, self.randomness, stack, self.report.liens.__setitem__)
            step.outcome = "fingerprints by 3 of 5 keyholders, who saw nothing"
            step.lines += [f"{title}: {outcome}" for title, outcome in self.report.liens.items()]

    def try_what_must_fail(self, trials: Trials) -> None:
        """Each scenario with its reason, against what it must be."""
        with self.narrator.step("trials", "Try what must fail") as step:
            told: list[tuple[str, str, str]] = []
            trials.play(lambda key, title, reason: told.append((key, title, reason)))
            step.outcome = f"{len(told)} scenarios"
        for key, title, reason in told:
            self.narrator.verdict(key, title, reason)
        trials.require_expected(self.report.verify)

    def weigh(self, stage: Stage, world: World, anchored: Anchored, issued: Issued) -> None:
        """Gas of every transaction so far, and what one item of each kind took in its batch."""
        firms, meter = len(world.subjects), stage.meter
        contributions = len(meter.used["ModelRegistry.commitContribution"])
        self.report.gas = {
            "per_item": {
                "agreement": meter.per_item("AgreementRegistry.recordMany", 2 * firms),
                "agreement_use": meter.per_item("AgreementRegistry.useMany", 3 * firms),
                "invoice_batch": meter.per_item("InvoiceRegistry.anchorMany", anchored.batch_count),
                "feature_commitment": meter.per_item("FeatureRegistry.commitMany", SOURCES * firms),
                "contribution": meter.per_item("ModelRegistry.commitContribution", contributions),
                "certificate": meter.per_item("CertificateRegistry.issueMany", len(issued.ids)),
            },
            "by_function": meter.by_function(),
        }
