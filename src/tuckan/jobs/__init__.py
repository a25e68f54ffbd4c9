"""Bulk work: operations planned as data, performed with a journal, reported and undone."""
