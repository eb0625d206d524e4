//! Which operation of a document a request means.

use super::template::{Fit, Route};
use super::{Address, Document, Hosts, Template};
use std::cmp::Ordering;
use std::collections::HashMap;

/// The paths of a document, ready to be matched with many requests.
pub struct Paths<'a> {
    document: &'a Document,
    groups: Vec<Group<'a>>,
    /// The groups by their first segment, and those that begin with a parameter.
    first: HashMap<&'a str, Vec<usize>>,
    loose: Vec<usize>,
    /// What may stand before the paths, the longest first.
    prefixes: Vec<&'a str>,
    hosts: &'a Hosts,
    bases: &'a [String],
}

/// The operations of one template at the same servers.
struct Group<'a> {
    template: &'a Template,
    servers: &'a [Address],
    operations: Vec<usize>,
}

/// What a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// An operation, by its place in the document; whether the path has the slash at its end that the document writes.
    Operation(usize, bool),
    /// A documented path, by the place of one of its operations, but a method that is not documented for it.
    Path(usize),
    /// A path that is not documented, beside documented ones.
    Beside,
    /// Nothing of this document.
    Nothing,
}

/// A request to be matched.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, in capitals; empty where it is not known.
    pub method: &'a str,
    /// The host; empty where the request stays in the process.
    pub host: &'a str,
    /// The path; `{}` stands for what is not known where it comes from a source.
    pub path: &'a str,
    /// The answer; nothing where there was none yet.
    pub status: Option<u16>,
}

impl<'a> Paths<'a> {
    /// The paths of a document. `bases` are prefixes that its servers do not tell.
    #[must_use]
    pub fn new(document: &'a Document, hosts: &'a Hosts, bases: &'a [String]) -> Self {
        let (groups, first, loose, prefixes) = (Vec::new(), HashMap::new(), Vec::new(), prefixes(document, bases));
        let mut paths = Self { document, groups, first, loose, prefixes, hosts, bases };
        let mut known: HashMap<(&str, &[Address]), usize> = HashMap::new();
        for (at, operation) in document.operations.iter().enumerate() {
            let servers = operation.servers.as_deref().unwrap_or(&document.servers);
            let place = *known.entry((operation.template.as_str(), servers)).or_insert_with(|| {
                let template = &operation.template;
                match template.first() {
                    Some(first) => paths.first.entry(first).or_default().push(paths.groups.len()),
                    None => paths.loose.push(paths.groups.len()),
                }
                paths.groups.push(Group { template, servers, operations: Vec::new() });
                paths.groups.len() - 1
            });
            paths.groups[place].operations.push(at);
        }
        paths
    }

    /// What a request that was made means.
    #[must_use]
    pub fn meant(&self, request: Request<'_>) -> Meant {
        self.route(&Route::of_path(request.path), request)
    }

    /// What a URL in a source means, if it is an operation.
    #[must_use]
    pub fn named(&self, request: Request<'_>) -> Option<usize> {
        match self.route(&Route::of_source(request.path), request) {
            Meant::Operation(at, _) => Some(at),
            _ => None,
        }
    }

    fn route(&self, whole: &Route, request: Request<'_>) -> Meant {
        let mut is_beside = false;
        // The prefixes that are known come before the bare path, and the longest of them first.
        for base in &self.prefixes {
            let Some(route) = whole.without(base) else { continue };
            let found = self.best(&route, base, request);
            if found != Meant::Nothing {
                return found;
            }
            let is_near = route.first().is_some_and(|first| self.first.contains_key(first));
            is_beside |= (is_near || !base.is_empty()) && self.is_own_host(request.host);
        }
        if is_beside { Meant::Beside } else { Meant::Nothing }
    }

    fn is_own_host(&self, host: &str) -> bool {
        self.hosts.holds(host) || self.document.servers.iter().any(|server| server.host.eq_ignore_ascii_case(host))
    }

    /// The best of the templates that fit behind a prefix.
    fn best(&self, route: &Route, base: &str, request: Request<'_>) -> Meant {
        let with_first = route.first().and_then(|first| self.first.get(first));
        // Where the first segment is not known, or written with escapes, each template may be meant.
        let is_open = route.first().is_none_or(|first| first.contains('%'));
        let candidates: Vec<usize> = match is_open {
            true => (0..self.groups.len()).collect(),
            false => with_first.into_iter().flatten().chain(&self.loose).copied().collect(),
        };
        let mut best: Option<(Rank<'_>, Meant)> = None;
        for group in candidates.into_iter().filter_map(|at| self.groups.get(at)) {
            let Some(fit) = group.template.fit(route) else { continue };
            let is_error = request.status.is_none_or(|status| status >= 400);
            if (fit == Fit::Rest && is_error) || !self.serves(group, base, request.host) {
                continue;
            }
            let own = |at: &&usize| {
                let method = self.document.operations.get(**at).map(|operation| operation.method.as_str());
                request.method.is_empty() || method == Some(request.method)
            };
            let meant = match group.operations.iter().find(own) {
                Some(at) => Meant::Operation(*at, fit != Fit::Slash),
                None => Meant::Path(group.operations.first().copied().unwrap_or_default()),
            };
            let rank = Rank {
                has_no_method: matches!(meant, Meant::Path(_)),
                guesses: group.template.guesses(route),
                fit,
                template: group.template,
            };
            if best.as_ref().is_none_or(|(known, _)| rank.cmp(known) == Ordering::Less) {
                best = Some((rank, meant));
            }
        }
        best.map_or(Meant::Nothing, |(_, meant)| meant)
    }

    /// Whether requests to a host, behind a prefix, are those of a group.
    fn serves(&self, group: &Group<'_>, base: &str, host: &str) -> bool {
        let is_server = group.servers.iter().any(|server| server.host.eq_ignore_ascii_case(host));
        let has_base = base.is_empty()
            || self.bases.iter().any(|known| known == base)
            || group.servers.iter().any(|server| server.path == base);
        has_base && (is_server || self.hosts.holds(host))
    }
}

fn prefixes<'a>(document: &'a Document, bases: &'a [String]) -> Vec<&'a str> {
    let of_operations = document.operations.iter().flat_map(|operation| operation.servers.iter().flatten());
    let servers = document.servers.iter().chain(of_operations).map(|server| server.path.as_str());
    let mut all: Vec<&str> = bases.iter().map(String::as_str).chain(servers).chain([""]).collect();
    all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    all.dedup();
    all
}

/// By what the best of several templates is chosen.
struct Rank<'a> {
    has_no_method: bool,
    guesses: usize,
    fit: Fit,
    template: &'a Template,
}

impl Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |rank: &Self| (rank.has_no_method, rank.guesses, rank.fit);
        key(self).cmp(&key(other)).then_with(|| self.template.precedence(other.template))
    }
}

#[cfg(test)]
mod tests {
    use super::{Meant, Paths, Request};
    use crate::base::RepoPath;
    use crate::domain::contract::{Document, Hosts, read_document};

    fn document(servers: &str) -> Document {
        let paths = "  /pets: {get: {}, post: {}}\n  /pets/mine: {get: {}}\n  /pets/{id}: {get: {}, delete: {}}\n  /files/{path}: {get: {}}\n  /slash/: {get: {}}\n";
        let text = format!("openapi: 3.0.0\nservers: {servers}\npaths:\n{paths}");
        read_document(&RepoPath::new("openapi.yaml").unwrap(), text.as_bytes()).unwrap()
    }

    fn words(document: &Document, bases: &[&str], request: Request<'_>, is_source: bool) -> String {
        let (hosts, bases) = (Hosts::new([]), bases.iter().map(|base| (*base).to_owned()).collect::<Vec<_>>());
        let paths = Paths::new(document, &hosts, &bases);
        let name = |at: usize| document.operations[at].words().to_string();
        if is_source {
            return paths.named(request).map(name).unwrap_or_default();
        }
        match paths.meant(request) {
            Meant::Operation(at, true) => name(at),
            Meant::Operation(at, false) => format!("{} but for the slash", name(at)),
            Meant::Path(at) => format!("path of {}", name(at)),
            Meant::Beside => "beside".to_owned(),
            Meant::Nothing => String::new(),
        }
    }

    fn request<'a>(method: &'a str, host: &'a str, path: &'a str, status: u16) -> Request<'a> {
        Request { method, host, path, status: Some(status) }
    }

    #[test]
    fn concrete_paths_and_documented_methods_come_first() {
        let document = document("[]");
        let check = |method: &str, path: &str, status: u16, expect: &str| {
            assert_eq!(words(&document, &[], request(method, "", path, status), false), expect, "{method} {path}");
        };
        check("GET", "/pets/mine", 200, "GET /pets/mine");
        check("GET", "/pets/7?full=1", 200, "GET /pets/{id}");
        check("DELETE", "/pets/mine", 204, "DELETE /pets/{id}");
        check("PATCH", "/pets", 200, "path of GET /pets");
        check("GET", "/pets/7/toys", 404, "beside");
        check("GET", "/admin", 200, "");
        check("GET", "/files/a/b.txt", 200, "GET /files/{path}");
        check("GET", "/files/a/b.txt", 404, "beside");
        check("GET", "/slash", 301, "GET /slash/ but for the slash");
    }

    #[test]
    fn prefixes_come_from_servers_and_settings_and_hosts_have_to_be_own_ones() {
        let document = document("[{url: 'https://api.example.org/v1'}]");
        let check = |bases: &[&str], host: &str, path: &str, expect: &str| {
            assert_eq!(words(&document, bases, request("GET", host, path, 200), false), expect, "{host}{path}");
        };
        check(&[], "", "/v1/pets", "GET /pets");
        check(&[], "", "/pets", "GET /pets");
        check(&[], "", "/v2/pets", "");
        check(&["/v2"], "localhost:8000", "/v2/pets", "GET /pets");
        check(&[], "api.example.org", "/v1/pets", "GET /pets");
        check(&[], "api.stripe.com", "/v1/pets", "");
        check(&[], "api.stripe.com", "/v1/charges", "");
        check(&[], "", "/v1/charges", "beside");
    }

    #[test]
    fn a_url_of_a_source_means_what_its_known_parts_say() {
        let document = document("[]");
        let check = |method: &str, path: &str, expect: &str| {
            let request = Request { method, host: "", path, status: None };
            assert_eq!(words(&document, &[], request, true), expect, "{method} {path}");
        };
        check("GET", "/pets/{}", "GET /pets/{id}");
        check("", "/pets/mine", "GET /pets/mine");
        check("GET", "/{}/{}/{}", "");
        check("POST", "/nowhere", "");
    }
}
