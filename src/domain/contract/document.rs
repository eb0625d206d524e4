//! One document of a contract: its operations with their documented responses, its webhooks and its channels.

use super::sources::{Load, Sources};
use super::{Address, Template, asyncapi, openapi};
use crate::base::{Clean, Problem, RepoPath};

/// The most problems of one document that are told.
const PROBLEMS: usize = 20;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// OpenAPI 3, or Swagger 2.
    OpenApi,
    /// AsyncAPI 2 or 3.
    AsyncApi,
}

impl Family {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenApi => "OpenAPI",
            Self::AsyncApi => "AsyncAPI",
        }
    }
}

/// Which status codes a documented response is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// One.
    Exact(u16),
    /// A hundred of them: `4XX`.
    Range(u16),
    /// All that are not named.
    Default,
}

impl Code {
    /// Reads `404`, `4XX` or `default`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("default") {
            return Some(Self::Default);
        }
        let first = text.chars().next()?.to_digit(10).filter(|digit| (1..=5).contains(digit))?;
        if text.len() == 3 && text.get(1..).is_some_and(|rest| rest.eq_ignore_ascii_case("xx")) {
            return u16::try_from(first).ok().map(Self::Range);
        }
        text.parse().ok().filter(|_| text.len() == 3).map(Self::Exact)
    }

    /// As a document writes it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Exact(status) => status.to_string(),
            Self::Range(hundred) => format!("{hundred}XX"),
            Self::Default => "default".to_owned(),
        }
    }

    /// How closely it names a status; nothing where it does not mean it.
    #[must_use]
    pub const fn closeness(self, status: u16) -> Option<u8> {
        match self {
            Self::Exact(exact) if exact == status => Some(2),
            Self::Range(hundred) if status / 100 == hundred => Some(1),
            Self::Default => Some(0),
            Self::Exact(_) | Self::Range(_) => None,
        }
    }
}

/// A documented response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Which status codes it is about.
    pub code: Code,
    /// Its line in the document.
    pub line: u32,
}

/// One operation: a method on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method, in capitals.
    pub method: String,
    /// The path.
    pub template: Template,
    /// The name that the document gives it; may be empty.
    pub id: Clean,
    /// The file that says so: the document, or one that it refers to.
    pub file: RepoPath,
    /// Its line there.
    pub line: u32,
    /// Whether the document calls it deprecated.
    pub deprecated: bool,
    /// Its responses.
    pub responses: Vec<Response>,
    /// The servers that answer it, where they are others than the document's.
    pub servers: Option<Vec<Address>>,
}

impl Operation {
    /// Method and path: `GET /pets/{id}`.
    #[must_use]
    pub fn words(&self) -> Clean {
        Clean::line(&format!("{} {}", self.method, self.template.as_str()))
    }
}

/// A request that the service sends itself. Nothing is matched with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub name: Clean,
    /// Its methods, in capitals.
    pub methods: Vec<String>,
    /// Its line in the document.
    pub line: u32,
}

/// A channel of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in the document.
    pub name: Clean,
    /// Its address, where that is another one.
    pub address: Clean,
    /// What is done with it: publish, subscribe, send, receive.
    pub actions: Vec<&'static str>,
    /// Its line in the document.
    pub line: u32,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file.
    pub path: RepoPath,
    /// Its kind.
    pub family: Family,
    /// The version of that kind: `3.1.0`.
    pub version: Clean,
    /// What the document is called; may be empty.
    pub title: Clean,
    /// Where the service is.
    pub servers: Vec<Address>,
    /// Its operations, in their order.
    pub operations: Vec<Operation>,
    /// Its webhooks.
    pub webhooks: Vec<Webhook>,
    /// Its channels.
    pub channels: Vec<Channel>,
    /// What of it could not be understood.
    pub problems: Vec<Problem>,
}

impl Document {
    pub(super) fn new(path: &RepoPath, family: Family, version: &str, title: Option<&str>) -> Self {
        Self {
            path: path.clone(),
            family,
            version: Clean::line(version),
            title: Clean::line(title.unwrap_or_default()),
            servers: Vec::new(),
            operations: Vec::new(),
            webhooks: Vec::new(),
            channels: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Notes what could not be understood; of very many problems the first ones say enough.
    pub(super) fn problem(&mut self, file: &RepoPath, line: u32, what: &str, hint: &str) {
        if self.problems.len() >= PROBLEMS {
            return;
        }
        let origin = format!("{}:{line}", file.as_str());
        self.problems.push(Problem::warning(origin, what).hint(hint));
    }
}

/// Whether a text may be the document of a contract: what has one of these words has to be read whole.
#[must_use]
pub fn is_contract(bytes: &[u8]) -> bool {
    is_requestable(bytes) || std::str::from_utf8(bytes).is_ok_and(|text| text.contains("asyncapi"))
}

/// Whether a text may be a document of OpenAPI, whose operations are requested.
#[must_use]
pub fn is_requestable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.contains("openapi") || text.contains("swagger"))
}

/// Reads a document that refers to no other file.
///
/// # Errors
/// It is not well formed, or of another kind; the problem names the line.
pub fn read_document(path: &RepoPath, bytes: &[u8]) -> Result<Document, Problem> {
    read_document_with(path, bytes, &|_| None)
}

/// Reads a document with the files that it refers to.
///
/// # Errors
/// It is not well formed, or of another kind; the problem names the line.
pub fn read_document_with(path: &RepoPath, bytes: &[u8], load: Load<'_>) -> Result<Document, Problem> {
    let (sources, broken) = Sources::read(path, bytes, load)?;
    let other = |line: u32, what: &str| {
        Problem::error(format!("{}:{line}", path.as_str()), what)
            .hint("contract.documents names documents of OpenAPI 2, 3.0, 3.1 and AsyncAPI 2, 3")
    };
    let Some(root) = sources.root().filter(|root| root.is_map()) else {
        return Err(other(1, "is no document of OpenAPI or AsyncAPI: it has no keys"));
    };
    let title = root.get("info").and_then(|info| info.text_of("title"));
    let is_known = |version: &str, first: &[&str]| first.iter().any(|first| version.split('.').next() == Some(first));
    for (key, majors, family) in [
        ("openapi", &["3"][..], Family::OpenApi),
        ("swagger", &["2"], Family::OpenApi),
        ("asyncapi", &["2", "3"], Family::AsyncApi),
    ] {
        let Some(at) = root.get(key) else { continue };
        let version = at.text().unwrap_or_default();
        if !is_known(version, majors) {
            return Err(other(at.line(), &format!("{key} \"{version}\" is no version that is read")));
        }
        let mut document = Document::new(path, family, version, title);
        document.problems.extend(broken);
        match family {
            Family::OpenApi => openapi::read(&sources, root, &mut document),
            Family::AsyncApi => asyncapi::read(&sources, root, &mut document),
        }
        return Ok(document);
    }
    Err(other(1, "is no document of OpenAPI or AsyncAPI: it has none of the keys openapi, swagger, asyncapi"))
}

#[cfg(test)]
mod tests {
    use super::{Code, is_contract, read_document};
    use crate::base::RepoPath;

    #[test]
    fn codes_are_read_as_documents_write_them() {
        assert_eq!(Code::read("200"), Some(Code::Exact(200)));
        assert_eq!((Code::read("4XX"), Code::read("5xx")), (Some(Code::Range(4)), Some(Code::Range(5))));
        assert_eq!(Code::read("default"), Some(Code::Default));
        for text in ["", "20", "2000", "6XX", "x-note", "2X"] {
            assert_eq!(Code::read(text), None, "{text}");
        }
        assert!(Code::Exact(404).closeness(404) > Code::Range(4).closeness(404));
        assert_eq!(Code::Range(4).closeness(500), None);
    }

    #[test]
    fn what_is_no_contract_says_so_with_its_line() {
        let check = |text: &str, what: &str| {
            let problem = read_document(&RepoPath::new("api.yaml").unwrap(), text.as_bytes()).unwrap_err();
            assert!(problem.to_string().contains(what) && !problem.hint.is_empty(), "{problem}");
        };
        check("- a\n", "api.yaml:1: is no document of OpenAPI or AsyncAPI");
        check("name: x\n", "none of the keys openapi, swagger, asyncapi");
        check("info: {}\nopenapi: 4.0.0\n", "api.yaml:2: openapi \"4.0.0\" is no version that is read");
        check("openapi: {\n", "api.yaml:");
        assert!(is_contract(b"{\"openapi\": 1}") && !is_contract(b"a: 1"));
    }
}
