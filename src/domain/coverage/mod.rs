//! What ran, by one report: line sets, the model, one reader for each format.
