//! What each test covers, across source versions: before and after, line by line.
