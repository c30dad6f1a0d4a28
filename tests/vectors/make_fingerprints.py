"""Writes fingerprints.json: canonical keys, laid out here by hand from the documented layout.

python tests/vectors/make_fingerprints.py > tests/vectors/fingerprints.json
"""

import json
import sys


def key(kind: int, *fields: str) -> str:
    raw = b"TSFP" + bytes([1, kind])
    for field in fields:
        raw += len(field.encode()).to_bytes(2, "big") + field.encode()
    return raw.hex()


def vector(
    name: str, given: dict[str, object], strict: list[str], parties: list[str], digits: list[str] | None
) -> object:
    return {
        "name": name,
        **given,
        "strict": key(1, *strict),
        "parties": key(2, *parties),
        "digits": key(3, *digits) if digits is not None else None,
    }


def main() -> None:
    plain = {
        "seller": "91330106MA2KC3UB8X", "buyer": "91440300279279350N", "document": 1, "number": "25332000000012345678",
        "issue_date": "2026-03-09", "total_minor": 1130000, "currency": "CNY",
    }  # fmt: skip
    seller, buyer = "91330106ma2kc3ub8x", "91440300279279350n"
    full_width = {ord("!") + place: 0xFF01 + place for place in range(94)}
    wide = {**plain, **{name: str(plain[name]).translate(full_width) for name in ("seller", "number")}}
    european = {
        "seller": "DE 811 569 869", "buyer": "FRXX999999999", "document": 2, "number": "Straße–00017/b",
        "issue_date": "2025-12-31", "total_minor": -250, "currency": "eur",
    }  # fmt: skip
    wordy = {**plain, "number": "Alpha", "total_minor": 0}
    day = "2026-03-09"
    same = (
        [seller, "1", "25332000000012345678", day],
        [seller, buyer, day, "1130000", "cny"],
        [seller, "25332000000012345678"],
    )
    vectors = [
        vector("plain", plain, *same),
        vector("full width", wide, *same),
        vector(
            "credit note, European",
            european,
            ["de811569869", "2", "strasse-00017/b", "2025-12-31"],
            ["de811569869", "frxx999999999", "2025-12-31", "-250", "eur"],
            ["de811569869", "17"],
        ),
        vector("no digits", wordy, [seller, "1", "alpha", day], [seller, buyer, day, "0", "cny"], None),
    ]
    json.dump({"keys": vectors}, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
