# Generated from src/tuckan/client/_async/bulk/__init__.py by scripts/unasync.py: change that file, then run `make fix`.
"""Bulk work: plans of jobs, the jobs themselves, whole lists and tables, uploads and downloads."""
