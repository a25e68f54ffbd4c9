"""The random secrets of one sandbox, and its administrator's token and password in CKAN's stored form."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import msgspec

ADMINISTRATOR = "admin"
_ROUNDS = 25_000


class Secrets(msgspec.Struct, frozen=True):
    """The secrets of a sandbox, and values derived from them.

    Attributes:
        database: the password of PostgreSQL's roles.
        session: signs CKAN's sessions and tokens.
        password: the administrator's.
        token_id: the id of the administrator's token.
        token: the administrator's API token.
        loader_token_id: the id of the token of DataPusher and XLoader.
        loader_token: the API token of DataPusher and XLoader.
    """

    database: str
    session: str
    password: str
    token_id: str
    token: str
    loader_token_id: str
    loader_token: str

    def tokens(self) -> dict[str, str]:
        """The ids of the tokens that every sandbox has, with their names."""
        return {self.token_id: "sandbox", self.loader_token_id: "loaders"}

    def __repr__(self) -> str:
        return "Secrets(...)"


def new_secrets() -> Secrets:
    """New random secrets."""
    session = secrets.token_urlsafe(32)
    token_id, loader_id = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    return Secrets(
        database=secrets.token_hex(24),
        session=session,
        password=secrets.token_urlsafe(12),
        token_id=token_id,
        token=_token(token_id, session),
        loader_token_id=loader_id,
        loader_token=_token(loader_id, session),
    )


def _token(token_id: str, key: str) -> str:
    """An API token in CKAN's form: a JSON web token, signed with HMAC-SHA256."""
    head, body = _part({"alg": "HS256", "typ": "JWT"}), _part({"jti": token_id, "iat": int(time.time())})
    signature = hmac.new(key.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{_text(signature)}"


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def stored_password(password: str) -> str:
    """A password as CKAN stores it: PBKDF2 with SHA-512, in the notation of passlib."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    parts = (base64.b64encode(one).decode().rstrip("=").replace("+", ".") for one in (salt, digest))
    return "$pbkdf2-sha512${}${}${}".format(_ROUNDS, *parts)
