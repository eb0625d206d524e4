//! The contract: what OpenAPI and AsyncAPI documents promise, and which of it tests exercise. The only user of the YAML reader.
//!
//! Aliases of YAML are never expanded: a [`Tree`] is a graph whose nodes are shared, and whoever walks it follows a fixed shape.

mod tree;
mod sources;
mod template;
mod address;
mod document;
mod openapi;
mod asyncapi;
mod mention;
mod matching;
mod standing;

pub use address::{Address, Hosts};
pub use document::{
    Channel, Code, Document, Family, Operation, Response, Webhook, is_contract, is_requestable, read_document,
    read_document_with,
};
pub use matching::{Meant, Paths, Request};
pub use mention::{Marked, Mention, Mentions, Url, mentions};
pub use sources::Load;
pub use standing::{
    Asked, ChannelStanding, Contract, Drift, Evidence, OperationStanding, Shares, Standing, State, contract,
};
pub use template::Template;
pub use tree::{At, Tree};
