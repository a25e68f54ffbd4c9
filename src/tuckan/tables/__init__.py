"""Tables of the DataStore as Arrow, pandas, polars and files; the only module that uses their libraries."""
