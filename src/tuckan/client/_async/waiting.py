"""Waiting without blocking others."""

from asyncio import sleep

__all__ = ["sleep"]
