//! Where a shared history is, as settings and environment say it.

use crate::base::{Problem, without_password};
use crate::io::store::SharedHistory;
use std::path::PathBuf;

/// The database of a shared history, and how to get in.
#[derive(Clone, Default)]
pub struct Place {
    /// Its address, which may hold a password.
    pub address: String,
    /// The schema that holds the project's history.
    pub schema: String,
    /// The user, where the address names none.
    pub user: Option<String>,
    /// The password, where the address holds none.
    pub password: Option<String>,
    /// A file of passwords, where there is none at all.
    pub passwords: Option<PathBuf>,
    /// What the environment says about encryption, where the address says nothing.
    pub encryption: Option<String>,
    /// The file with the certificates of those who vouch for servers, where neither address nor system has them.
    pub certificates: Option<PathBuf>,
}

impl Place {
    /// The address as it may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        without_password(&self.address)
    }

    /// The history there. Nobody is called yet.
    ///
    /// # Errors
    /// The place is not well described, or cannot be gone to by this lacuna.
    #[cfg(feature = "postgres")]
    pub fn history(&self) -> Result<Box<dyn SharedHistory>, Problem> {
        Ok(Box::new(crate::io::store::server::Server::new(self)?))
    }

    /// The history there.
    ///
    /// # Errors
    /// Always: this lacuna was built without a client.
    #[cfg(not(feature = "postgres"))]
    pub fn history(&self) -> Result<Box<dyn SharedHistory>, Problem> {
        let what = "this lacuna was built without a client of PostgreSQL";
        Err(Problem::error(self.shown(), what).hint("cargo install --path . --features postgres"))
    }
}
