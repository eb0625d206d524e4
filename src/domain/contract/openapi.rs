//! OpenAPI 3 and Swagger 2: paths, operations, responses, servers, webhooks.

use super::document::{Code, Document, Operation, Response, Webhook};
use super::sources::Sources;
use super::{Address, At, Template};
use crate::base::{Clean, RepoPath};

/// The methods of a path.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// The most operations of one document.
const OPERATIONS: usize = 50_000;
/// The most responses of one operation.
const RESPONSES: usize = 200;
/// What helps where a reference leads out of the document.
const BUNDLE: &str = "references are followed to files of the project, and to no other address";

/// Reads a document whose version is known.
pub(super) fn read<'a>(sources: &'a Sources, root: At<'a>, document: &mut Document) {
    document.servers = servers(root).unwrap_or_default();
    let top = document.path.clone();
    if let Some(Ok(paths)) = root.get("paths").map(|paths| sources.resolved(paths)) {
        let file = sources.file(paths).unwrap_or(&top);
        for (path, line, item) in paths.entries() {
            if !path.starts_with('/') {
                if !path.starts_with("x-") {
                    let what = format!("the path \"{path}\" does not begin with a slash, and is left out");
                    document.problem(file, line, &what, "paths of OpenAPI begin with a slash");
                }
                continue;
            }
            match sources.resolved(item) {
                Ok(item) => path_item(document, sources, path, item),
                Err(reference) => unresolved(document, file, line, path, reference),
            }
            if document.operations.len() >= OPERATIONS {
                let what = format!("has more than {OPERATIONS} operations; the others are left out");
                document.problem(file, line, &what, "name a smaller document in contract.documents");
                break;
            }
        }
    }
    if let Some(webhooks) = root.get("webhooks") {
        for (name, line, item) in webhooks.entries() {
            let Ok(item) = sources.resolved(item) else { continue };
            let methods = METHODS.iter().filter(|method| item.get(method).is_some());
            let methods = methods.map(|method| method.to_ascii_uppercase()).collect();
            document.webhooks.push(Webhook { name: Clean::line(name), methods, line });
        }
    }
}

fn unresolved(document: &mut Document, file: &RepoPath, line: u32, what: &str, reference: &str) {
    document.problem(file, line, &format!("{what} refers to {reference}, which is not there"), BUNDLE);
}

fn path_item<'a>(document: &mut Document, sources: &'a Sources, path: &str, item: At<'a>) {
    let (around, file) = (servers(item), sources.file(item).cloned().unwrap_or_else(|| document.path.clone()));
    for (key, line, value) in item.entries() {
        if !METHODS.contains(&key) || !value.is_map() {
            continue;
        }
        let responses = responses(document, (sources, &file), path, value);
        document.operations.push(Operation {
            method: key.to_ascii_uppercase(),
            template: Template::read(path),
            id: Clean::line(value.text_of("operationId").unwrap_or_default()),
            file: file.clone(),
            line,
            deprecated: value.text_of("deprecated") == Some("true"),
            responses,
            servers: servers(value).or_else(|| around.clone()),
        });
    }
}

fn responses<'a>(
    document: &mut Document,
    (sources, file): (&'a Sources, &RepoPath),
    path: &str,
    operation: At<'a>,
) -> Vec<Response> {
    let mut found: Vec<Response> = Vec::new();
    let Some(responses) = operation.get("responses") else { return found };
    for (code, line, value) in responses.entries().into_iter().take(RESPONSES) {
        match Code::read(code) {
            // What the response says is not needed: one that refers to nothing is promised all the same, and other files are
            // not read for it.
            Some(code) => {
                if let Err(reference) = sources.resolved(value)
                    && reference.starts_with('#')
                {
                    unresolved(document, file, line, &format!("response {} of {path}", code.words()), reference);
                }
                found.push(Response { code, line });
            }
            None if code.starts_with("x-") => {}
            None => {
                let what = format!("\"{code}\" is no status code, and is left out");
                document.problem(file, line, &what, "responses are named 200, 4XX or default");
            }
        }
    }
    found
}

/// The servers that are named here; nothing where none is.
fn servers(at: At<'_>) -> Option<Vec<Address>> {
    if let Some(base) = at.text_of("basePath") {
        let host = at.text_of("host").unwrap_or_default().to_ascii_lowercase();
        return Some(vec![Address { host, ..Address::read(base) }]);
    }
    if let Some(host) = at.text_of("host") {
        return Some(vec![Address { host: host.to_ascii_lowercase(), path: String::new() }]);
    }
    let servers = at.get("servers")?;
    let all = servers.items().filter_map(|server| Some(Address::read(&filled(server.text_of("url")?, server))));
    Some(all.collect())
}

/// A URL whose variables have their defaults.
fn filled(url: &str, server: At<'_>) -> String {
    let mut url = url.to_owned();
    let variables = server.get("variables").map(At::entries).unwrap_or_default();
    for (name, _, variable) in variables.into_iter().take(RESPONSES) {
        url = url.replace(&format!("{{{name}}}"), variable.text_of("default").unwrap_or_default());
    }
    url
}

#[cfg(test)]
mod tests {
    use crate::base::RepoPath;
    use crate::domain::contract::{Address, Code, Document, read_document, read_document_with};

    fn read(text: &str) -> Document {
        read_document(&RepoPath::new("openapi.yaml").unwrap(), text.as_bytes()).unwrap()
    }

    fn operations(document: &Document) -> Vec<String> {
        let codes = |operation: &super::Operation| {
            operation.responses.iter().map(|response| response.code.words()).collect::<Vec<_>>().join(",")
        };
        document.operations.iter().map(|one| format!("{}:{} {}", one.line, one.words(), codes(one))).collect()
    }

    #[test]
    fn operations_have_their_lines_and_responses() {
        let document = read(
            "openapi: 3.1.0\ninfo: {title: Pets}\nservers:\n- url: https://{at}.example.org/{v}\n  variables: {at: {default: eu}, v: {default: v2}}\n\
             paths:\n  /pets:\n    summary: x\n    get:\n      operationId: list\n      responses:\n        200: {description: x}\n        default: {$ref: '#/components/responses/E'}\n\
             \x20   post:\n      deprecated: true\n      servers: [{url: /other}]\n      responses: {'201': {}, 4XX: {}, x-a: 1}\n  /pets/{id}: {$ref: '#/components/pathItems/P'}\n\
             components:\n  responses: {E: {description: e}}\n  pathItems:\n    P:\n      delete: {responses: {204: {}}}\n\
             webhooks:\n  born: {post: {}}\n",
        );
        assert_eq!(
            operations(&document),
            ["9:GET /pets 200,default", "14:POST /pets 201,4XX", "23:DELETE /pets/{id} 204"]
        );
        assert_eq!(document.servers, [Address::read("https://eu.example.org/v2")]);
        let post = &document.operations[1];
        assert_eq!((post.deprecated, post.servers.as_deref()), (true, Some(&[Address::read("/other")][..])));
        assert_eq!((document.operations[0].id.as_str(), document.title.as_str()), ("list", "Pets"));
        assert_eq!(
            (document.webhooks[0].name.as_str(), &*document.webhooks[0].methods),
            ("born", &["POST".to_owned()][..])
        );
        assert_eq!(document.problems, []);
    }

    #[test]
    fn swagger_2_has_its_base_path() {
        let document = read(
            "{\"swagger\": \"2.0\", \"host\": \"API.example.org\", \"basePath\": \"/v1/\",\n\"paths\": {\"/a\": {\n\"get\": {\"responses\": {\"200\": {}}}}}}",
        );
        assert_eq!(document.servers, [Address { host: "api.example.org".to_owned(), path: "/v1".to_owned() }]);
        assert_eq!(operations(&document), ["3:GET /a 200"]);
        assert_eq!(document.operations[0].responses[0].code, Code::Exact(200));
    }

    #[test]
    fn what_cannot_be_understood_is_a_problem_and_the_rest_counts() {
        let document = read(
            "openapi: 3.0.0\npaths:\n  /a: {$ref: 'paths/a.yaml'}\n  b: {}\n  /c:\n    get:\n      responses:\n        two hundred: {}\n        '404': {$ref: '#/nowhere'}\n",
        );
        assert_eq!(operations(&document), ["6:GET /c 404"]);
        let said: Vec<String> = document.problems.iter().map(ToString::to_string).collect();
        assert!(said[0].starts_with("openapi.yaml:3: /a refers to paths/a.yaml, which is not there"), "{said:?}");
        assert!(said[1].starts_with("openapi.yaml:4: the path \"b\" does not begin with a slash"), "{said:?}");
        assert!(said[2].starts_with("openapi.yaml:8: \"two hundred\" is no status code"), "{said:?}");
        assert!(said[3].contains("response 404 of /c refers to #/nowhere"), "{said:?}");
    }

    #[test]
    fn paths_in_files_of_their_own_have_their_places_there() {
        let load = |file: &RepoPath| match file.as_str() {
            "docs/paths/pets.yaml" => Some(b"get:\n  responses: {200: {$ref: ../x.yaml}}\npost: {}\n".to_vec()),
            _ => None,
        };
        let text = b"openapi: 3.0.0\npaths:\n  /pets: {$ref: paths/pets.yaml}\n";
        let document = read_document_with(&RepoPath::new("docs/openapi.yaml").unwrap(), text, &load).unwrap();
        assert_eq!(operations(&document), ["1:GET /pets 200", "3:POST /pets "]);
        assert_eq!((document.operations[0].file.as_str(), &*document.problems), ("docs/paths/pets.yaml", &[][..]));
    }

    #[test]
    fn many_paths_that_share_one_item_by_aliases_stay_within_bounds() {
        let methods = "get: &o {responses: &r {200: {}, 404: {}}}, put: *o, post: *o";
        let paths: Vec<String> = (0..30_000).map(|at| format!("  /p{at}: *i\n")).collect();
        let document = read(&format!("openapi: 3.0.0\nx-i: &i {{{methods}}}\npaths:\n{}", paths.concat()));
        assert!(document.operations.len() < super::OPERATIONS + 10 && document.problems.len() == 1);
    }
}
