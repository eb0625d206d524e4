"""Bodies of the account endpoints, and accounts as JSON."""

from __future__ import annotations

from typing import Any

from shop.accounts.models import COUNTRIES, Account, Address
from shop.accounts.utils import password_problems
from shop.web.serializers import ChoiceField, EmailField, Serializer, TextField


class SignUpSerializer(Serializer):
    email = EmailField()
    name = TextField(min_length=1, max_length=80)
    password = TextField(max_length=128)

    def validate(self) -> None:
        problems = password_problems(self.data["password"], self.data["email"])
        if problems:
            self.errors["password"] = "; ".join(problems)


class LoginSerializer(Serializer):
    email = EmailField()
    password = TextField(max_length=128)


class PasswordSerializer(Serializer):
    current = TextField(max_length=128)
    new = TextField(max_length=128)

    def validate(self) -> None:
        if self.data["current"] == self.data["new"]:
            self.errors["new"] = "must differ from the current one"
            return
        problems = password_problems(self.data["new"])
        if problems:
            self.errors["new"] = "; ".join(problems)


class AddressSerializer(Serializer):
    street = TextField(min_length=3)
    city = TextField(min_length=2)
    postcode = TextField(min_length=4, max_length=8)
    country = ChoiceField(COUNTRIES, required=False, default="DE")

    def to_address(self) -> Address:
        return Address(**self.data)


def account_json(account: Account, private: bool = False) -> dict[str, Any]:
    """What everybody, or only the owner, may see."""
    body: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "role": account.role,
    }
    if private:
        body["email"] = account.email
        body["created_at"] = account.created_at.isoformat()
        body["addresses"] = {
            kind: {
                "street": address.street,
                "city": address.city,
                "postcode": address.postcode,
                "country": address.country,
            }
            for kind, address in sorted(account.addresses.items())
        }
    return body
