"""Customer and staff accounts: sign-up, sessions, addresses."""
