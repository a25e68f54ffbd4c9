"""Bulk work: plans of jobs, the jobs themselves, whole lists and tables, uploads and downloads."""
