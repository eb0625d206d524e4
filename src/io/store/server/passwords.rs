//! The file of passwords that PostgreSQL's own programs read, `~/.pgpass`.

use postgres::Config;
use postgres::config::Host;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The largest such file, in bytes.
const LIMIT: u64 = 1024 * 1024;
/// The port of a server that names none.
const PORT: u16 = 5432;

/// The password of the first line that fits; nothing where none does. A file that others may read is left alone, as those
/// programs leave it.
pub(super) fn find(file: &Path, config: &Config) -> Option<String> {
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.mode() & 0o077 != 0 || metadata.len() > LIMIT {
        return None;
    }
    look_up(&fs::read_to_string(file).ok()?, config)
}

fn look_up(text: &str, config: &Config) -> Option<String> {
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let port = ports.get(at).or_else(|| ports.first()).copied().unwrap_or(PORT).to_string();
        let name = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        };
        (name, port, matches!(host, Host::Unix(_)))
    });
    let hosts: Vec<(String, String, bool)> = hosts.collect();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let parts = parts(line);
        let [host, port, base, who, password] = parts.as_slice() else { return None };
        let fits = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        let is_host = hosts
            .iter()
            .any(|(name, own, is_socket)| (fits(host, name) || *is_socket && host == "localhost") && fits(port, own));
        (is_host && fits(base, database) && fits(who, user)).then(|| password.clone())
    })
}

/// The parts of a line between its colons; a backslash takes the meaning from the next character.
fn parts(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let is_last = parts.len() == 5;
        let Some(part) = parts.last_mut() else { break };
        match c {
            '\\' => part.extend(chars.next()),
            ':' if !is_last => parts.push(String::new()),
            c => part.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{find, look_up};
    use postgres::Config;
    use std::os::unix::fs::PermissionsExt;

    fn config(address: &str) -> Config {
        address.parse().expect("an address")
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let file = "# db:*:*:*:no\ndb:5432:shop:ann:a\\:b\\\\c\ndb:*:*:ann:other\nlocalhost:*:*:*:socket:too\n*:6000:*:*:six\n";
        let check = |address: &str, expect: Option<&str>| {
            assert_eq!(look_up(file, &config(address)).as_deref(), expect, "{address}");
        };
        check("postgres://ann@db/shop", Some("a:b\\c"));
        check("postgres://ann@db:5433/shop", Some("other"));
        check("postgres://bob@db/shop", None);
        check("postgres://bob@db:6000/shop", Some("six"));
        check("postgres://bob@/shop?host=/tmp", Some("socket:too"));
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "*:*:*:*:open\n").expect("a line");
        let mode = |mode: u32| {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).expect("a mode");
            find(file.path(), &config("postgres://ann@db/shop"))
        };
        assert_eq!((mode(0o600).as_deref(), mode(0o640)), (Some("open"), None));
    }
}
