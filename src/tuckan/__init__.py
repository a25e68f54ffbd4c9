"""tuckan: everything a CKAN portal can do, from Python."""
