"""A program is killed between any two steps and started again: no job is lost, none is done twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_client import server
from tests.integration.worker import INBOX, KEY
from trustspace.adapters.chain.node import Node
from trustspace.adapters.chain.rpc import number

if TYPE_CHECKING:
    from trustspace.adapters.chain.anvil import Anvil

WORKER = Path(__file__).with_name("worker.py")
ROOT = WORKER.parents[2]


def start(anvil: Anvil, outbox: Path, first: int, last: int, *step: str) -> subprocess.Popen[bytes]:
    return start_at(anvil.url, outbox, first, last, *step)


def start_at(url: str, outbox: Path, first: int, last: int, *step: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.worker", url, str(outbox), str(first), str(last), *step]
    return subprocess.Popen(command, cwd=ROOT)


def jobs_done(node: Node) -> Counter[int]:
    """How often each job stands on the chain."""
    done: Counter[int] = Counter()
    for block in range(node.block_number() + 1):
        for found in node.rpc.call("eth_getBlockByNumber", hex(block), True)["transactions"]:
            if found["to"] == INBOX.lower() and found["from"] == KEY.address.lower():
                done[int(found["input"], 16)] += 1
    return done


def queued_by_worker(node: Node) -> list[str]:
    """Hashes of the worker's transactions that wait to be mined."""
    waiting = node.rpc.call("txpool_content")["pending"]
    mine = next((items for sender, items in waiting.items() if sender.lower() == KEY.address.lower()), {})
    return [found["hash"] for found in mine.values()]


@pytest.mark.parametrize("step", ["signed", "stored", "sent", "mined"])
def test_worker__killed_at_a_step_and_started_again__does_every_job_once(
    chain: Anvil, tmp_path: Path, step: str
) -> None:
    outbox = tmp_path / "outbox.sqlite"
    assert start(chain, outbox, 0, 7, step).wait(30) == -signal.SIGKILL
    assert start(chain, outbox, 0, 7).wait(30) == 0
    assert jobs_done(Node(chain.url)) == Counter(range(7))


def test_worker__killed_again_and_again__does_every_job_once(chain: Anvil, tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    kills = 0
    for round_number in range(8):
        first, last = 20 * round_number, 20 * round_number + 40  # jobs of two rounds overlap
        step = ("signed", "stored", "sent", "mined")[round_number % 4]
        kills += start(chain, outbox, first, last, step).wait(30) == -signal.SIGKILL
    assert kills == 8
    assert start(chain, outbox, 0, 180).wait(60) == 0
    assert jobs_done(Node(chain.url)) == Counter(range(180))


def test_workers__two_on_one_account_at_once__share_the_outbox_without_a_clash(chain: Anvil, tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    both = [start(chain, outbox, 0, 60), start(chain, outbox, 30, 90)]
    assert [worker.wait(60) for worker in both] == [0, 0]
    assert jobs_done(Node(chain.url)) == Counter(range(90))


def test_worker__every_fourth_answer_is_lost__does_every_job_once(chain: Anvil, tmp_path: Path) -> None:
    """Hung up before or after the node was asked, or answered with an error of a gateway; and killed now and then."""
    luck, direct = random.Random(4), Node(chain.url)

    def forward(body: Any) -> tuple[int, bytes]:
        chance = luck.random()
        if chance < 0.08:
            return 503, b"busy"
        request = urllib.request.Request(chain.url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - the own node
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            raw = answer.read()
        return (0, b"") if chance < 0.25 else (200, raw)

    outbox = tmp_path / "outbox.sqlite"
    with server(forward) as (url, _):
        for last in range(10, 90, 10):
            steps = ["sent"] if last % 20 == 0 else []
            start_at(url, outbox, 0, last, *steps).wait(60)
        assert start_at(url, outbox, 0, 90).wait(60) == 0
    assert jobs_done(direct) == Counter(range(90))


def test_worker__node_drops_what_is_queued_again_and_again__does_every_job_once(
    stopped_chain: Anvil, tmp_path: Path
) -> None:
    node, worker = Node(stopped_chain.url), start(stopped_chain, tmp_path / "outbox.sqlite", 0, 30)
    ended = threading.Event()
    threading.Thread(target=lambda: (worker.wait(60), ended.set()), daemon=True).start()
    drops = 0
    while not ended.is_set():
        if drops == 3:
            node.rpc.call("anvil_mine", "0x1")
        elif queued := queued_by_worker(node):  # nothing is mined before the third drop, however slow the machine is
            for found in queued:
                node.rpc.call("anvil_dropTransaction", found)
            drops += 1
        time.sleep(0.05)
    assert worker.returncode == 0
    assert drops == 3
    assert jobs_done(node) == Counter(range(30))
    assert number(node.rpc.call("eth_getTransactionCount", KEY.address, "latest")) == 30
