"""A small bank whose tests are flaky on purpose: one of them for each cause that the lab tells."""
