"""What a reader finds in a document, as text and not yet believed; `settle.py` makes the canonical value of it.

A field that may stand once and stands twice is a problem, not a choice: two readers could choose differently.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trustspace.domain.verdicts import Finding

Texts = dict[str, str]


@dataclass(slots=True)
class PartyDraft:
    """Names and ids as they were found: `texts` holds name, country; `ids` pairs of scheme and value."""

    texts: Texts = field(default_factory=dict)
    ids: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """Texts by the name of the field in the canonical value; lists of texts where a group repeats."""

    texts: Texts = field(default_factory=dict)
    profile: str = ""
    seller: PartyDraft | None = None
    buyer: PartyDraft | None = None
    payee: PartyDraft | None = None
    taxes: list[Texts] = field(default_factory=list)
    adjustments: list[Texts] = field(default_factory=list)
    preceding: list[Texts] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    lines: list[Texts] = field(default_factory=list)
    third_party: list[str] = field(default_factory=list)
    """Amounts that others pay along with this invoice (XRechnung extension)."""
    tax_totals: list[tuple[str, str]] = field(default_factory=list)
    """(currency, amount): one in the invoice's currency, perhaps one in that of the tax."""
    problems: list[Finding] = field(default_factory=list)

    def put(self, texts: Texts, name: str, text: str | None) -> None:
        """Keep a text; a second one under the same name is reported."""
        if text is None:
            return
        if name in texts:
            self.problems.append(Finding("TS-REPEATED", f"{name} stands twice"))
        texts[name] = text
