"""Sleeping; the blocking client has a twin."""

from asyncio import sleep

__all__ = ["sleep"]
