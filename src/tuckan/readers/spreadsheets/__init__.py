"""Spreadsheets (xlsx, xlsm, xlsb, xls, ods) as rows of values. calamine reads them; values that it loses are looked up in the file."""

from tuckan.readers.spreadsheets.findings import Broken, name_of
from tuckan.readers.spreadsheets.reading import MAGIC, OLD_MAGIC, Grid, grids, read
from tuckan.readers.spreadsheets.rows import Sheet

__all__ = ["MAGIC", "OLD_MAGIC", "Broken", "Grid", "Sheet", "grids", "name_of", "read"]
