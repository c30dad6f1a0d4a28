"""scripts/deploy.py and verify_deployment.py: deploy, find it done, notice what differs, go on after a kill."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from brownie import accounts, chain, network

from scripts import deploy, verify_deployment
from scripts.common import BrownieDeployer, find_account
from trustspace.adapters.chain.anvil import Anvil
from trustspace.adapters.chain.deployment import DeploymentFile, read_deployment
from trustspace.domain.deployment import CONTRACTS
from trustspace.errors import DeploymentConflict, SignerMissing, UsageError, WrongChain
from trustspace.services.governance import ADMIN, GUARDIAN, MANAGER, REGULATOR

if TYPE_CHECKING:
    from trustspace.domain.deployment import Deployment

ROOT = Path(__file__).parents[2]


def file_of(folder: Path) -> DeploymentFile:
    return DeploymentFile(folder / f"{network.show_active()}.json")


def test_deploy__writes_every_contract_with_what_it_needs_to_be_found(deployment: Deployment, folder: Path) -> None:
    written = json.loads(file_of(folder).path.read_text())
    assert list(written["contracts"]) == list(CONTRACTS)
    assert written["chain_id"] == chain.id
    for contract in written["contracts"].values():
        assert re.fullmatch("0x[0-9a-fA-F]{40}", contract["address"])
        assert re.fullmatch("0x[0-9a-f]{64}", contract["transaction"])
        assert contract["block"] > 0
        assert {"arguments", "abi_hash", "code_hash", "version"} <= contract.keys()
    assert not file_of(folder).unfinished.path.exists()
    assert read_deployment(file_of(folder).path) == deployment


def test_deploy__again__sends_nothing(deployment: Deployment, folder: Path) -> None:
    before, text = chain.height, file_of(folder).path.read_text()
    outcome = deploy.main()
    assert (outcome.created, outcome.deployment) == (False, deployment)
    assert chain.height == before
    assert file_of(folder).path.read_text() == text


def test_deploy__for_another_regulator__is_refused(deployment: Deployment) -> None:
    with pytest.raises(DeploymentConflict, match=f"has regulator {deployment.regulator}, not {accounts[5].address}"):
        deploy.main("0", "5", "2")


def test_deploy__one_account_twice_in_the_plan__is_refused() -> None:
    with pytest.raises(UsageError, match="three different accounts"):
        deploy.main("0", "0", "2")


def test_deploy__unknown_account__names_the_remedy(deployment: Deployment) -> None:
    with pytest.raises(SignerMissing, match="no unlocked account 99"):
        deploy.main("99")
    with pytest.raises(SignerMissing, match="brownie accounts generate nobody"):
        deploy.main("nobody")


def test_deployer__keeps_no_right(deployment: Deployment) -> None:
    reader = BrownieDeployer(find_account("0"))
    for role in (ADMIN, REGULATOR, GUARDIAN):
        member, _ = reader.call(MANAGER, deployment.address(MANAGER), "hasRole", (role, deployment.deployer))
        assert not member


@pytest.mark.parametrize("mined", [1, 4, 7])
def test_deploy__killed_half_way__goes_on_where_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mined: int
) -> None:
    monkeypatch.setenv("TRUSTSPACE_DEPLOYMENTS", str(tmp_path))
    deployed: list[str] = []
    original = BrownieDeployer.deploy

    def killed(self: BrownieDeployer, name: str, arguments: object) -> object:
        if len(deployed) == mined:
            raise KeyboardInterrupt
        deployed.append(name)
        return original(self, name, arguments)  # type: ignore[arg-type]

    if mined < len(CONTRACTS):
        monkeypatch.setattr(BrownieDeployer, "deploy", killed)
    else:
        monkeypatch.setattr(deploy, "BrownieDeployer", killed_while_granting())
    with pytest.raises(KeyboardInterrupt):
        deploy.main()
    kept = file_of(tmp_path).unfinished.read()
    assert kept is not None
    assert len(kept.contracts) == mined
    assert file_of(tmp_path).read() is None
    monkeypatch.undo()
    monkeypatch.setenv("TRUSTSPACE_DEPLOYMENTS", str(tmp_path))
    outcome = deploy.main()
    assert outcome.created
    assert outcome.deployment.contracts[:mined] == kept.contracts
    verify_deployment.verify(outcome.deployment)


def killed_while_granting() -> type[BrownieDeployer]:
    class Killed(BrownieDeployer):
        sent = 0

        def transact(self, *arguments: object) -> None:
            if self.sent == 3:
                raise KeyboardInterrupt
            self.sent += 1
            super().transact(*arguments)  # type: ignore[arg-type]

    return Killed


def test_verify_deployment__all_well__says_so(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    verify_deployment.main()
    printed = capsys.readouterr().out
    assert printed.count("ok ") == len(CONTRACTS) + 1
    assert "nobody else" in printed


def test_verify_deployment__other_chain__is_refused(deployment: Deployment) -> None:
    with pytest.raises(WrongChain):
        verify_deployment.verify(replace(deployment, genesis_hash="0x" + "00" * 32))


def test_verify_deployment__contract_exchanged__is_found(deployment: Deployment) -> None:
    contracts = list(deployment.contracts)
    contracts[2] = replace(contracts[2], address=contracts[3].address)
    with pytest.raises(DeploymentConflict, match=r"AgreementRegistry at .*found no code or other code"):
        verify_deployment.verify(replace(deployment, contracts=tuple(contracts)))


def test_verify_deployment__rights_changed_afterwards__are_found(deployment: Deployment) -> None:
    chain.snapshot()
    try:
        regulator = BrownieDeployer(find_account("1"))
        manager = deployment.address(MANAGER)
        selector = regulator.kind("ModelRegistry").selectors["withdrawModel"]
        changes = (
            ("grantRole", (GUARDIAN, accounts[8].address, 0)),
            ("grantRole", (ADMIN, deployment.deployer, 0)),
            ("setTargetFunctionRole", (deployment.address("ModelRegistry"), [selector], GUARDIAN)),
        )
        for function, arguments in changes:
            regulator.transact(MANAGER, manager, function, arguments)
        with pytest.raises(DeploymentConflict) as found:
            verify_deployment.verify(deployment)
        for text in (
            f"{accounts[8].address} as guardian: expected no member, found member",
            f"{deployment.deployer} as admin: expected no member, found member",
            "ModelRegistry.withdrawModel: expected regulator, found guardian",
        ):
            assert text in str(found.value)
        with pytest.raises(DeploymentConflict, match="nothing was changed"):
            deploy.main()
    finally:
        chain.revert()


def test_brownie_run_deploy__twice_on_a_network__second_is_a_no_op(tmp_path: Path) -> None:
    """The commands as users type them, on a chain of their own."""
    with Anvil() as anvil:
        runs = [brownie_run(anvil, tmp_path, "deploy") for _ in range(2)]
        checked = brownie_run(anvil, tmp_path, "verify_deployment")
    assert [run.returncode for run in (*runs, checked)] == [0, 0, 0], runs[0].stdout + runs[0].stderr
    assert "written: " in runs[0].stdout
    assert "everything is on the chain already" in runs[1].stdout
    assert "nobody else" in checked.stdout
    with Anvil() as anew:
        assert "is gone; starting anew" in brownie_run(anew, tmp_path, "deploy").stdout


def test_brownie_run__from_a_subfolder__files_start_from_there(tmp_path: Path) -> None:
    with Anvil() as anvil, tempfile.TemporaryDirectory(dir=ROOT / "tests" / "scripts") as folder:
        here = Path(folder)
        assert brownie_run(anvil, Path("deployments"), "deploy", cwd=here).returncode == 0
        assert (here / "deployments" / "trustspace-rpc.json").exists()
        account = accounts[3].address
        entry = f'[[participants]]\nname = "bank"\naccount = "{account}"\nroles = ["bank"]\n'
        (here / "participants.toml").write_text(entry)
        command = ("grant_roles", "main", "participants.toml", "1")
        granted = brownie_run(anvil, Path("deployments"), *command, cwd=here)
    assert "admitted   bank" in granted.stdout, granted.stdout + granted.stderr


def brownie_run(anvil: Anvil, folder: Path, *command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TRUSTSPACE_RPC_URL": anvil.url, "TRUSTSPACE_DEPLOYMENTS": str(folder)}
    return subprocess.run(
        [ROOT / ".tools" / "bin" / "brownie", "run", *command, "--network", "trustspace-rpc"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
