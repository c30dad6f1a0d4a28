"""A bank that cannot be reached any more."""

from trustspace.errors import PartyUnreachable

PHASES = ("offer", "commit", "answer", "accept")


class Vanishing:
    """A bank that cannot be reached any more from one call on. `silently`: that call still took effect."""

    def __init__(self, party, round_number: int, phase: str, *, silently: bool = False) -> None:
        self.party, self.at, self.silently = party, (round_number, phase), silently
        self.gone = False
        self.participant, self.address = party.participant, party.address

    def __getattr__(self, phase: str):
        act = getattr(self.party, phase)
        if phase not in (*PHASES, "confirm"):
            return act

        def call(*arguments):
            if self.gone:
                raise PartyUnreachable("no answer", where=f"party {self.participant}")
            if arguments and (arguments[0], phase) == self.at:
                self.gone = True
                if self.silently:
                    act(*arguments)
                raise PartyUnreachable("no answer", where=f"party {self.participant}")
            return act(*arguments)

        return call
