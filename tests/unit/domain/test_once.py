"""Answers are remembered under the whole question, few at a time, and never an error."""

import pytest

from trustspace.domain.once import MOST, forget, once


@pytest.fixture(autouse=True)
def fresh():
    forget()
    yield
    forget()


def test_once__same_question__asked_once() -> None:
    asked = []
    for _ in range(3):
        assert once(("sum", b"a"), lambda: asked.append(1) or "answer") == "answer"
    assert once(("sum", b"b"), lambda: "another") == "another"
    assert asked == [1]


def test_once__what_is_raised__is_not_remembered() -> None:
    def refused() -> str:
        raise ValueError("forged")

    for _ in range(2):
        with pytest.raises(ValueError, match="forged"):
            once("question", refused)
    assert once("question", lambda: "answer") == "answer"


def test_once__many_questions__the_oldest_are_forgotten() -> None:
    for number in range(MOST + 1):
        once(number, lambda: "old")
    assert once(0, lambda: "new") == "new"
    assert once(MOST, lambda: "new") == "old"
