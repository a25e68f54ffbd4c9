# Generated from src/tuckan/client/_async/waiting.py by scripts/unasync.py: change that file, then run `make fix`.
"""Waiting without blocking others."""

from time import sleep

__all__ = ["sleep"]
