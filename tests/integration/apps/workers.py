"""A run over worker processes of their own: kits, files and processes, stopped at the end whatever happens."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.integration.apps.office import OWN_SETTINGS, Answer, run_program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Office
    from trustspace.testing.kit import Actor

PATIENCE = "patience = { gather = 150, away = 1, answer = 150, silence = 300 }"
SECONDS = 400


def reserved_port() -> socket.socket:
    """A port kept from everybody but a listener that may share it, for as long as the socket is open."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


class WorkerRun:
    """Four banks' workers and a coordinator; each has a home of its own."""

    def __init__(self, office: Office, folder: Path, name: str) -> None:
        self.office, self.folder, self.name = office, folder, name
        self._reserved = reserved_port()
        self.port = int(self._reserved.getsockname()[1])
        self.config = self._write_run()
        self._started: list[subprocess.Popen[str]] = []
        made = run_program("worker", "provision", str(self.config), "--to", str(folder / "kits"), home=folder)
        assert made.code == 0, made.err

    @property
    def banks(self) -> tuple[Actor, ...]:
        return self.office.kit.actors.banks[:4]

    def wait_longer_for_broken_lines(self) -> None:
        """Count no worker as gone that comes back within two minutes."""
        text = self.config.read_text(encoding="utf-8")
        self.config.write_text(text.replace("away = 1,", "away = 120,"), encoding="utf-8")

    def start_worker(self, number: int, *dying: str, changes: tuple[str, str] = ("", "")) -> subprocess.Popen[str]:
        path = self._write_worker(number, changes)
        return self._start(f"bank {number}", "worker", "--config", str(path), dying=dying)

    def start_workers(self, *numbers: int) -> list[subprocess.Popen[str]]:
        return [self.start_worker(number) for number in numbers]

    def start_coordinator(self, *dying: str, resume: bool = False) -> subprocess.Popen[str]:
        flags = ("--resume",) if resume else ()
        return self._start("aggregator", "train", str(self.config), *flags, dying=dying)

    def finished(self, process: subprocess.Popen[str]) -> Answer:
        out, err = process.communicate(timeout=SECONDS)
        return Answer(code=process.returncode, out=out, err=err)

    def stop(self) -> None:
        self._reserved.close()
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _start(self, home: str, *arguments: str, dying: tuple[str, ...]) -> subprocess.Popen[str]:
        own = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
        module = "tests.integration.apps.dying" if dying else "trustspace.apps.cli"
        process = subprocess.Popen(
            [sys.executable, "-m", module, *dying, *arguments, *self.office.connection, "--json"],
            env={**own, "TRUSTSPACE_HOME": str(self.folder / home), "COLUMNS": "200"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._started.append(process)
        return process

    def _write_run(self) -> Path:
        text = self.office.write_run(self.name).read_text(encoding="utf-8").split("[[party]]")[0]
        lines = [text, "[engine]", 'kind = "nvflare"', f'listen = "127.0.0.1:{self.port}"']
        lines += [f'kit = "{self.folder}/kits/coordinator"', PATIENCE]
        for number, bank in enumerate(self.banks, 1):
            lines += ["[[party]]", f'name = "bank {number}"', f'account = "{bank.address}"']
        path = self.office.folder / f"{self.name}-workers.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def _write_worker(self, number: int, changes: tuple[str, str]) -> Path:
        bank = self.banks[number - 1]
        lines = ["[run]", f'name = "{self.name}"', 'plan = "plan.json"', "[party]", f'table = "bank-{number}.csv"']
        lines += [f'keystore = "{self.office.keystore(bank).name}"', 'password_file = "password"']
        lines += ["[engine]", 'kind = "nvflare"', f'coordinator = "127.0.0.1:{self.port}"']
        lines += [f'kit = "{self.folder}/kits/{bank.address}"', PATIENCE]
        path = self.office.folder / f"{self.name}-bank-{number}.toml"
        path.write_text("\n".join(lines).replace(*changes), encoding="utf-8")
        return path
