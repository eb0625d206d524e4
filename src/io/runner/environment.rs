//! The environment that programs are started with. It is given by the caller; nothing here reads the process's own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Variables and their values.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The value of a variable; nothing when it is empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The value of a variable as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.0.insert(name.into(), value.into());
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(OsStr::new(name));
    }

    /// Puts `first` in front of a list of paths such as `PATH`.
    pub fn prepend(&mut self, name: &str, first: impl Into<OsString>) {
        let mut value = first.into();
        if let Some(rest) = self.value(name) {
            value.push(":");
            value.push(rest);
        }
        self.set(name, value);
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A program on `PATH`. Relative entries are passed over: they mean the folder that lacuna happens to be in.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = self.value("PATH")?.as_bytes().split(|byte| *byte == b':');
        let folders = folders.map(|folder| Path::new(OsStr::from_bytes(folder))).filter(|folder| folder.is_absolute());
        folders
            .map(|folder| folder.join(name))
            .find(|program| rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok() && program.is_file())
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn a_list_is_extended_in_front() {
        let mut environment = Environment::default();
        environment.prepend("PYTHONPATH", "/a");
        assert_eq!(environment.value("PYTHONPATH"), Some("/a".as_ref()));
        environment.prepend("PYTHONPATH", "/b");
        assert_eq!(environment.value("PYTHONPATH"), Some("/b:/a".as_ref()));
        environment.set("EMPTY", "");
        assert_eq!(environment.value("EMPTY"), None);
    }
}
