"""Order and billing service: catalogue, baskets, invoices, payments."""

__version__ = "2.14.0"
