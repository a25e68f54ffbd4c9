# Generated from src/tuckan/client/_async/namespaces/__init__.py by scripts/unasync.py: change that file, then run `make fix`.
"""The namespaces `client.datasets`, `client.tokens` and so on: one class for each kind of record."""
