"""Accounts and their addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

COUNTRIES = ("AT", "BE", "DE", "DK", "ES", "FR", "IT", "NL", "PL", "SE")


@dataclass(frozen=True)
class Address:
    """Where parcels and invoices go."""

    street: str
    city: str
    postcode: str
    country: str = "DE"

    def lines(self, name: str) -> list[str]:
        """The address as printed on a label."""
        if self.country in ("FR", "ES", "IT"):
            town = f"{self.postcode} {self.city.upper()}"
        else:
            town = f"{self.postcode} {self.city}"
        return [name, self.street, town, self.country]


@dataclass
class Account:
    """Somebody who can sign in."""

    id: int
    email: str
    name: str
    password_hash: str
    created_at: datetime
    role: str = "customer"
    active: bool = True
    failed_logins: int = 0
    addresses: dict[str, Address] = field(default_factory=dict)

    MAX_FAILED_LOGINS = 5

    @property
    def locked(self) -> bool:
        return self.failed_logins >= self.MAX_FAILED_LOGINS

    @property
    def shipping_address(self) -> Address | None:
        """The shipping address, or the billing address when there is none."""
        return self.addresses.get("shipping") or self.addresses.get("billing")

    def record_login(self, success: bool) -> None:
        if success:
            self.failed_logins = 0
        else:
            self.failed_logins += 1

    def close(self) -> None:
        """Close the account and forget what the law lets us forget."""
        self.active = False
        self.name = "closed account"
        self.addresses.clear()
