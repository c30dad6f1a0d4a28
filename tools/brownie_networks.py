"""Bring the networks of `networks/*.yaml` into brownie's private home; networks a user added there are kept."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".tools" / "home" / ".brownie"

Config = dict[str, list[dict[str, Any]]]


def merge(config: Config, ours: Config) -> None:
    """Replace entries of the same id, append the others. Development networks are flat, live ones come in groups."""
    for entry in ours.get("development", []):
        _put(config["development"], entry, key="id")
    for group in ours.get("live", []):
        ids = {network["id"] for network in group["networks"]}
        for known in config["live"]:
            known["networks"] = [network for network in known["networks"] if network["id"] not in ids]
        target = next((known for known in config["live"] if known["name"] == group["name"]), None)
        if target is None:
            config["live"].append(group)
        else:
            target["networks"].extend(group["networks"])


def _put(entries: list[dict[str, Any]], entry: dict[str, Any], *, key: str) -> None:
    entries[:] = [known for known in entries if known[key] != entry[key]] + [entry]


def main() -> None:
    import importlib.util

    spec = importlib.util.find_spec("brownie")
    if spec is None or spec.origin is None:
        raise SystemExit("brownie is not installed: ./run setup")
    target = HOME / "network-config.yaml"
    source = target if target.exists() else Path(spec.origin).parent / "data" / "network-config.yaml"
    config: Config = yaml.safe_load(source.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "networks").glob("*.yaml")):
        merge(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    HOME.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".new")
    unfinished.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    unfinished.replace(target)


if __name__ == "__main__":
    main()
