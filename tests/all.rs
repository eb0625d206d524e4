//! The one integration binary.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod corpus;

mod judge;

mod readers;
