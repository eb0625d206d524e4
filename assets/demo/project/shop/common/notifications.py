"""E-mails to customers: templates, rendering and the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Any

TEMPLATES = {
    "order_placed": (
        "Your order $number",
        "Hello $name,\n\nwe have received your order $number over $total.\n",
    ),
    "order_shipped": (
        "Your order $number is on its way",
        "Hello $name,\n\nyour order $number left our warehouse today.\n",
    ),
    "basket_waiting": (
        "Still interested?",
        "Hello $name,\n\nthere are $count items left in your basket.\n",
    ),
    "payment_reminder": (
        "Invoice $number is due",
        "Hello $name,\n\nplease pay $total by $deadline (reminder $level).\n",
    ),
}


@dataclass(frozen=True)
class Letter:
    """One rendered e-mail."""

    to: str
    subject: str
    text: str


def render(template: str, to: str, **values: Any) -> Letter:
    """Fill in the template called *template*."""
    try:
        subject, text = TEMPLATES[template]
    except KeyError:
        raise LookupError(f"no such template: {template}") from None
    return Letter(to, Template(subject).substitute(values), Template(text).substitute(values))


def send(outbox: list[Letter], letter: Letter, blocked: frozenset[str] = frozenset()) -> bool:
    """Queue *letter* unless the address is blocked or has the same letter waiting."""
    domain = letter.to.rpartition("@")[2].lower()
    if domain in blocked:
        return False
    if letter in outbox:
        return False
    outbox.append(letter)
    return True


def digest(letters: list[Letter]) -> str:
    """How many letters of each subject wait, for the operations page."""
    counts: dict[str, int] = {}
    for letter in letters:
        counts[letter.subject] = counts.get(letter.subject, 0) + 1
    lines = []
    for subject, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        plural = "s" if count != 1 else ""
        lines.append(f"{count} letter{plural}: {subject}")
    return "\n".join(lines)
