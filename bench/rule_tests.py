"""The published single tests of EN 16931 (VEFA test sets): partial invoices, each with a rule that holds or breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustspace.adapters.invoices.en16931 import CII_SHEET, UBL_SHEET, rule_sheet
from trustspace.adapters.invoices.extra import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_VEFA = "{http://difi.no/xsd/vefa/validator/1.0}"
_OFFICIAL = ("BR-", "UBL-", "CII-")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """`file`#`place`: the document must break `rule` when `breaks`, else keep it."""

    file: str
    place: int
    rule: str
    breaks: bool
    document: Any

    @property
    def is_official(self) -> bool:
        """A rule of EN 16931 itself; others are Peppol's or a country's and are not run here."""
        return self.rule.startswith(_OFFICIAL)

    def holds(self) -> bool:
        etree = need("lxml.etree")
        sheet = CII_SHEET if "CrossIndustryInvoice" in self.document.tag else UBL_SHEET
        found = {item.rule for item in rule_sheet(sheet).findings(etree.tostring(self.document, encoding="unicode"))}
        return (self.rule in found) is self.breaks


def rule_tests(folder: Path) -> Iterator[RuleTest]:
    """Tests of every file below a folder."""
    etree = need("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    for path in sorted(folder.rglob("*.xml")):
        root = etree.parse(str(path), parser).getroot()
        for place, test in enumerate(root.iter(_VEFA + "test"), 1):
            document = next(child for child in test if not child.tag.startswith(_VEFA))
            for kind in ("success", "error", "warning"):
                for rule in test.iterfind(f"{_VEFA}assert/{_VEFA}{kind}"):
                    yield RuleTest(
                        file=str(path.relative_to(folder)),
                        place=place,
                        rule=(rule.text or "").strip(),
                        breaks=kind != "success",
                        document=document,
                    )
