"""Values and helpers shared by every app."""
