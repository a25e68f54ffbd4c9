"""DataPusher's protocol, answered by the sandbox: CKAN's own `datapusher` plugin sends it jobs and asks after them.

The service of that name does not run on today's Python. This one loads CSV and TSV files; other formats end in an error
that says so.
"""
