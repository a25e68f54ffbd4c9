"""DataPusher's protocol, answered by the sandbox: CKAN's own `datapusher` plugin sends it jobs and polls them.

The original service does not run on current Python. This one loads CSV and TSV files; other formats result in an error
that says so.
"""
