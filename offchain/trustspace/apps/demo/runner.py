"""The demo from curtain to curtain."""

from __future__ import annotations
