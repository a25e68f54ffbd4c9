# Generated from src/tuckan/client/_async/__init__.py by scripts/unasync.py: change that file, then run `make fix`.
"""The client as blocking code."""
