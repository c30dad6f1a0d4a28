"""What a bank's own script looks like: ask the chain about certificates, act on the reason.

    python bank_verify.py --rpc http://127.0.0.1:8545 --deployment deployments/local.json ID [ID ...]

Needs only the wheel of trustspace. Exit code 0 when every certificate holds.
"""

from __future__ import annotations

import argparse
import sys

from trustspace import CertificateId, Reason, Space, TrustspaceError

ADVICE = {
    Reason.OK: "rely on it",
    Reason.EXPIRED: "ask the firm for a fresh one",
    Reason.COLLATERAL_VOIDED: "an invoice behind it was voided: ask for a fresh one",
    Reason.MODEL_WITHDRAWN: "the model is out of use: ask for one by the present model",
    Reason.PAUSED: "the guardian paused the registry: wait",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify credit certificates.")
    parser.add_argument("certificates", metavar="ID", nargs="+", type=certificate_id)
    parser.add_argument("--rpc", default="http://127.0.0.1:8545")
    parser.add_argument("--deployment", help="deployments/<network>.json")
    arguments = parser.parse_args()
    try:
        space = Space.connect(arguments.rpc, deployment=arguments.deployment)
        verdicts = space.verify_many(arguments.certificates)
    except TrustspaceError as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return 3
    for verdict in verdicts:
        advice = ADVICE.get(verdict.reason, "do not rely on it")
        print(f"0x{verdict.certificate.hex()} {verdict.reason.label} {verdict.grade.name}: {advice}")
    return 0 if all(verdict.valid for verdict in verdicts) else 1


def certificate_id(text: str) -> CertificateId:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32:
        raise argparse.ArgumentTypeError("a certificate id has 32 bytes in hexadecimal")
    return CertificateId(raw)


if __name__ == "__main__":
    sys.exit(main())
