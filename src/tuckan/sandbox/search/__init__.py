"""A search service that implements as much of Solr's protocol as CKAN and its users rely on.

It reads the `schema.xml` of the CKAN it serves, keeps an inverted index in memory and its documents in one SQLite file.
It refuses what it does not understand, as Solr does with status 400; it never guesses.
"""
