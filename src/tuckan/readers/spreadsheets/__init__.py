"""Spreadsheets (xlsx, xlsm, xlsb, xls, ods) as rows of values. calamine reads them; values that it loses are looked up in the file."""

from tuckan.readers.spreadsheets.reading import MAGIC, OLD_MAGIC, Sheet, read

__all__ = ["MAGIC", "OLD_MAGIC", "Sheet", "read"]
