//! The contract on projects whose documents and tests are real files: what is exercised, by sources and by runs of real pytest.

use crate::program::{stderr, stdout};
use crate::shop::Shop;
use crate::venv::interpreter_with_frameworks;
use serde_json::Value;
use std::path::Path;

const PETS: &str = "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\nservers:\n  - url: https://pets.example.org/v1\npaths:\n  \
/pets:\n    get:\n      responses: {'200': {description: all}, 4XX: {description: no}}\n    post:\n      operationId: addPet\n      \
responses: {'201': {description: made}, default: {description: no}}\n  /pets/{id}:\n    get:\n      responses: {'200': {description: one}}\n    \
delete:\n      responses: {'204': {description: gone}}\n";

const TESTS: &str = "from urllib.parse import urljoin\n\nBASE = \"/v1\"\n\n\ndef test_list(client):\n    client.get(f\"{BASE}/pets\")\n\n\n\
def test_delete(client, pet):\n    client.delete(f\"/v1/pets/{pet.id}\")\n    client.get(reverse(\"pets\"))\n";

const EVENTS: &str = "asyncapi: 2.6.0\ninfo: {title: Events, version: '1'}\nchannels:\n  user/signedup:\n    subscribe: {}\n  user/gone:\n    publish: {}\n";

/// How each operation stands, with what was seen of its responses.
fn operations(value: &Value) -> Vec<String> {
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
    shop.write("lacuna.toml", "[gate.contract]\noperations = 1\nchannels = 50\nundocumented = 0\npromises = 1\n");
    let gate = shop.json(&["gate", "--format", "json"], 6);
    let words = |rule: &Value| format!("{} {}", rule["rule"].as_str().unwrap(), rule["verdict"].as_str().unwrap());
    let rules: Vec<String> = gate["rules"].as_array().unwrap().iter().map(words).collect();
    assert_eq!(
        rules,
        [
            "gate.contract.operations can't tell",
            "gate.contract.undocumented can't tell",
            "gate.contract.promises can't tell",
            "gate.contract.channels held"
        ]
    );
    assert_eq!(gate["rules"][0]["why"], "no test ran while requests were observed");
    assert!(gate["rules"][2]["why"].as_str().unwrap().contains("is no promise"), "{gate}");
}

#[test]
fn the_same_document_in_two_usual_places_is_one_and_chosen_ones_are_all_there() {
    let shop = Shop::of(&[("openapi.yaml", PETS), ("docs/openapi.yaml", PETS), ("tests/test_pets.py", TESTS)]);
    let count = || shop.json(&["contract", "--format", "json"], 0)["documents"].as_array().unwrap().len();
    assert_eq!(count(), 1);
    shop.write("docs/openapi.yaml", &PETS.replace("/v1", "/v2"));
    assert_eq!(count(), 2);
    shop.write("docs/openapi.yaml", PETS);
    shop.write("lacuna.toml", "contract.documents = [\"**/openapi.yaml\"]\n");
    assert_eq!(count(), 2);
}

#[test]
fn a_document_that_cannot_be_read_is_named_with_its_line_and_the_others_count() {
    let mut bomb = "openapi: 3.0.0\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n".to_owned();
    for level in 1..30 {
        let all = vec![format!("*x{}", level - 1); 10].join(",");
        bomb.push_str(&format!("x{level}: &x{level} [{all}]\n"));
    }
    let settings = "[contract]\ndocuments = [\"api/*.yaml\", \"api/other.yaml\", \"gone.yaml\", \"none/**\"]\n";
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
    shop.write("lacuna.toml", &format!("{settings}[gate.contract]\noperations = 0\n"));
    let gate = shop.json(&["gate", "--format", "json"], 6);
    assert!(gate["rules"][0]["why"].as_str().unwrap().starts_with("api/broken.yaml:3: "), "{gate}");
    let broken = Shop::of(&[("openapi.json", "{\"openapi\": \"3.0.0\",\n\"paths\": {]\n")]);
    let output = broken.lacuna(&["contract"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("openapi.json:2: JSON: "), "{}", stderr(&output));
}

/// A copy of one of the applications.
fn application(name: &str) -> Shop {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/contract").join(name);
    let shop = Shop::of(&[]);
    let mut waiting = vec![top.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => waiting.push(entry),
                false => {
                    let name = entry.strip_prefix(&top).unwrap().to_str().unwrap();
                    shop.write(name, &std::fs::read_to_string(&entry).unwrap());
                }
            }
        }
    }
    shop
}

/// Runs lacuna with the frameworks at hand; its tests have to pass.
fn run(shop: &Shop, arguments: &[&str]) {
    let mut command = shop.command(&[&["run", "--trust"], arguments].concat());
    let output = command.env("VIRTUAL_ENV", interpreter_with_frameworks().home.clone().unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
}

fn statuses<'a>(value: &'a Value, operation: &str) -> &'a Value {
    let documents = value["documents"].as_array().unwrap().iter();
    let mut all = documents.flat_map(|document| document["operations"].as_array().unwrap());
    let is =
        |one: &&Value| format!("{} {}", one["method"].as_str().unwrap(), one["path"].as_str().unwrap()) == operation;
    &all.find(is).unwrap()["statuses"]
}

#[test]
fn a_drf_application_is_observed_as_its_tests_run() {
    let shop = application("drf");
    run(&shop, &["--all"]);
    let value = shop.json(&["contract", "--format", "json"], 0);
    assert_eq!(
        operations(&value),
        [
            "GET /api/pets/ observed: 200=200",
            "POST /api/pets/ observed: 201=201 400=400",
            "GET /api/pets/mine/ observed: 200=200",
            "GET /api/pets/{name}/ observed: 200=200 4XX=404 5XX=500",
            "DELETE /api/pets/{name}/ not exercised: 204="
        ]
    );
    assert_eq!(*statuses(&value, "GET /api/pets/{name}/"), serde_json::json!({ "200": 1, "404": 2, "500": 1 }));
    assert_eq!(value["tests"]["unobserved"].as_array().map(Vec::len), Some(0));
    insta::assert_snapshot!("contract_drf", shop.says(&["contract"], 0));
}

#[test]
fn a_flask_application_is_observed_in_its_client_and_over_the_wire() {
    let shop = application("flask");
    run(&shop, &["--all"]);
    let value = shop.json(&["contract", "--format", "json"], 0);
    assert_eq!(
        operations(&value),
        [
            "GET /notes observed: 200=200",
            "POST /notes observed: 201= default=422",
            "GET /notes/{number} observed: 200=200 404=404",
            "DELETE /notes/{number} only named: 204=",
            "GET /old observed: 302=302",
            "GET /files/{file_path} observed: 200=200"
        ]
    );
    insta::assert_snapshot!("contract_flask", shop.says(&["contract"], 0));
    let layers = "[tests.layers]\nweb = \"tests/**\"\n[targets.tests]\nweb = \"90% of endpoints\"\n";
    let rules = "[gate.contract]\noperations = 80\nresponses = 90\nundocumented = 0\n";
    shop.write("lacuna.toml", &format!("{layers}{rules}"));
    let gate = shop.json(&["gate", "--format", "json"], 1);
    let of = |value: &Value, rule: &str| {
        let rules = value["rules"].as_array().unwrap();
        let found = rules.iter().find(|one| one["rule"] == rule).unwrap();
        format!("{} {}", found["verdict"].as_str().unwrap(), found["found"].as_str().unwrap())
    };
    assert_eq!(of(&gate, "gate.contract.operations"), "held 83% (5 of 6)");
    assert_eq!(of(&gate, "gate.contract.responses"), "failed 75% (6 of 8)");
    assert_eq!(of(&gate, "gate.contract.undocumented"), "held 0");
    insta::assert_snapshot!("contract_gate", shop.says(&["gate"], 1));
    let programme = shop.json(&["programme", "--format", "json"], 0);
    assert_eq!(of(&programme, "targets.tests.web"), "failed 83% (5 of 6) by 7 tests");
    assert_eq!(of(&programme, "contract.responses"), "no target 75% (6 of 8)");
    let trends = programme["trends"].as_array().unwrap();
    let trend = trends.iter().find(|one| one["about"] == "operations that tests exercise").unwrap();
    assert_eq!(trend["values"].as_array().map(Vec::len), Some(1), "{trend}");
}

#[test]
fn a_fastapi_application_is_observed_and_requests_to_others_are_not_its_own() {
    let shop = application("fastapi");
    run(&shop, &["--all"]);
    let value = shop.json(&["contract", "--format", "json"], 0);
    assert_eq!(
        operations(&value),
        [
            "GET /orders observed: 200=200",
            "POST /orders observed: 201=201 422=",
            "GET /orders/latest observed: 200=200",
            "GET /orders/{number} observed: 200=200 404=404 422=422",
            "DELETE /orders/{number} not exercised: 204= 422="
        ]
    );
    insta::assert_snapshot!("contract_fastapi", shop.says(&["contract"], 0));
}

#[test]
fn workers_and_places_elsewhere_observe_as_well_and_the_newest_run_of_a_test_counts() {
    let shop = application("flask");
    let python = interpreter_with_frameworks().program.to_str().unwrap();
    shop.write("lacuna.toml", "[runner]\nworkers = 2\n");
    run(&shop, &["--all"]);
    let by_workers = shop.json(&["contract", "--format", "json"], 0);
    shop.write("lacuna.toml", &format!("interpreter = {python:?}\n[runner]\ncommand = [\"env\", \"{{pytest}}\"]\n"));
    let other = application("flask");
    other.write("lacuna.toml", &shop.read("lacuna.toml"));
    run(&other, &["--all"]);
    assert_eq!(other.json(&["contract", "--format", "json"], 0), by_workers);
    assert_eq!(by_workers["shares"]["operations"]["part"], 5);
    // The test asks for something else now, and another one is gone.
    shop.edit(
        "tests/test_notes.py",
        "client.post(BASE, json={}).status_code == 422",
        "client.delete(BASE + \"/1\").status_code == 204",
    );
    shop.edit("tests/test_notes.py", "def test_moved(client):", "def moved(client):");
    run(&shop, &["tests/test_notes.py::TestNotes::test_refused"]);
    let value = shop.json(&["contract", "--format", "json"], 0);
    assert_eq!(operations(&value)[1], "POST /notes not exercised: 201= default=");
    assert_eq!(operations(&value)[3], "DELETE /notes/{number} observed: 204=204");
    assert_eq!(operations(&value)[4], "GET /old only named: 302=");
}

#[test]
fn without_a_document_nothing_is_observed() {
    let test = "import os, sys\n\ndef test_a(request):\n    assert \"LACUNA_CONTRACT\" not in os.environ\n    \
                assert not request.config.pluginmanager.hasplugin(\"lacuna_requests\")\n    \
                assert not any(type(finder).__name__ == \"Requests\" for finder in sys.meta_path)\n";
    let shop = Shop::of(&[("tests/test_a.py", test), ("asyncapi.yaml", EVENTS)]);
    run(&shop, &["--all"]);
}
