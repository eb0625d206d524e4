//! From what is said about a server to how it is called: who, where, with which password, and whether encrypted.

use crate::base::Problem;
use crate::io::store::Place;
use crate::io::store::server::{encryption, passwords};
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, Error, NoTls};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long one address of a host is tried.
const CONNECTING: Duration = Duration::from_secs(5);
/// After how long a host that does not confirm what it was sent is given up.
const UNHEARD: Duration = Duration::from_secs(20);
/// The modes that ask for encryption. Each gets the strictest: nobody is believed without a certificate.
const ENCRYPTED: [&str; 3] = ["require", "verify-ca", "verify-full"];
/// The longest name that a schema can have, in bytes.
const LONGEST: usize = 63;

/// How a server is called.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) config: Config,
    /// What encrypts the connection, where it is encrypted.
    pub(super) encryption: Option<MakeRustlsConnect>,
}

impl Call {
    /// Calls the server.
    pub(super) fn connect(&self) -> Result<Client, Error> {
        match &self.encryption {
            Some(encryption) => self.config.connect(encryption.clone()),
            None => self.config.connect(NoTls),
        }
    }
}

/// How the server of a place is called.
pub(super) fn call(place: &Place) -> Result<Call, Problem> {
    let shown = place.shown();
    let refuse = |what: &str| Problem::error(&shown, what);
    if !["postgres://", "postgresql://"].iter().any(|scheme| place.address.starts_with(scheme)) {
        return Err(refuse("is no address of a PostgreSQL server").hint("postgres://user@host/database"));
    }
    if place.schema.is_empty() || place.schema.len() > LONGEST || place.schema.contains('\0') {
        let what = format!("{:?} cannot be the name of a schema", place.schema);
        return Err(Problem::error("history.schema", what).hint(format!("a name has 1 to {LONGEST} bytes")));
    }
    let (address, options) = without_encryption(&place.address);
    let said = |name: &str| options.iter().rev().find_map(|option| option.strip_prefix(name)).map(str::to_owned);
    let mode = said("sslmode=").or_else(|| place.encryption.clone());
    // The parser's own words may repeat a part of what it was given.
    let mut config: Config = address.parse().map_err(|_| {
        refuse("cannot be read as an address").hint("postgres://user@host:port/database; special characters as %40")
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(refuse("names no host").hint("postgres://user@host/database, or ?host=/var/run/postgresql"));
    }
    let is_encrypted = is_encrypted(&config, mode.as_deref()).map_err(|mode| {
        refuse(&format!("there is no sslmode {mode:?}")).hint("disable, prefer, require or verify-full")
    })?;
    if let Some(user) = place.user.as_deref().filter(|_| config.get_user().is_none()) {
        config.user(user);
    }
    if config.get_password().is_none()
        && let Some(password) = place.password.clone().or_else(|| passwords::find(place.passwords.as_deref()?, &config))
    {
        config.password(password);
    }
    let ssl = if is_encrypted { SslMode::Require } else { SslMode::Disable };
    config.ssl_mode(ssl).application_name("lacuna").connect_timeout(CONNECTING);
    config.tcp_user_timeout(UNHEARD).keepalives_idle(UNHEARD).keepalives_interval(Duration::from_secs(5));
    let file = said("sslrootcert=").map(PathBuf::from).or_else(|| place.certificates.clone());
    let encryption = is_encrypted.then(|| encryption::connector(file.as_deref())).transpose()?;
    Ok(Call { config, encryption })
}

/// An address without what it says of encryption, and that.
fn without_encryption(address: &str) -> (String, Vec<&str>) {
    let Some((place, options)) = address.split_once('?') else { return (address.to_owned(), Vec::new()) };
    let is_of_it = |option: &&str| option.starts_with("sslmode=") || option.starts_with("sslrootcert=");
    let (said, others): (Vec<&str>, Vec<&str>) = options.split('&').partition(is_of_it);
    let address = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    (address, said)
}

/// Whether the connection is encrypted: as it is asked for and, where nothing is, whenever it leaves this machine. A mode that
/// there is not is given back.
fn is_encrypted<'a>(config: &Config, mode: Option<&'a str>) -> Result<bool, &'a str> {
    // A socket of this machine has nothing to encrypt, whatever is said.
    let is_socket = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    match mode {
        Some("disable") => Ok(false),
        Some(mode) if ENCRYPTED.contains(&mode) => Ok(!is_socket || !config.get_hostaddrs().is_empty()),
        Some("prefer" | "allow") | None => Ok(!is_here(config)),
        Some(mode) => Err(mode),
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
    use super::call;
    use crate::io::store::Place;
    use postgres::config::SslMode;

    fn place(address: &str) -> Place {
        Place { address: address.to_owned(), schema: "shop".to_owned(), ..Place::default() }
    }

    #[test]
    fn what_cannot_be_done_as_it_was_asked_for_is_refused_with_a_hint_and_without_the_password() {
        let check = |address: &str, expect: &str| {
            let problem = call(&place(address)).err().expect(address).to_string();
            assert!(problem.contains(expect) && !problem.contains("s3cret"), "{problem}");
        };
        check("mysql://ann:s3cret@localhost/x", "is no address of a PostgreSQL server");
        check("postgres:///x?password=s3cret", "names no host");
        check("postgres://ann:s3cret@localhost:port/x", "cannot be read as an address");
        check("postgres://ann@localhost/x?sslmode=maybe", "there is no sslmode \"maybe\"");
        let long = Place { schema: "x".repeat(64), ..place("postgres://ann@localhost/x") };
        assert!(call(&long).err().expect("a name").to_string().contains("cannot be the name of a schema"));
    }

    #[test]
    fn who_and_how_come_from_the_address_first() {
        let around = Place {
            user: Some("bob".to_owned()),
            password: Some("of bob".to_owned()),
            encryption: Some("require".to_owned()),
            ..place("postgres://ann:of%20ann@db.example/x?connect_timeout=1&sslmode=disable")
        };
        let said = call(&around).expect("an address").config;
        assert_eq!((said.get_user(), said.get_password()), (Some("ann"), Some(&b"of ann"[..])));
        let around = Place { encryption: None, address: "postgres://[::1]/x".to_owned(), ..around };
        let said = call(&around).expect("an address").config;
        assert_eq!((said.get_user(), said.get_password()), (Some("bob"), Some(&b"of bob"[..])));
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_it_is_said_otherwise() {
        let mode = |address: &str, around: Option<&str>| {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/authority.pem");
            let certificates = Some(file.into());
            let place = Place { encryption: around.map(str::to_owned), certificates, ..place(address) };
            call(&place).unwrap_or_else(|problem| panic!("{problem}")).config.get_ssl_mode()
        };
        for address in
            ["postgres:///x?host=/tmp", "postgres://localhost/x", "postgres://127.0.0.7/x", "postgres://[::1]/x"]
        {
            assert_eq!(mode(address, None), SslMode::Disable, "{address}");
        }
        for address in
            ["postgres://db.example/x", "postgres://localhost,db.example/x", "postgres://localhost/x?hostaddr=10.0.0.7"]
        {
            assert_eq!(mode(address, None), SslMode::Require, "{address}");
        }
        assert_eq!(
            mode("postgres://db.example/x?sslmode=disable&connect_timeout=2", Some("require")),
            SslMode::Disable
        );
        assert_eq!(mode("postgres://localhost/x", Some("require")), SslMode::Require);
        assert_eq!(mode("postgres://localhost/x?sslmode=verify-full", None), SslMode::Require);
        assert_eq!(mode("postgres:///x?host=/tmp&sslmode=require", None), SslMode::Disable, "a socket");
    }
}
