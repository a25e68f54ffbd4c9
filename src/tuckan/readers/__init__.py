"""Rows of files as records: JSON lines, a JSON array, CSV, spreadsheets. Read one at a time, each with its location."""

from tuckan.readers.columns import Fields, Row
from tuckan.readers.reading import Reading, Source, in_portions, read_names, read_rows

__all__ = ["Fields", "Reading", "Row", "Source", "in_portions", "read_names", "read_rows"]
