"""Start `brownie …` or `pytest …` so that brownie's development chain gets a free port.

Brownie attaches to whatever listens on the port of its development network, and would snapshot and revert it.
"""

import socket
import sys


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    program = sys.argv[1]
    sys.argv = [program, *sys.argv[2:]]

    from brownie._config import CONFIG

    CONFIG.networks["development"]["cmd_settings"]["port"] = free_port()
    if program == "pytest":
        import pytest

        return int(pytest.main(sys.argv[1:]))

    from brownie._cli.__main__ import main as brownie

    return int(brownie() or 0)


if __name__ == "__main__":
    sys.exit(main())
