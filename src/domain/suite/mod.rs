//! What pytest said: test ids, outcomes, JUnit XML, live events, batches.
