"""How fast tuckan is, measured beside others: `make bench`."""
