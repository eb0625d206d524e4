"""Baskets and orders, from the first line to delivery."""
