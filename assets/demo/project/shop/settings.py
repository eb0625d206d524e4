"""Settings of the service, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class Settings:
    """Everything that differs between a laptop, staging and production."""

    secret_key: str = "change-me"
    currency: str = "EUR"
    debug: bool = False
    session_seconds: int = 8 * 3600
    free_shipping_from: int = 5000
    default_vat_rate: Decimal = Decimal("19")
    webhook_secret: str = "whsec-change-me"
    requests_per_minute: int = 120


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Build the settings from SHOP_* variables; unset ones keep their default."""
    defaults = Settings()
    debug = environ.get("SHOP_DEBUG", "").lower() in TRUE_WORDS
    secret_key = environ.get("SHOP_SECRET_KEY", defaults.secret_key)
    if not debug and secret_key == defaults.secret_key:
        raise ValueError("SHOP_SECRET_KEY must be set unless SHOP_DEBUG is on")
    return Settings(
        secret_key=secret_key,
        currency=environ.get("SHOP_CURRENCY", defaults.currency).upper(),
        debug=debug,
        session_seconds=int(environ.get("SHOP_SESSION_SECONDS", defaults.session_seconds)),
        free_shipping_from=int(environ.get("SHOP_FREE_SHIPPING_FROM", defaults.free_shipping_from)),
        default_vat_rate=Decimal(environ.get("SHOP_VAT_RATE", str(defaults.default_vat_rate))),
        webhook_secret=environ.get("SHOP_WEBHOOK_SECRET", defaults.webhook_secret),
        requests_per_minute=int(environ.get("SHOP_RATE_LIMIT", defaults.requests_per_minute)),
    )
