"""Both ends of the lines, over a line that a test holds: what is asked, asked again, awaited and given up."""

import sys

import pytest

from trustspace.adapters.transport import nvflare_coordinator, nvflare_worker
from trustspace.adapters.transport.nvflare_coordinator import NvflareCoordinator
from trustspace.adapters.transport.nvflare_core import ASK, END, READY, REPLY, nvflare_module, parse_address
from trustspace.adapters.transport.nvflare_worker import NvflareWorker
from trustspace.adapters.transport.patience import Patience
from trustspace.domain.run_calls import Act, PartyRefusal, PartyReply, PartyRequest
from trustspace.encoding.run_calls import pack_reply, unpack_request
from trustspace.errors import LeftOut, OutOfRange, PartyUnreachable, ProtocolError, ToolMissing, UsageError

BANKS = {5: "0xA", 7: "0xB"}
SHORT = Patience(gather=0.3, away=0.3, answer=0.3, silence=0.3)


class Hand:
    """A line: keeps what is sent, lets peers come, go and speak. `said`: a peer's answer to each question."""

    def __init__(self, *_: object) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.here: set[str] = set()
        self.takes: dict[str, object] = {}
        self.said = lambda _name, _question: None
        self.changed = lambda: None

    def on(self, topic, take) -> None:
        self.takes[topic] = take

    def on_change(self, changed) -> None:
        self.changed = changed

    def start(self) -> None:
        self.changed()

    def connected(self, name: str) -> bool:
        return name in self.here

    def come(self, name: str) -> None:
        self.here.add(name)
        self.takes[READY](name, b"\x00")

    def send(self, name: str, topic: str, content: bytes) -> None:
        self.sent.append((name, topic, content))
        if topic == ASK:
            self.said(name, content)

    def speak(self, name: str, topic: str, content: bytes) -> None:
        self.takes[topic](name, content)

    def close(self) -> None:
        self.here.clear()


@pytest.fixture
def coordinator(monkeypatch, tmp_path):
    monkeypatch.setattr(nvflare_coordinator, "Line", Hand)
    monkeypatch.setattr(nvflare_coordinator, "credentials", lambda _kit: {})
    monkeypatch.setattr(nvflare_coordinator, "require_free", lambda _address: None)
    return NvflareCoordinator(BANKS, tmp_path, ("127.0.0.1", 1), SHORT)


def ask(act: Act = Act.OFFER, number: int = 1) -> dict[int, PartyRequest]:
    return dict.fromkeys(BANKS, PartyRequest(act=act, run=b"r" * 32, round=number))


def honest(line: Hand, reply=None):
    def said(name: str, content: bytes) -> None:
        number = unpack_request(content[8:], where="").round
        line.speak(name, REPLY, content[:8] + pack_reply(reply or PartyReply(round=number)))

    return said


def test_exchange__all_answer__replies_by_party_and_end_is_said(coordinator) -> None:
    with coordinator as engine:
        line = engine._line
        line.said = honest(line)
        for account in BANKS.values():
            line.come(account)
        assert engine.exchange(ask(number=3)) == dict.fromkeys(BANKS, PartyReply(round=3))
        assert engine.parties == BANKS
    assert [(name, topic) for name, topic, _ in line.sent][-2:] == [("0xA", END), ("0xB", END)]


def test_exchange__an_error_ends_the_run__no_end_is_said(coordinator) -> None:
    with pytest.raises(LeftOut), coordinator:
        raise LeftOut("x")
    assert coordinator._line.sent == []


def test_exchange__one_never_connects_one_goes_away__named_by_the_wait(coordinator) -> None:
    with coordinator as engine:
        line = engine._line
        line.come("0xA")
        line.here.clear()
        found = engine.exchange(ask())
    assert "went away within 0 s (patience.away)" in str(found[5])
    assert "did not connect within 0 s (patience.gather)" in str(found[7])


def test_exchange__connected_and_silent__named_by_the_wait(coordinator) -> None:
    with coordinator as engine:
        engine._line.come("0xA")
        engine._line.come("0xB")
        found = engine.exchange(ask())
    assert all("gave no answer within 0 s (patience.answer)" in str(reply) for reply in found.values())
    assert "party 7 (0xB)" in str(found[7])


def test_exchange__line_breaks_and_is_back__the_same_question_again(coordinator) -> None:
    with coordinator as engine:
        line = engine._line
        answer = honest(line)

        def said(name: str, content: bytes) -> None:
            asked = [sent for sent in line.sent if sent[:2] == (name, ASK)]
            if name == "0xB" and len(asked) == 1:
                line.come("0xB")  # a new process of it, which knows nothing of the question
            else:
                answer(name, content)

        line.said = said
        line.come("0xA")
        line.come("0xB")
        assert engine.exchange(ask()) == dict.fromkeys(BANKS, PartyReply(round=1))
        first, second = (content for name, topic, content in line.sent if (name, topic) == ("0xB", ASK))
        assert first == second


def test_exchange__late_reply_to_an_earlier_question__not_taken_for_this_one(coordinator) -> None:
    with coordinator as engine:
        line = engine._line
        answer = honest(line)
        line.come("0xA")
        line.come("0xB")
        engine.exchange(ask(number=1))
        late = next(content for _, topic, content in line.sent if topic == ASK)

        def said(name: str, content: bytes) -> None:
            line.speak(name, REPLY, late[:8] + pack_reply(PartyReply(round=1)))
            line.speak("0xC", REPLY, content[:8] + pack_reply(PartyReply(round=9)))  # a stranger
            answer(name, content)

        line.said = said
        assert engine.exchange(ask(number=2)) == dict.fromkeys(BANKS, PartyReply(round=2))


def test_exchange__bytes_that_are_no_reply__that_party_is_gone(coordinator) -> None:
    with coordinator as engine:
        line = engine._line
        line.said = lambda name, content: line.speak(name, REPLY, content[:8] + b"nonsense")
        line.come("0xA")
        line.come("0xB")
        found = engine.exchange(ask())
    assert "party 5 (0xA): sent what is no answer" in str(found[5])


@pytest.mark.parametrize(
    ("name", "raised"),
    [("LeftOut", LeftOut), ("OutOfRange", OutOfRange), ("ContractRefused", ProtocolError), ("exit", ProtocolError)],
)
def test_exchange__a_party_refuses__raised_by_name(coordinator, name: str, raised) -> None:
    refusal = PartyRefusal(error=name, message="no", where="party 5, round 1", remedy="")
    with coordinator as engine:
        line = engine._line
        line.said = honest(line, refusal)
        line.come("0xA")
        line.come("0xB")
        with pytest.raises(raised, match=r"party 5, round 1: .*no"):
            engine.exchange(ask())


@pytest.mark.parametrize("name", ["PartyUnreachable", "MemoryLost", "ChainUnreachable"])
def test_exchange__a_party_cannot_go_on__counts_as_gone(coordinator, name: str) -> None:
    refusal = PartyRefusal(error=name, message="lost", where="party 5", remedy="")
    with coordinator as engine:
        line = engine._line
        line.said = honest(line, refusal)
        line.come("0xA")
        line.come("0xB")
        assert isinstance(engine.exchange(ask())[5], PartyUnreachable)


@pytest.fixture
def worker(monkeypatch, tmp_path):
    monkeypatch.setattr(nvflare_worker, "Line", Hand)
    monkeypatch.setattr(nvflare_worker, "credentials", lambda _kit: {})
    return NvflareWorker("0xA", tmp_path, ("127.0.0.1", 1), SHORT)


def test_worker__asked_and_ended__answers_in_order_and_to_the_coordinator_alone(worker) -> None:
    line = worker._line
    line.here.add("server")

    def start() -> None:
        line.changed()
        line.speak("0xB", ASK, b"00000000theirs")
        line.speak("server", ASK, b"00000001first")
        line.speak("server", ASK, b"00000002second")
        line.speak("0xB", END, b"\x00")
        line.speak("server", END, b"\x00")

    line.start = start
    worker.serve(bytes.upper)
    assert line.sent == [
        ("server", READY, b"\x00"),
        ("server", REPLY, b"00000001FIRST"),
        ("server", REPLY, b"00000002SECOND"),
    ]


def test_worker__coordinator_silent__ends_naming_the_wait(worker) -> None:
    with pytest.raises(PartyUnreachable, match=r"coordinator: was not heard of .*patience\.silence"):
        worker.serve(bytes.upper)


@pytest.mark.parametrize("text", ["8002", "host", "host:", ":8002", "host:0", "host:65536", "host:x"])
def test_address__of_another_form__refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no host:port"):
        parse_address(text, where="engine.listen")
    assert parse_address("hub.example:8002", where="") == ("hub.example", 8002)


@pytest.mark.parametrize("seconds", [0, -1, 1e9, float("nan"), "5", True])
def test_patience__no_time__refused(seconds) -> None:
    with pytest.raises(OutOfRange, match=r"patience\.away"):
        Patience(away=seconds)


def test_nvflare__absent__names_the_extra(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "nvflare", None)
    for name in [name for name in sys.modules if name.startswith("nvflare.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ToolMissing, match=r"trustspace\[nvflare\]"):
        nvflare_module("nvflare.fuel.f3.message")
