"""Rows of files as records: JSON lines, a JSON array, CSV, spreadsheets. One at a time, each with its place."""

from tuckan.readers.columns import Fields
from tuckan.readers.reading import Reading, Source, in_portions, read_names, read_rows
from tuckan.readers.row import Row

__all__ = ["Fields", "Reading", "Row", "Source", "in_portions", "read_names", "read_rows"]
