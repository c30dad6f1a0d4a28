"""`trustspace train`, coordinator and parties, is killed at any step of a round; `--resume` ends in the same model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.apps.office import OWN_SETTINGS, run_program
from trustspace.apps.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.apps.office import Office


@pytest.mark.parametrize("point", ["offer", "commit", "fixed", "answer", "closed", "accept"])
def test_train__killed_at_a_step__resumes_to_the_same_model_hash(desk: Office, tmp_path: Path, point: str) -> None:
    config = str(desk.write_run(f"killed-{point}"))
    own = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    died = subprocess.run(
        [sys.executable, "-m", "tests.integration.apps.dying", point, "train", config, *desk.connection],
        env={**own, "TRUSTSPACE_HOME": str(tmp_path)}, timeout=60, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    again = run_program("train", config, *desk.connection, "--json", home=tmp_path)
    assert (again.code, again.error["error"]) == (ExitCode.PROTOCOL, "RunBegun")
    resumed = run_program("train", config, "--resume", *desk.connection, "--json", home=tmp_path)
    assert resumed.code == ExitCode.OK, resumed.err
    assert resumed.json["model_hash"] == desk.trained["model_hash"]
    assert (resumed.json["left"], resumed.json["rounds"]) == ({}, desk.trained["rounds"])
    audited = run_program(
        "audit", resumed.json["run"], "--transcript", resumed.json["transcript"], *desk.connection, home=tmp_path
    )
    assert audited.code == ExitCode.OK, audited.err
