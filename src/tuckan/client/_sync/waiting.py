# Generated from src/tuckan/client/_async/waiting.py by scripts/unasync.py: change that file, then run `make fix`.
"""Sleeping; the blocking client has a twin."""

from time import sleep

__all__ = ["sleep"]
