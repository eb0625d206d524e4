//! Where a request goes: host and path, of URLs and of the servers that a document names.

/// A URL without its query: where it goes, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The host with its port; empty where the URL is a path alone.
    pub host: String,
    /// The path, with its first slash and without the last one; empty for the root.
    pub path: String,
}

impl Address {
    /// Reads `https://host/v1`, `//host/v1`, `/v1` or `v1`.
    #[must_use]
    pub fn read(url: &str) -> Self {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let after = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
        let (host, path) = match after {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", url),
        };
        let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        let path = path.trim_matches('/');
        Self { host, path: if path.is_empty() { String::new() } else { format!("/{path}") } }
    }
}

/// The hosts whose requests are those of the project's own service.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// This machine, the hosts that test clients name, and these.
    #[must_use]
    pub fn new<'a>(more: impl IntoIterator<Item = &'a str>) -> Self {
        let own = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "testserver", "test"];
        Self { names: own.into_iter().chain(more).map(|name| plain(name).to_owned()).collect() }
    }

    /// Whether requests to a host count. A request that never left the process has none.
    #[must_use]
    pub fn holds(&self, host: &str) -> bool {
        let host = plain(host);
        host.is_empty() || self.names.iter().any(|name| name.eq_ignore_ascii_case(host)) || host.ends_with(".localhost")
    }
}

/// A host without its port.
fn plain(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

/// A text in which `%41` is a letter.
pub(super) fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match digits {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Address, Hosts, decoded};

    #[test]
    fn urls_are_taken_apart() {
        let check = |url: &str, host: &str, path: &str| {
            assert_eq!(Address::read(url), Address { host: host.to_owned(), path: path.to_owned() }, "{url}");
        };
        check("https://API.example.org:8443/v1/?a=b", "api.example.org:8443", "/v1");
        check("//user:pw@host/a/b", "host", "/a/b");
        check("/v1/", "", "/v1");
        check("v1", "", "/v1");
        check("/", "", "");
        check("https://host", "host", "");
    }

    #[test]
    fn requests_to_others_do_not_count() {
        let hosts = Hosts::new(["api.example.org"]);
        for host in ["", "localhost:8000", "127.0.0.1", "testserver", "[::1]:80", "API.example.org", "x.localhost"] {
            assert!(hosts.holds(host), "{host}");
        }
        for host in ["api.stripe.com", "example.org", "localhost.example.org"] {
            assert!(!hosts.holds(host), "{host}");
        }
    }

    #[test]
    fn escapes_are_decoded_and_what_is_none_stays() {
        assert_eq!(
            (decoded("a%20b%C3%A9"), decoded("100%"), decoded("%zz%4")),
            ("a bé".into(), "100%".into(), "%zz%4".into())
        );
    }
}
