//! Notice that files changed. The only user of notify.
