"""Passwords and session tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable

ITERATIONS = 60_000


class TokenError(ValueError):
    """The token is malformed, forged or has expired."""


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Salted PBKDF2 hash, in the form 'iterations$salt$digest'."""
    salt = os.urandom(16) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    return f"{ITERATIONS}${salt.hex()}${digest.hex()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether *password* belongs to the stored hash."""
    try:
        iterations, salt, digest = stored.split("$")
        candidate = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), int(iterations))
    except ValueError:
        return False
    return hmac.compare_digest(candidate.hex(), digest)


def password_problems(password: str, email: str = "") -> list[str]:
    """What is wrong with a new password; empty when it is fine."""
    problems = []
    if len(password) < 10:
        problems.append("use at least 10 characters")
    if password.isdigit() or password.isalpha():
        problems.append("mix letters with digits or signs")
    local_part = email.partition("@")[0].lower()
    if local_part and local_part in password.lower():
        problems.append("do not repeat your e-mail address")
    return problems


def normalise_email(email: str) -> str:
    """One spelling per mailbox: lower case, without a +suffix."""
    local_part, _, domain = email.strip().lower().rpartition("@")
    return f"{local_part.partition('+')[0]}@{domain}"


def issue_token(account_id: int, secret: str, lifetime: int, clock: Callable[[], float] = time.time) -> str:
    """Signed token that says who is signed in, and until when."""
    payload = f"{account_id}.{int(clock()) + lifetime}"
    return f"{payload}.{_signature(payload, secret)}"


def read_token(token: str, secret: str, clock: Callable[[], float] = time.time) -> int:
    """Account id of a valid token."""
    payload, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _signature(payload, secret)):
        raise TokenError("the signature does not match")
    account_id, _, expires = payload.partition(".")
    if clock() >= int(expires):
        raise TokenError("the token has expired")
    return int(account_id)


def _signature(payload: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
