"""Payment: refunds and what is left to refund."""

from __future__ import annotations

import pytest

from shop.billing.models import Payment, PaymentStatus
from shop.common.money import Money


@pytest.fixture
def payment(now):
    return Payment(1, "2026-000001-0", Money(5000), "ref-1", now, PaymentStatus.CAPTURED)


def test_part_of_a_payment_can_be_refunded(payment):
    payment.refund(Money(2000))

    assert payment.refundable == Money(3000)


def test_payment_refunded_in_full_changes_status(payment):
    payment.refund(Money(5000))

    assert payment.status is PaymentStatus.REFUNDED


def test_refund_cannot_exceed_the_payment(payment):
    with pytest.raises(ValueError, match="only 50.00 EUR"):
        payment.refund(Money(5001))
