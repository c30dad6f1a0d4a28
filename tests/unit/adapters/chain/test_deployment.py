"""Deployment files: what is written is read back; what is damaged is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from trustspace.adapters.chain import deployment as module
from trustspace.adapters.chain.deployment import (
    DeploymentFile,
    bundled_deployment,
    bundled_deployment_of,
    read_deployment,
    write_deployment,
)
from trustspace.adapters.chain.node import ChainIdentity
from trustspace.domain.deployment import CONTRACTS, DeployedContract, Deployment
from trustspace.domain.ids import Address
from trustspace.errors import ContractMissing, InvalidDeployment

if TYPE_CHECKING:
    from pathlib import Path

SOMEBODY = Address("0x52908400098527886E0F7030069857D2E4169EE7")
DEPLOYMENT = Deployment(
    network="test",
    chain_id=31337,
    genesis_hash="0xab",
    deployer=SOMEBODY,
    regulator=SOMEBODY,
    guardian=SOMEBODY,
    commit="",
    contracts=tuple(
        DeployedContract(
            name=name,
            address=SOMEBODY,
            block=number,
            transaction="0x01",
            arguments=(SOMEBODY, 2),
            abi_hash="cd",
            code_hash="0xef",
            version="1.0.0",
        )
        for number, name in enumerate(CONTRACTS, start=3)
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "deep" / "test.json"
    write_deployment(DEPLOYMENT, written)
    return written


def test_file__written_then_read__is_the_same(path: Path) -> None:
    assert read_deployment(path) == DEPLOYMENT
    assert [item.name for item in path.parent.iterdir()] == ["test.json"]


def test_deployment__finds_contracts_and_its_first_block() -> None:
    assert DEPLOYMENT.block == 3
    assert DEPLOYMENT.address("ModelRegistry") == SOMEBODY
    with pytest.raises(ContractMissing, match="test: the deployment has no LoanMarket"):
        DEPLOYMENT.address("LoanMarket")


def test_store__absent_then_written_then_removed(tmp_path: Path) -> None:
    store = DeploymentFile(tmp_path / "net.json")
    assert store.read() is None
    store.remove()
    store.write(DEPLOYMENT)
    assert store.read() == DEPLOYMENT
    assert store.unfinished.path.name == "net.unfinished.json"
    store.remove()
    assert store.read() is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "not a deployment of schema 1"),
        ({"regulator": None}, "unreadable"),
        ({"guardian": "0x12"}, "is not an address"),
        ({"chain_id": "many"}, "unreadable"),
        ({"contracts": []}, "unreadable"),
    ],
)
def test_read__damaged_field__names_the_file(path: Path, change: dict[str, object], message: str) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidDeployment, match=message) as raised:
        read_deployment(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("field", ["network", "chain_id", "genesis_hash", "regulator", "contracts"])
def test_read__field_missing__is_named(path: Path, field: str) -> None:
    content = json.loads(path.read_text())
    del content[field]
    path.write_text(json.dumps(content))
    with pytest.raises(InvalidDeployment, match=f"field '{field}' is missing"):
        read_deployment(path)


def test_read__no_json_or_no_file__says_so(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    with pytest.raises(InvalidDeployment, match="not a deployment file"):
        read_deployment(bad)
    with pytest.raises(InvalidDeployment, match="no such deployment file"):
        read_deployment(tmp_path / "none.json")


def test_bundled_deployment__chain_without_one__names_the_remedy() -> None:
    with pytest.raises(ContractMissing, match="knows no deployment on chain 4"):
        bundled_deployment(ChainIdentity(chain_id=4, genesis_hash="0x00"))


def test_bundled_deployment__with_a_node_or_without__the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_deployment(DEPLOYMENT, tmp_path / "deployments" / "test.json")
    (tmp_path / "deployments" / "notes.txt").write_text("no deployment")
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    assert bundled_deployment(ChainIdentity(chain_id=31337, genesis_hash="0xab")) == DEPLOYMENT
    assert bundled_deployment_of(31337, SOMEBODY) == DEPLOYMENT
    for chain_id, registry in ((31337, Address("0x" + "11" * 20)), (4, SOMEBODY)):
        with pytest.raises(ContractMissing, match=f"no deployment on chain {chain_id}"):
            bundled_deployment_of(chain_id, registry)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"schema": 1, "network": "", "chain_id": Infinity}'])
def test_read__hostile_file__is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "test.json").write_text(text)
    with pytest.raises(InvalidDeployment, match=r"test\.json"):
        read_deployment(tmp_path / "test.json")
