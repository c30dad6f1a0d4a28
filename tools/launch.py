"""Start `brownie …` or `pytest …` with three habits of brownie mended.

- It attaches to whatever listens on the fixed port of its development network, and would snapshot and revert that
  chain: here each run gets a free port.
- It makes one dotted module name of a script's whole path, which fails where a folder above the checkout has a dot in
  its name: here scripts are imported as `scripts.<name>`, the name under which tests import them too.
- It remembers deployments by chain id, and refuses to connect to a local chain that was started anew: here the files
  that scripts/deploy.py writes are the only memory.
"""

import importlib
import importlib.util
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def import_script(path: Path) -> ModuleType:
    """Import a script, or import it anew when it was run before."""
    inside = path.is_relative_to(ROOT)
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts) if inside else path.stem
    if name in sys.modules:
        return importlib.reload(sys.modules[name])
    if inside:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"not a Python file: {path}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _nothing(_: object) -> None:
    """Instead of a method that reads or names a file."""


def mend_brownie() -> None:
    from brownie._config import CONFIG
    from brownie.network.contract import _DeployedContractBase
    from brownie.project import scripts
    from brownie.project.main import Project

    for network in CONFIG.networks.values():
        if "cmd" in network:
            network["cmd_settings"]["port"] = free_port()
    scripts._import_from_path = import_script
    Project._load_deployments = _nothing
    _DeployedContractBase._deployment_path = _nothing  # and hence saves none
    sys.path.insert(0, str(ROOT))


def run_brownie() -> int:
    from brownie._cli.__main__ import main

    mend_brownie()
    return int(main() or 0)


def run_pytest() -> int:
    import pytest

    if "no:pytest-brownie" not in sys.argv:
        mend_brownie()
    return int(pytest.main(sys.argv[1:]))


def main() -> int:
    program = sys.argv[1]
    sys.argv = [program, *sys.argv[2:]]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # an exit stops the chain, a signal not
    return {"brownie": run_brownie, "pytest": run_pytest}[program]()


if __name__ == "__main__":
    sys.exit(main())
