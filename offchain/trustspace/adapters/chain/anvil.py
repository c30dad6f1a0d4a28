"""A private Anvil: a port that was free, own home, gone when its owner is gone.

Anvil's accounts are published test accounts: never put anything of value on such a chain.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trustspace.adapters.programs import find_program
from trustspace.errors import ChainUnreachable, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

HARDFORK = "cancun"  # later ones cap a transaction at 2^24 gas
CHAIN_ID = 31337
DEV_ACCOUNTS = 10
MNEMONIC = "test test test test test test test test test test test junk"
START_SECONDS = 15.0
HOME_PREFIX = "trustspace-anvil-"
LOG = "anvil.log"
PID = "pid"  # beside it, once Anvil runs
LISTENING = re.compile(r"^Listening on \S+:(\d+)$", re.MULTILINE)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnvilOptions:
    """How the chain behaves. `block_time` None mines each transaction at once; `state` is a file that outlives it."""

    chain_id: int = CHAIN_ID
    hardfork: str = HARDFORK
    port: int = 0  # any free one
    accounts: int = DEV_ACCOUNTS
    gas_limit: int = 30_000_000
    block_time: int | None = None
    mining: bool = True
    state: Path | None = None
    keep: bool = False
    extra: tuple[str, ...] = ()


@dataclass(slots=True)
class Anvil:
    """A running Anvil as a context manager. With `keep` it goes on after the program ends."""

    options: AnvilOptions = field(default_factory=AnvilOptions)
    program: Path | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _home: Path | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process; 0 before it runs."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Anvil:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.options.keep or kind is not None:
            self.stop()

    def start(self) -> Anvil:
        """Start it and wait until it answers. Raises ToolMissing, or ChainUnreachable when it does not come up."""
        program = self.program or find_anvil()
        remove_orphaned_homes(Path(tempfile.gettempdir()))
        self._home = Path(tempfile.mkdtemp(prefix=HOME_PREFIX))
        if not self.options.keep:
            atexit.register(self.stop)
        self._launch(program)
        try:
            self.port = self._wait_until_ready()
        except ChainUnreachable as error:
            self.stop()
            raise ChainUnreachable(
                f"Anvil did not start: {error.message}", where=str(program), remedy="try it by hand"
            ) from None
        return self

    def stop(self) -> None:
        """End it (it writes its state first when it has a file) and remove its home."""
        self._kill()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None
        atexit.unregister(self.stop)

    def arguments(self) -> list[str]:
        """The command line without the program."""
        options = self.options
        given = [
            "--host", "127.0.0.1", "--port", str(self.options.port), "--chain-id", str(options.chain_id),
            "--hardfork", options.hardfork, "--accounts", str(options.accounts), "--mnemonic", MNEMONIC,
            "--gas-limit", str(options.gas_limit), "--gas-price", "0", "--block-base-fee-per-gas", "0",
            "--disable-min-priority-fee",
        ]  # fmt: skip
        if options.block_time is not None:
            given += ["--block-time", str(options.block_time)]
        if not options.mining:
            given.append("--no-mining")
        if options.state is not None:
            given += ["--state", str(options.state.absolute())]
        return [*given, *options.extra]

    def _launch(self, program: Path) -> None:
        if self._home is None:  # pragma: no cover - start() made it
            raise ToolMissing("Anvil has no home directory", remedy="call start()")
        log = self._home / LOG  # grows by some 20 bytes a call
        # A session of its own: Ctrl-C reaches this program, which then stops Anvil in order.
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(program), *self.arguments()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env=_environment(os.environ, self._home),
                start_new_session=True,
                preexec_fn=None if self.options.keep else _die_with_parent(os.getpid()),
            )
        (self._home / PID).write_text(str(self._process.pid), encoding="ascii")

    def _wait_until_ready(self) -> int:
        """The port, from Anvil's own word: whoever else answers at a port is not ours."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = LISTENING.search(self._log_text())
            if found:
                return int(found[1])
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.01)
        raise ChainUnreachable(self._log_text()[-500:].strip() or "it did not listen in time", where="Anvil")

    def _log_text(self) -> str:
        log = self._home / LOG if self._home else None
        return log.read_text(errors="replace") if log and log.exists() else ""

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def find_anvil() -> Path:
    """TRUSTSPACE_ANVIL, else the checkout's .tools/bin, else the PATH. Raises ToolMissing."""
    return find_program("anvil", title="Anvil", remedy="install Foundry")


def remove_orphaned_homes(folder: Path) -> None:
    """Remove the homes of Anvils whose owner was killed and could not: those that name a process which is gone."""
    for home in folder.glob(f"{HOME_PREFIX}*"):
        try:
            pid = int((home / PID).read_text(encoding="ascii"))
        except (OSError, ValueError):  # just being made, or another user's
            continue
        if not _is_alive(pid):
            shutil.rmtree(home, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except OSError:  # another user's, or a system without /proc
        return True
    return state != "Z"  # ended, but nobody took notice: usual in containers


def _environment(own: Mapping[str, str], home: Path) -> dict[str, str]:
    """The own environment with a private home: Anvil would keep gigabytes under ~/.foundry."""
    return {**own, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "NO_COLOR": "1"}


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """Make the kernel end the child with its parent, however that dies (Linux); elsewhere atexit must do."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:  # pragma: no cover - runs in the child
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
