"""Libraries of the extra `invoices`: imported when a file needs them, named when they are not installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from trustspace.errors import ToolMissing


@cache
def need(module: str) -> Any:
    """The module. Raises ToolMissing that says what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ToolMissing(
            f"{module} is not installed", where="e-invoices", remedy="pip install 'trustspace[invoices]'"
        ) from error
