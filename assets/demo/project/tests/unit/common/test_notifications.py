"""Letters to customers."""

from __future__ import annotations


from shop.common.notifications import Letter, render, send


def test_template_is_filled_in():
    letter = render("order_shipped", to="ada@example.com", name="Ada", number=42)

    assert letter.subject == "Your order 42 is on its way"
    assert letter.text.startswith("Hello Ada,")


def test_same_letter_is_queued_once():
    letter = Letter("ada@example.com", "Hello", "Hello Ada")
    outbox = [letter]

    assert send(outbox, letter) is False
    assert outbox == [letter]
