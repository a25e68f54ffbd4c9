"""Tables of the DataStore as Arrow, pandas, polars and files; the one door to the libraries for these."""
