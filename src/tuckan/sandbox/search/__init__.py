"""A search service that speaks as much of Solr's protocol as CKAN and its users rely on.

It reads the `schema.xml` of the CKAN it serves, keeps an inverted index in memory and its documents in one SQLite file.
What it does not understand it refuses, as Solr does with status 400: it never answers with a guess.
"""
