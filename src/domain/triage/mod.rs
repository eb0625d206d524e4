//! What to look at first: layers, order, filter, folders.
