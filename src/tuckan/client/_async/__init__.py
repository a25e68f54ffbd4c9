"""The client as it is written: asynchronous. Its blocking twin is generated from here."""
