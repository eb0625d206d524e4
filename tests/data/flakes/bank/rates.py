"""Exchange rates, and how they are changed."""

TABLE = {"EUR": 1.0, "USD": 2.0, "GBP": 4.0}


def convert(amount, currency):
    rate = TABLE[currency]
    if rate <= 0:
        raise ValueError("no rate for %s" % currency)
    return amount * rate


def discount(currency, share):
    TABLE[currency] = TABLE[currency] * (1 - share)
