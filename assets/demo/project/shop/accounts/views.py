"""Endpoints for signing up, signing in and managing one's account."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from shop.accounts.models import Account
from shop.accounts.serializers import (
    AddressSerializer,
    LoginSerializer,
    PasswordSerializer,
    SignUpSerializer,
    account_json,
)
from shop.accounts.utils import hash_password, issue_token, normalise_email, verify_password
from shop.web.messages import HttpError, Request, Response
from shop.web.middleware import json_body, logged, login_required, rate_limited, role_required
from shop.web.router import Routes

routes = Routes()


@routes.post("/signup")
@rate_limited(limit=20, window=60.0)
@json_body(SignUpSerializer)
def sign_up(request: Request, data: dict[str, Any]) -> Response:
    email = normalise_email(data["email"])
    if request.db.accounts.filter(email=email):
        raise HttpError(409, "this address is registered already")
    account = Account(
        id=request.db.accounts.next_id(),
        email=email,
        name=data["name"],
        password_hash=hash_password(data["password"]),
        created_at=datetime.now(timezone.utc),
    )
    request.db.accounts.add(account)
    return Response(201, account_json(account, private=True))


@routes.post("/login")
@logged
@json_body(LoginSerializer)
def log_in(request: Request, data: dict[str, Any]) -> Response:
    found = request.db.accounts.filter(email=normalise_email(data["email"]))
    account = found[0] if found else None
    if account is None or not account.active:
        raise HttpError(401, "wrong address or password")
    if account.locked:
        raise HttpError(423, "too many attempts, reset your password")
    success = verify_password(data["password"], account.password_hash)
    account.record_login(success)
    if not success:
        raise HttpError(401, "wrong address or password")
    token = issue_token(
        account.id,
        request.settings.secret_key,
        request.settings.session_seconds,
    )
    return Response(200, {"token": token, "account": account_json(account)})


@routes.get("/me")
@login_required
def me(request: Request) -> Response:
    return Response(200, account_json(request.user, private=True))


@routes.post("/me/password")
@login_required
@json_body(PasswordSerializer)
def change_password(request: Request, data: dict[str, Any]) -> Response:
    if not verify_password(data["current"], request.user.password_hash):
        raise HttpError(403, "the current password is wrong")
    request.user.password_hash = hash_password(data["new"])
    request.user.failed_logins = 0
    return Response(204)


@routes.post("/me/addresses/{kind}")
@login_required
def set_address(request: Request, kind: str) -> Response:
    if kind not in ("billing", "shipping"):
        raise HttpError(404, f"no such kind of address: {kind}")
    serializer = AddressSerializer(request.body or {})
    if not serializer.is_valid():
        raise HttpError(422, "the address is not valid", serializer.errors)
    replaced = kind in request.user.addresses
    request.user.addresses[kind] = serializer.to_address()
    return Response(200 if replaced else 201, account_json(request.user, private=True))


@routes.delete("/me")
@login_required
def close_account(request: Request) -> Response:
    open_orders = request.db.orders.filter(
        lambda order: order.account_id == request.user.id and order.is_open,
    )
    if open_orders:
        numbers = ", ".join(str(order.id) for order in open_orders)
        raise HttpError(409, f"orders still open: {numbers}")
    request.user.close()
    return Response(204)


@routes.get("/{account_id:int}")
@role_required("staff", "admin")
def account_detail(request: Request, account_id: str) -> Response:
    account = request.db.accounts.get(int(account_id))
    return Response(200, account_json(account, private=request.user.role == "admin"))
