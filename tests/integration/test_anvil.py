"""The embedded chain: starts privately, ends with its owner however that ends, stays when asked to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trustspace.adapters.chain.anvil import Anvil, AnvilOptions, find_anvil
from trustspace.adapters.chain.node import Node
from trustspace.errors import ChainUnreachable, ToolMissing

OWNER = """
import sys, time
from trustspace.adapters.chain.anvil import Anvil, AnvilOptions
with Anvil(AnvilOptions(keep={keep})) as anvil:
    print(anvil.pid, anvil.url, flush=True)
    {then}
"""


def start_owner(then: str = "time.sleep(60)", *, keep: bool = False) -> tuple[subprocess.Popen[str], int, str]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(then=then, keep=keep)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pid, url = owner.stdout.readline().split()
    return owner, int(pid), url


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int, *, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_anvil__two_at_once__have_their_own_ports_and_chains() -> None:
    with Anvil() as one, Anvil() as other:
        assert one.port != other.port
        assert Node(one.url).identity.chain_id == Node(other.url).identity.chain_id == 31337


def test_anvil__leaves_block__is_gone_with_its_home() -> None:
    with Anvil() as anvil:
        pid, home = anvil.pid, anvil._home
        assert is_running(pid)
        assert home is not None
        assert home.exists()
    assert not is_running(pid)
    assert not home.exists()


def test_anvil__owner_was_killed__the_next_one_removes_its_home() -> None:
    owner, pid, _ = start_owner()
    home = Path(f"/proc/{pid}/cwd").resolve()
    owner.kill()
    owner.wait(10)
    assert ends(pid)
    with Anvil() as other:
        assert not home.exists()
        assert other._home is not None
        assert other._home.exists()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_anvil__owner_is_ended_by_a_signal__ends_too(sent: signal.Signals) -> None:
    owner, pid, _ = start_owner()
    owner.send_signal(sent)
    owner.wait(10)
    assert ends(pid)


def test_anvil__keep__outlives_its_owner() -> None:
    owner, pid, url = start_owner(then="pass", keep=True)
    try:
        assert owner.wait(10) == 0
        assert Node(url).block_number() == 0
    finally:
        os.kill(pid, signal.SIGTERM)
    assert ends(pid)


def test_anvil__keep_but_the_owner_fails__ends() -> None:
    owner, pid, _ = start_owner(then="sys.exit(3)", keep=True)
    assert owner.wait(10) == 3
    assert ends(pid)


def test_anvil__state_file__survives_a_stop(tmp_path: Path) -> None:
    options = AnvilOptions(state=tmp_path / "state.json")
    with Anvil(options) as anvil:
        Node(anvil.url).rpc.call("anvil_mine", "0x5")
    with Anvil(options) as anvil:
        assert Node(anvil.url).block_number() == 5


def test_anvil__given_port_is_taken__says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(ChainUnreachable, match="did not start"),
            Anvil(AnvilOptions(port=taken.getsockname()[1])),
        ):
            pass


def test_anvil__another_node_on_the_given_port__is_not_mistaken_for_ours(chain: Anvil) -> None:
    with pytest.raises(ChainUnreachable, match="did not start"), Anvil(AnvilOptions(port=chain.port)):
        pass
    assert Node(chain.url).block_number() == 0


def test_find_anvil__named_program_is_missing__tells_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTSPACE_ANVIL", "/nowhere/anvil")
    with pytest.raises(ToolMissing, match="TRUSTSPACE_ANVIL=/nowhere/anvil"):
        find_anvil()


def test_find_anvil__named_program_is_the_checkouts_wrapper__is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TRUSTSPACE_ANVIL", raising=False)
    wrapper = find_anvil()
    if wrapper.resolve().name != "shim":
        pytest.skip("only a checkout has the wrapper")
    (tmp_path / "anvil").symlink_to(wrapper)
    for named in (wrapper, wrapper.resolve(), tmp_path / "anvil"):
        monkeypatch.setenv("TRUSTSPACE_ANVIL", str(named))
        with pytest.raises(ToolMissing, match="unset it"):
            find_anvil()
