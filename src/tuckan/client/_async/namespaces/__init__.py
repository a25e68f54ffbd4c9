"""What a user reaches as `client.datasets`, `client.tokens` and so on: one class for each kind of thing on a portal."""
