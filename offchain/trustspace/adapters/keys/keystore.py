"""Encrypted keystores (Web3 Secret Storage, version 3), as `brownie accounts`, Geth and Besu write them.

The password comes from a prompt, from a file, or from the file named by TRUSTSPACE_PASSWORD_FILE; never from arguments.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustspace.crypto.signing import SigningKey
from trustspace.errors import InvalidKey, SignerMissing

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD_FILE = "TRUSTSPACE_PASSWORD_FILE"  # noqa: S105 - the name of a variable


def open_keystore(
    path: Path, *, password_file: Path | None = None, ask: Callable[[str], str] | None = None
) -> SigningKey:
    """Decrypt a keystore. `ask` shows a prompt (default: the terminal, without echo).

    Raises SignerMissing when there is no file or no way to a password, InvalidKey for a damaged file or wrong password.
    """
    from eth_keyfile.keyfile import decode_keyfile_json  # 0.6 s

    content = _read(path)
    password = read_password(f"Password for {path.name}: ", password_file=password_file, ask=ask)
    try:
        # Annotated as str upstream, yet it hashes bytes.
        return SigningKey(bytes(decode_keyfile_json(content, password.encode())))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError, NotImplementedError) as error:
        wrong = "mac" in str(error).lower()
        raise InvalidKey(
            "wrong password" if wrong else f"not a keystore of version 3: {error}",
            where=str(path),
            remedy="try again" if wrong else "export the key again",
        ) from error


def write_keystore(path: Path, key: bytes, password: str, *, light: bool = False) -> None:
    """Encrypt 32 private bytes into a new file that only its owner can read. `light` is quick, and for tests only."""
    from eth_keyfile.keyfile import create_keyfile_json

    SigningKey(key)
    content = create_keyfile_json(key, password.encode(), iterations=2 if light else None)  # type: ignore[arg-type]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)


def read_password(prompt: str, *, password_file: Path | None = None, ask: Callable[[str], str] | None = None) -> str:
    """A password from the file, else from the file TRUSTSPACE_PASSWORD_FILE names, else from the prompt."""
    named = os.environ.get(PASSWORD_FILE)
    file = password_file or (Path(named) if named else None)
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SignerMissing(f"cannot read the password file: {error}", where=str(file)) from error
        if not lines:
            raise SignerMissing("the password file is empty", where=str(file), remedy="put it on the first line")
        return lines[0]
    if ask is None:
        if not sys.stdin.isatty():
            raise SignerMissing(
                "no terminal to ask for the password", remedy=f"name a password file by option or {PASSWORD_FILE}"
            )
        ask = getpass.getpass
    return ask(prompt)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SignerMissing("no such keystore", where=str(path), remedy="name the keystore's file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidKey(f"not a keystore: {error}", where=str(path), remedy="name the keystore's file") from error
    if not isinstance(content, dict):
        raise InvalidKey("not a keystore", where=str(path), remedy="name the keystore's file")
    return content
