//! From what is said about a server to how it is called: who, where, with which password, and never secretly in the open.

use crate::base::Problem;
use crate::io::store::Place;
use crate::io::store::server::passwords;
use postgres::Config;
use postgres::config::{Host, SslMode};
use std::net::IpAddr;
use std::time::Duration;

/// How long one address of a host is tried.
const CONNECTING: Duration = Duration::from_secs(5);
/// After how long a host that does not confirm what it was sent is given up.
const UNHEARD: Duration = Duration::from_secs(20);
/// The modes that ask for encryption.
const ENCRYPTED: [&str; 3] = ["require", "verify-ca", "verify-full"];
/// The longest name that a schema can have, in bytes.
const LONGEST: usize = 63;

/// How the server of a place is called.
pub(super) fn config(place: &Place) -> Result<Config, Problem> {
    let shown = place.shown();
    let refuse = |what: &str| Problem::error(&shown, what);
    if !["postgres://", "postgresql://"].iter().any(|scheme| place.address.starts_with(scheme)) {
        return Err(refuse("is no address of a PostgreSQL server").hint("postgres://user@host/database"));
    }
    if place.schema.is_empty() || place.schema.len() > LONGEST || place.schema.contains('\0') {
        let what = format!("{:?} cannot be the name of a schema", place.schema);
        return Err(Problem::error("history.schema", what).hint(format!("a name has 1 to {LONGEST} bytes")));
    }
    let (address, said) = without_mode(&place.address);
    let mode = said.map(str::to_owned).or_else(|| place.encryption.clone());
    // The parser's own words may repeat a part of what it was given.
    let mut config: Config = address.parse().map_err(|_| {
        refuse("cannot be read as an address").hint("postgres://user@host:port/database; special characters as %40")
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(refuse("names no host").hint("postgres://user@host/database, or ?host=/var/run/postgresql"));
    }
    check_encryption(&config, mode.as_deref()).map_err(|(what, hint)| refuse(&what).hint(hint))?;
    if let Some(user) = place.user.as_deref().filter(|_| config.get_user().is_none()) {
        config.user(user);
    }
    if config.get_password().is_none()
        && let Some(password) = place.password.clone().or_else(|| passwords::find(place.passwords.as_deref()?, &config))
    {
        config.password(password);
    }
    config.ssl_mode(SslMode::Disable).application_name("lacuna").connect_timeout(CONNECTING);
    config.tcp_user_timeout(UNHEARD).keepalives_idle(UNHEARD).keepalives_interval(Duration::from_secs(5));
    Ok(config)
}

/// An address without its mode of encryption, and that mode.
fn without_mode(address: &str) -> (String, Option<&str>) {
    let Some((place, options)) = address.split_once('?') else { return (address.to_owned(), None) };
    let (mode, others): (Vec<&str>, Vec<&str>) = options.split('&').partition(|option| option.starts_with("sslmode="));
    let mode = mode.last().and_then(|option| option.split_once('=')).map(|(_, mode)| mode);
    let address = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    (address, mode)
}

/// Refuses what would be sent otherwise than it was asked for: what is wrong, and what helps.
fn check_encryption(config: &Config, mode: Option<&str>) -> Result<(), (String, &'static str)> {
    let tunnel = "a tunnel leads there safely: ssh -L 5433:localhost:5432 host, and an address of localhost:5433";
    match mode {
        Some("disable") => Ok(()),
        Some(mode) if ENCRYPTED.contains(&mode) => {
            Err((format!("sslmode={mode} asks for an encrypted connection, and this lacuna can make none"), tunnel))
        }
        Some("prefer" | "allow") | None if is_here(config) => Ok(()),
        Some("prefer" | "allow") | None => {
            let hint =
                "a tunnel (ssh -L 5433:localhost:5432 host) leads there safely; sslmode=disable sends all in the open";
            Err(("is on another machine, and this lacuna cannot encrypt the connection".to_owned(), hint))
        }
        Some(mode) => Err((format!("there is no sslmode {mode:?}"), "disable, prefer, require, verify-full")),
    }
}

/// Whether the server is on this machine, by all its names.
fn is_here(config: &Config) -> bool {
    let is_loopback = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(is_loopback),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

#[cfg(test)]
mod tests {
    use super::config;
    use crate::io::store::Place;

    fn place(address: &str) -> Place {
        Place { address: address.to_owned(), schema: "shop".to_owned(), ..Place::default() }
    }

    #[test]
    fn what_cannot_be_done_as_it_was_asked_for_is_refused_with_a_hint_and_without_the_password() {
        let check = |address: &str, expect: &str| {
            let problem = config(&place(address)).expect_err(address).to_string();
            assert!(problem.contains(expect) && !problem.contains("s3cret"), "{problem}");
        };
        check("mysql://ann:s3cret@localhost/x", "is no address of a PostgreSQL server");
        check("postgres:///x?password=s3cret", "names no host");
        check("postgres://ann:s3cret@localhost:port/x", "cannot be read as an address");
        check("postgres://ann:s3cret@db.example/x", "is on another machine");
        check("postgres://ann:s3cret@localhost,db.example/x", "is on another machine");
        check("postgres://ann@localhost/x?hostaddr=10.0.0.7", "is on another machine");
        check("postgres://ann@localhost/x?sslmode=verify-full", "sslmode=verify-full asks for an encrypted connection");
        check("postgres://ann@localhost/x?sslmode=maybe", "there is no sslmode \"maybe\"");
        let required = Place { encryption: Some("require".to_owned()), ..place("postgres://ann@localhost/x") };
        assert!(config(&required).expect_err("a mode").to_string().contains("sslmode=require"));
        let long = Place { schema: "x".repeat(64), ..place("postgres://ann@localhost/x") };
        assert!(config(&long).expect_err("a name").to_string().contains("cannot be the name of a schema"));
    }

    #[test]
    fn who_and_how_come_from_the_address_first() {
        let around = Place {
            user: Some("bob".to_owned()),
            password: Some("of bob".to_owned()),
            encryption: Some("require".to_owned()),
            ..place("postgres://ann:of%20ann@db.example/x?connect_timeout=1&sslmode=disable")
        };
        let said = config(&around).expect("an address");
        assert_eq!((said.get_user(), said.get_password()), (Some("ann"), Some(&b"of ann"[..])));
        let around = Place { encryption: None, address: "postgres://[::1]/x".to_owned(), ..around };
        let said = config(&around).expect("an address");
        assert_eq!((said.get_user(), said.get_password()), (Some("bob"), Some(&b"of bob"[..])));
        assert!(config(&place("postgres:///x?host=/tmp")).is_ok());
    }
}
