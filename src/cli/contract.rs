//! `lacuna contract`: which operations and responses of the API documents tests exercise, and which channels they are marked with.

use super::arguments::{Common, Format};
use super::exit::Exit;
use super::{output, session};
use crate::base::{Problem, Severity};
use crate::domain::report::{contract_markdown, contract_text, contract_value};
use crate::shell::contract;

/// What is said where there is no document.
const HOW: &str = "name it in lacuna.toml: contract.documents = [\"docs/openapi.yaml\"]; else openapi, swagger, asyncapi and \
                   schema are looked for, with the endings yaml, yml and json, at the top and in docs/, api/, spec/ and schema/";

/// Runs the command.
pub fn run(format: Format, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (contract, problems) = contract::standing(&desk);
    output::complain(&desk.take_problems());
    output::complain(&problems);
    if contract.documents.is_empty() {
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Exit::Unusable;
        }
        output::complain(&[Problem::error("contract", "there is no document of OpenAPI or AsyncAPI").hint(HOW)]);
        return Exit::Nothing;
    }
    match format {
        Format::Json => {
            let mut value = contract_value(&contract);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("problems".to_owned(), problems.iter().map(output::problem).collect());
            }
            output::print_json(&value);
        }
        Format::Md => output::print(&contract_markdown(&contract)),
        Format::Text => output::print(&contract_text(&contract)),
    }
    Exit::Done
}
