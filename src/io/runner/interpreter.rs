//! Which Python runs the project's tests. Nothing is executed to find out.

use crate::base::{Digest, Problem};
use crate::io::runner::Environment;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where an interpreter was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The `interpreter` setting.
    Setting,
    /// The virtualenv that is active in the shell.
    Active,
    /// A folder of the project: `.venv`, `venv` or `env`.
    Folder,
    /// Poetry's virtualenv for the project.
    Poetry,
    /// Pipenv's virtualenv for the project.
    Pipenv,
    /// `UV_PROJECT_ENVIRONMENT`.
    Uv,
    /// `python3` on the search path.
    Path,
    /// lacuna made the virtualenv.
    Made,
    /// Where the command of the settings leads.
    Elsewhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setting => "setting `interpreter`",
            Self::Active => "$VIRTUAL_ENV",
            Self::Folder => "the project's virtualenv",
            Self::Poetry => "Poetry's virtualenv",
            Self::Pipenv => "Pipenv's virtualenv",
            Self::Uv => "$UV_PROJECT_ENVIRONMENT",
            Self::Path => "python3 on the path",
            Self::Made => "lacuna's own virtualenv",
            Self::Elsewhere => "setting `runner.command`",
        })
    }
}

/// A Python interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program.
    pub program: PathBuf,
    /// Where it was found.
    pub origin: Origin,
    /// The virtualenv that it belongs to.
    pub home: Option<PathBuf>,
}

impl Interpreter {
    fn of_home(home: &Path, origin: Origin) -> Option<Self> {
        let program = ["bin/python", "bin/python3", "Scripts/python.exe"].map(|name| home.join(name));
        let program = program.into_iter().find(|program| program.is_file())?;
        Some(Self { program, origin, home: Some(home.to_owned()) })
    }

    /// The interpreter at the other end of a command.
    #[must_use]
    pub fn elsewhere(python: &str) -> Self {
        Self { program: python.into(), origin: Origin::Elsewhere, home: None }
    }

    /// The interpreter in the virtualenv at `home` that lacuna made.
    #[must_use]
    pub fn made(home: &Path) -> Option<Self> {
        Self::of_home(home, Origin::Made)
    }
}

/// Finds the interpreter for the project at `root`: the setting, the active virtualenv, `.venv`, `venv`, `env`, those of
/// uv, Poetry and Pipenv, and at last `python3`. A setting may name a program or a virtualenv, absolute or relative to
/// the root.
///
/// # Errors
/// The setting names nothing that exists, or there is no Python at all.
pub fn discover(root: &Path, setting: Option<&Path>, environment: &Environment) -> Result<Interpreter, Problem> {
    if let Some(setting) = setting {
        return from_setting(root, setting, environment);
    }
    let active = environment.path("VIRTUAL_ENV").and_then(|home| Interpreter::of_home(&home, Origin::Active));
    let folders = || {
        let names = [".venv", "venv", "env"];
        names.iter().find_map(|name| Interpreter::of_home(&root.join(name), Origin::Folder))
    };
    active
        .or_else(folders)
        .or_else(|| Interpreter::of_home(&root.join(environment.path("UV_PROJECT_ENVIRONMENT")?), Origin::Uv))
        .or_else(|| of_poetry(root, environment))
        .or_else(|| of_pipenv(root, environment))
        .or_else(|| on_path("python3", environment))
        .or_else(|| on_path("python", environment))
        .ok_or_else(|| {
            Problem::error("interpreter", "there is no Python: no virtualenv in the project and no python3 on the path")
                .hint("install Python, or name it with the setting `interpreter`")
        })
}

fn from_setting(root: &Path, setting: &Path, environment: &Environment) -> Result<Interpreter, Problem> {
    let place = root.join(setting);
    let single = setting.components().count() == 1;
    let found = if place.is_dir() {
        Interpreter::of_home(&place, Origin::Setting)
    } else if place.is_file() {
        let home = place.parent().and_then(Path::parent).filter(|home| home.join("pyvenv.cfg").is_file());
        Some(Interpreter { home: home.map(Path::to_owned), program: place, origin: Origin::Setting })
    } else if single {
        on_path(&setting.to_string_lossy(), environment).map(|found| Interpreter { origin: Origin::Setting, ..found })
    } else {
        None
    };
    found.ok_or_else(|| {
        Problem::error("interpreter", format!("{} is no Python interpreter", setting.display()))
            .hint("the setting `interpreter` names a program or a virtualenv")
    })
}

/// A program on the search path. Relative entries of the path are passed over: they mean the watched project.
fn on_path(name: &str, environment: &Environment) -> Option<Interpreter> {
    environment.program(name).map(|program| Interpreter { program, origin: Origin::Path, home: None })
}

/// Poetry names virtualenvs `<name>-<hash>-py<version>`; the hash is of the project's real path.
fn of_poetry(root: &Path, environment: &Environment) -> Option<Interpreter> {
    if !root.join("poetry.lock").is_file() && !root.join("poetry.toml").is_file() {
        return None;
    }
    let real = root.canonicalize().ok()?;
    let mark = format!("-{}-py", short_hash(real.to_str()?.as_bytes(), 8));
    let folder = environment.path("POETRY_VIRTUALENVS_PATH").or_else(|| {
        let cache = environment.path("POETRY_CACHE_DIR").or_else(|| {
            Some(
                environment
                    .path("XDG_CACHE_HOME")
                    .or_else(|| Some(environment.path("HOME")?.join(".cache")))?
                    .join("pypoetry"),
            )
        })?;
        Some(cache.join("virtualenvs"))
    })?;
    newest_home(&folder, Origin::Poetry, |name| name.contains(&mark))
}

/// Pipenv names virtualenvs `<name>-<hash>`; the hash is of the path of the `Pipfile`.
fn of_pipenv(root: &Path, environment: &Environment) -> Option<Interpreter> {
    let pipfile = root.canonicalize().ok()?.join("Pipfile");
    if !pipfile.is_file() {
        return None;
    }
    let mark = format!("-{}", short_hash(pipfile.to_str()?.as_bytes(), 8));
    let folder =
        environment.path("WORKON_HOME").or_else(|| Some(environment.path("HOME")?.join(".local/share/virtualenvs")))?;
    newest_home(&folder, Origin::Pipenv, |name| name.ends_with(&mark))
}

/// The virtualenv in `folder` whose name fits; of several, the last by name.
fn newest_home(folder: &Path, origin: Origin, fits: impl Fn(&str) -> bool) -> Option<Interpreter> {
    let names = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names.filter(|name| name.to_str().is_some_and(&fits)).collect();
    names.sort();
    names
        .iter()
        .rev()
        .find_map(|name: &std::ffi::OsString| Interpreter::of_home(&folder.join(OsStr::new(name)), origin))
}

/// The first characters of the URL-safe Base64 of the SHA-256, as both tools make it.
fn short_hash(bytes: &[u8], length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Digest::of(bytes);
    let mut text = String::new();
    for three in digest.bytes().chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        for shift in [18, 12, 6, 0] {
            text.push(char::from(ALPHABET.get(bits >> shift & 63).copied().unwrap_or(b'A')));
        }
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::{Origin, discover, short_hash};
    use crate::io::runner::Environment;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    fn home(place: &Path) {
        std::fs::create_dir_all(place.join("bin")).expect("a folder");
        std::fs::write(place.join("pyvenv.cfg"), "").expect("a file");
        let program = place.join("bin/python");
        std::fs::write(&program, "").expect("a file");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    fn check(root: &Path, setting: Option<&str>, environment: &[(&str, &Path)], expect: Option<(Origin, PathBuf)>) {
        let environment: Environment =
            environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let found = discover(root, setting.map(Path::new), &environment).ok();
        assert_eq!(found.map(|found| (found.origin, found.program)), expect);
    }

    #[test]
    fn the_order_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        check(&root, None, &[], None);
        let cache = root.join("cache");
        let poetry = cache.join(format!(
            "pypoetry/virtualenvs/shop-{}-py3.12",
            short_hash(root.to_str().expect("text").as_bytes(), 8)
        ));
        home(&poetry);
        std::fs::write(root.join("poetry.lock"), "").expect("a file");
        check(&root, None, &[("XDG_CACHE_HOME", &cache)], Some((Origin::Poetry, poetry.join("bin/python"))));
        home(&root.join("env"));
        check(&root, None, &[("XDG_CACHE_HOME", &cache)], Some((Origin::Folder, root.join("env/bin/python"))));
        home(&root.join(".venv"));
        check(&root, None, &[], Some((Origin::Folder, root.join(".venv/bin/python"))));
        let active = root.join("other");
        home(&active);
        check(&root, None, &[("VIRTUAL_ENV", &active)], Some((Origin::Active, active.join("bin/python"))));
        check(&root, Some("env"), &[("VIRTUAL_ENV", &active)], Some((Origin::Setting, root.join("env/bin/python"))));
        check(&root, Some("no/such"), &[], None);
    }

    #[test]
    fn the_path_is_searched_for_programs_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).expect("a folder");
        std::fs::write(bin.join("python3"), "").expect("a file");
        let empty = folder.path().join("project");
        std::fs::create_dir(&empty).expect("a folder");
        check(&empty, None, &[("PATH", &bin)], None);
        std::fs::set_permissions(bin.join("python3"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
        check(&empty, None, &[("PATH", &bin)], Some((Origin::Path, bin.join("python3"))));
    }

    #[test]
    fn hashes_are_those_of_the_tools() {
        // python: base64.urlsafe_b64encode(hashlib.sha256(b"/home/me/shop").digest())[:8]
        assert_eq!(short_hash(b"/home/me/shop", 8), "SmjHJqoF");
    }
}
