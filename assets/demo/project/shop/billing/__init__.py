"""Invoices, payments and refunds."""
