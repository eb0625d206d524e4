"""The application: routes, background tasks and the state they share."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from shop.accounts import views as account_views
from shop.accounts.utils import TokenError, read_token
from shop.billing import tasks as billing_tasks
from shop.billing import views as billing_views
from shop.catalog import views as catalog_views
from shop.common.store import Database
from shop.orders import tasks as order_tasks
from shop.orders import views as order_views
from shop.settings import Settings, load_settings
from shop.web.messages import Request, Response
from shop.web.router import Router

TASKS: dict[str, Callable[..., Any]] = {
    "orders.expire_baskets": order_tasks.expire_baskets,
    "orders.remind_abandoned": order_tasks.remind_abandoned,
    "orders.low_stock": order_tasks.low_stock,
    "billing.send_reminders": billing_tasks.send_reminders,
    "billing.write_off": billing_tasks.write_off,
    "billing.settle_day": billing_tasks.settle_day,
}


class App:
    """One configured service: hand it requests, get responses."""

    def __init__(self, settings: Settings, db: Database | None = None) -> None:
        self.settings = settings
        self.db = db or Database()
        self.router = Router()
        self.router.include("/accounts", account_views.routes)
        self.router.include("/products", catalog_views.routes)
        self.router.include("/orders", order_views.routes)
        self.router.include("/billing", billing_views.routes)
        self.router.add("GET", "/health", self.health)

    def handle(self, request: Request) -> Response:
        """Bind *request* to this application's state and dispatch it."""
        bound = request.bind(
            db=self.db,
            settings=self.settings,
            user=request.user or self._user_of(request),
        )
        return self.router.dispatch(bound)

    def run_task(self, name: str, now: datetime | None = None) -> Any:
        """Run the background task called *name*."""
        try:
            task = TASKS[name]
        except KeyError:
            raise LookupError(f"no such task: {name}") from None
        return task(self.db, now or datetime.now(timezone.utc))

    def health(self, request: Request) -> Response:
        return Response(200, {"status": "ok", "orders": len(request.db.orders)})

    def _user_of(self, request: Request) -> Any:
        scheme, _, token = request.header("Authorization").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            account_id = read_token(token, self.settings.secret_key)
        except TokenError:
            return None
        return self.db.accounts.find(account_id)


def main() -> None:  # pragma: no cover
    app = App(load_settings(os.environ))
    print(app.handle(Request("GET", "/health")).body)


if __name__ == "__main__":  # pragma: no cover
    main()
