"""The namespaces `client.datasets`, `client.tokens` and so on: one class for each kind of record."""
