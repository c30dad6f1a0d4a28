"""Keyholders as the processes that operators run, with everything made by the commands themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.apps.office import Answer, run_program
from trustspace.adapters.chain.deployment import write_deployment
from trustspace.adapters.keyholders.seed_files import SeedFiles
from trustspace.adapters.keyholders.setup import advance
from trustspace.adapters.keyholders.tls import make_certificate
from trustspace.adapters.keys.keystore import write_keystore
from trustspace.encoding.hashing import keccak

if TYPE_CHECKING:
    from trustspace.adapters.keyholders.setup import SetupStatus
    from trustspace.testing.actors import Actor
    from trustspace.testing.kit import SpaceKit

PASSWORD = "correct horse"


@dataclass
class Processes:
    """Files of five keyholders and one bank around a chain, and the keyholders that run."""

    kit: SpaceKit
    folder: Path
    running: dict[int, subprocess.Popen[str]] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        write_deployment(self.kit.deployment, self.folder / "deployment.json")
        (self.folder / "password").write_text(PASSWORD + "\n")
        self.bank = self.kit.actors.banks[0]
        for actor in (self.bank, *self.kit.actors.keyholders, self.kit.actors.regulator):
            key = keccak(f"trustspace test actor: {actor.name}".encode())
            write_keystore(self.folder / f"{self.name(actor)}.json", key, PASSWORD, light=True)
        self.run(
            "keyholder", "certificate", "bank-1", "--host", "127.0.0.1", "--password-file", self.folder / "password",
            "--folder", self.folder,
        )  # fmt: skip
        for actor in self.kit.actors.keyholders:
            make_certificate(self.folder, self.name(actor), ["127.0.0.1"], PASSWORD)
        for number in range(1, 6):
            self.config(number).write_text(self.keyholder_toml(number))

    @staticmethod
    def name(actor: Actor) -> str:
        return actor.name.replace(" ", "-")

    def config(self, number: int) -> Path:
        return self.folder / f"keyholder-{number}.toml"

    def keyholder_toml(self, number: int, *, quota: int = 1_000) -> str:
        return f"""
[keyholder]
listen = "127.0.0.1:0"
state = "state-{number}"
exchange = "exchange"
password_file = "password"
certificate = "keyholder-{number}.crt"
certificate_key = "keyholder-{number}.key"
quota = {quota}
anchor_seconds = 3600

{self.common(f"keyholder-{number}")}
[[bank]]
participant = {self.bank.participant}
certificate = "bank-1.crt"
"""

    def bank_toml(self) -> Path:
        holders = "".join(
            f"""
[[keyholder]]
participant = {actor.participant}
url = "https://127.0.0.1:{self.ports[number]}"
certificate = "keyholder-{number}.crt"
"""
            for number, actor in enumerate(self.kit.actors.keyholders, 1)
        )
        path = self.folder / "bank.toml"
        path.write_text(
            f"""
[bank]
password_file = "password"
certificate = "bank-1.crt"
certificate_key = "bank-1.key"
pins = "pins.json"

{self.common("bank-1")}{holders}"""
        )
        return path

    def common(self, account: str) -> str:
        return f"""[account]
keystore = "{account}.json"
password_file = "password"

[chain]
rpc = "{self.kit.url}"
deployment = "deployment.json"
"""

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TRUSTSPACE_HOME": str(self.folder / "home"), "COLUMNS": "200"}

    def run(self, *arguments: object, check: bool = True) -> Answer:
        done = run_program(*map(str, arguments), home=self.folder / "home", timeout=120)
        assert not check or done.code == 0, done.err
        return done

    def signing(self, actor: Actor) -> list[object]:
        return [
            "--keystore", self.folder / f"{self.name(actor)}.json", "--password-file", self.folder / "password",
            "--rpc", self.kit.url, "--deployment", self.folder / "deployment.json",
        ]  # fmt: skip

    def setup(self, number: int) -> Answer:
        return self.run("keyholder", "setup", "--config", self.config(number), "--json", check=False)

    def setup_here(self, number: int) -> SetupStatus:
        """The same without a process of its own."""
        actor = self.kit.actors.keyholders[number - 1]
        files = SeedFiles(self.folder / f"state-{number}", PASSWORD, cost=2)
        return advance(1, actor.fingerprint_keys, actor.participants, files, self.folder / "exchange")

    def start(self, number: int) -> None:
        """Wait for the line that says where it listens."""
        process = subprocess.Popen(
            [sys.executable, "-m", "trustspace.apps.cli", "keyholder", "serve", "--config", str(self.config(number))],
            env=self.environment, stdout=subprocess.PIPE, stderr=(self.folder / f"log-{number}").open("a"), text=True,
        )  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (self.folder / f"log-{number}").read_text()
        self.ports[number] = int(json.loads(line)["listening"].rpartition(":")[2])
        self.running[number] = process

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def stop(self, number: int) -> int:
        """As an operator ends it."""
        process = self.running.pop(number)
        process.terminate()
        code = process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()
        return code

    def end(self) -> None:
        for number in list(self.running):
            self.kill(number)
