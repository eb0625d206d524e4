//! The contract on projects whose documents and tests are real files: what is exercised, by sources and by runs of real pytest.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use serde_json::Value;

const PETS: &str = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\nservers:\n  - url: https://pets.example.org/v1\npaths:\n  \
/pets:\n    get:\n      responses: {'200': {description: all}, 4XX: {description: no}}\n    post:\n      operationId: addPet\n      \
responses: {'201': {description: made}, default: {description: no}}\n  /pets/{id}:\n    get:\n      responses: {'200': {description: one}}\n    \
delete:\n      responses: {'204': {description: gone}}\n";

const TESTS: &str = "from urllib.parse import urljoin\n\nBASE = \"/v1\"\n\n\ndef test_list(client):\n    client.get(f\"{BASE}/pets\")\n\n\n\
def test_delete(client, pet):\n    client.delete(f\"/v1/pets/{pet.id}\")\n    client.get(reverse(\"pets\"))\n";

const EVENTS: &str = "asyncapi: 2.6.0\ninfo: {title: Events, version: '1'}\nchannels:\n  user/signedup:\n    subscribe: {}\n  user/gone:\n    publish: {}\n";

/// What each operation stands at: its words, its state, the lines in the document.
pub fn operations(value: &Value) -> Vec<String> {
    let documents = value["documents"].as_array().unwrap().iter();
    let all = documents.flat_map(|document| document["operations"].as_array().unwrap());
    let words = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap().to_owned();
        let responses = one["responses"].as_array().unwrap().iter().map(|response| {
            let seen =
                response["seen"].as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
            format!("{}={seen}", response["code"].as_str().unwrap())
        });
        let responses = responses.collect::<Vec<_>>().join(" ");
        format!("{} {} {}: {responses}", text("method"), text("path"), text("state"))
    };
    all.map(words).collect()
}

#[test]
fn a_project_without_a_document_says_how_to_name_one() {
    let output = Shop::of(&[("a.py", "A = 1\n")]).lacuna(&["contract"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("there is no document") && stderr(&output).contains("contract.documents"));
}

#[test]
fn sources_name_operations_and_marks_name_channels() {
    let marked = "import pytest\n\n@pytest.mark.asyncapi(\"user/signedup\")\ndef test_signed_up():\n    assert True\n";
    let shop = Shop::of(&[
        ("docs/openapi.yaml", PETS),
        ("asyncapi.yml", EVENTS),
        ("schema.json", "{\"tables\": []}"),
        ("tests/test_pets.py", TESTS),
        ("tests/test_events.py", marked),
    ]);
    let value = shop.json(&["contract", "--format", "json"], 0);
    assert_eq!(
        operations(&value),
        [
            "GET /pets only named: 200= 4XX=",
            "POST /pets not exercised: 201= default=",
            "GET /pets/{id} not exercised: 200=",
            "DELETE /pets/{id} only named: 204="
        ]
    );
    assert_eq!(value["requests_without_a_url"], 1);
    assert_eq!(value["shares"]["channels"]["part"], 1);
    insta::assert_snapshot!("contract_text", shop.says(&["contract"], 0));
    insta::assert_snapshot!("contract_markdown", shop.says(&["contract", "--format", "md"], 0));
    insta::assert_snapshot!("contract_json", shop.says(&["contract", "--format", "json"], 0));
}

#[test]
fn a_document_that_cannot_be_read_is_named_with_its_line_and_the_others_count() {
    let mut bomb = "openapi: 3.0.0\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n".to_owned();
    for level in 1..30 {
        let all = vec![format!("*x{}", level - 1); 10].join(",");
        bomb.push_str(&format!("x{level}: &x{level} [{all}]\n"));
    }
    let settings = "[contract]\ndocuments = [\"api/*.yaml\", \"gone.yaml\", \"none/**\"]\n";
    let shop = Shop::of(&[
        ("lacuna.toml", settings),
        ("api/bomb.yaml", &format!("{bomb}paths: {{/a: {{get: {{}}}}}}\n")),
        ("api/broken.yaml", "openapi: 3.0.0\npaths:\n  /a: [\n"),
        ("api/other.yaml", "kind: Deployment\n"),
        ("api/pets.yaml", PETS),
        ("tests/test_pets.py", TESTS),
    ]);
    let output = shop.lacuna(&["contract"]);
    let (said, shown) = (stderr(&output), stdout(&output));
    assert_eq!(output.status.code(), Some(0), "{said}");
    for words in [
        "api/broken.yaml:3: YAML: ",
        "api/other.yaml:1: is no document of OpenAPI or AsyncAPI",
        "gone.yaml: is not there",
        "\"none/**\" matches no file",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(shown.contains("GET /a ") && shown.contains("GET /pets "), "{shown}");
    let broken = Shop::of(&[("openapi.json", "{\"openapi\": \"3.0.0\",\n\"paths\": {]\n")]);
    let output = broken.lacuna(&["contract"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("openapi.json:2: JSON: "), "{}", stderr(&output));
}
