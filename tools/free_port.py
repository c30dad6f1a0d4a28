"""Start `brownie …` or `pytest …` so that brownie's development chain gets a free port.

Brownie attaches to whatever listens on the port of its development network, and would snapshot and revert it.
"""

import socket
import sys


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def give_brownie_a_port() -> None:
    from brownie._config import CONFIG

    for network in CONFIG.networks.values():
        if "cmd" in network:
            network["cmd_settings"]["port"] = free_port()


def run_brownie() -> int:
    from brownie._cli.__main__ import main

    give_brownie_a_port()
    return int(main() or 0)


def run_pytest() -> int:
    import pytest

    if "no:pytest-brownie" not in sys.argv:
        give_brownie_a_port()
    return int(pytest.main(sys.argv[1:]))


def main() -> int:
    program = sys.argv[1]
    sys.argv = [program, *sys.argv[2:]]
    return {"brownie": run_brownie, "pytest": run_pytest}[program]()


if __name__ == "__main__":
    sys.exit(main())
