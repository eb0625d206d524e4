"""Products, stock and search."""
