//! Status, changes and history of the repository, by the git command.
