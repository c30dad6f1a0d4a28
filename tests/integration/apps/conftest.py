"""The office is made once, by the commands themselves; tests that write undo what they wrote."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.apps.office import OWN_SETTINGS, Answer, Office, run_program
from trustspace.adapters.chain.deployment import write_deployment
from trustspace.apps.cli import main
from trustspace.testing.kit import start_kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustspace.domain.ids import CertificateId

    Command = Callable[..., Answer]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Invoices anchored and a model trained by the commands; features committed."""
    folder = tmp_path_factory.mktemp("office")
    with start_kit() as kit:
        write_deployment(kit.deployment, folder / "deployment.json")
        office = Office(kit, folder)
        anchored = run_program(
            "invoice", "anchor", str(office.export), "--subjects", str(office.subjects),
            "--openings", str(office.openings), *office.connection, *office.signing(kit.actors.sources[0]), "--json",
            home=folder / "source",
        )  # fmt: skip
        assert anchored.code == 0, anchored.err
        office.anchored = anchored.json
        office.batch_ids = tuple(bytes.fromhex(batch[2:]) for batch in anchored.json["batches"])
        office.commit_features()
        office.write_tables()
        trained = run_program("train", str(office.write_run("first")), *office.connection, "--json", home=folder / "b")
        assert trained.code == 0, trained.err
        office.trained = trained.json
        office.register(bytes.fromhex(trained.json["model"][2:]), folder / "first")
        yield office


@pytest.fixture
def desk(office: Office) -> Iterator[Office]:
    """The office, restored on the chain after the test."""
    with office.kit.isolated():
        yield office


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Command]:
    """Run `trustspace …` in this process, with a home of its own."""
    for name in OWN_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRUSTSPACE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["trustspace", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        code = left.value.code
        return Answer(code=code if isinstance(code, int) else int(code is not None), out=printed.out, err=printed.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def certificate(desk: Office) -> CertificateId:
    """A certificate that holds."""
    return desk.issue(0)
