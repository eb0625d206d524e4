//! AsyncAPI 2 and 3: channels, and what is done with them.

use super::At;
use super::document::{Channel, Document};
use super::sources::Sources;
use crate::base::Clean;

/// The most channels of one document.
const CHANNELS: usize = 50_000;
/// What is done with a channel, in the words of version 2.
const VERBS: [&str; 2] = ["publish", "subscribe"];
/// The same of version 3.
const ACTIONS: [&str; 2] = ["send", "receive"];

/// Reads a document whose version is known.
pub(super) fn read<'a>(sources: &'a Sources, root: At<'a>, document: &mut Document) {
    let Some(channels) = root.get("channels") else { return };
    let operations = root.get("operations").map(At::entries).unwrap_or_default();
    for (name, line, channel) in channels.entries().into_iter().take(CHANNELS) {
        let item = match sources.resolved(channel) {
            Ok(item) => item,
            Err(reference) => {
                let what = format!("the channel {name} refers to {reference}, which is not there");
                let file = document.path.clone();
                let hint = "references are followed to files of the project, and to no other address";
                document.problem(&file, line, &what, hint);
                continue;
            }
        };
        let own = VERBS.into_iter().filter(|verb| item.get(verb).is_some());
        let pointer = format!("#/channels/{}", name.replace('~', "~0").replace('/', "~1"));
        let of_operations = ACTIONS.into_iter().filter(|action| {
            operations.iter().any(|(.., operation)| {
                let reference = operation.get("channel").and_then(|channel| channel.text_of("$ref"));
                reference == Some(&pointer) && operation.text_of("action") == Some(action)
            })
        });
        let actions = own.chain(of_operations).collect();
        let address = item.text_of("address").filter(|address| *address != name).unwrap_or_default();
        document.channels.push(Channel { name: Clean::line(name), address: Clean::line(address), actions, line });
    }
}

#[cfg(test)]
mod tests {
    use crate::base::RepoPath;
    use crate::domain::contract::{Document, Family, read_document};

    fn read(text: &str) -> Document {
        read_document(&RepoPath::new("asyncapi.yml").unwrap(), text.as_bytes()).unwrap()
    }

    fn channels(document: &Document) -> Vec<String> {
        let words =
            |one: &super::Channel| format!("{}:{} [{}] {}", one.line, one.name, one.address, one.actions.join(","));
        document.channels.iter().map(words).collect()
    }

    #[test]
    fn channels_of_both_versions_are_listed() {
        let two = read("asyncapi: '2.6.0'\nchannels:\n  user/signedup:\n    subscribe: {}\n    publish: {}\n");
        assert_eq!(
            (two.family, channels(&two)),
            (Family::AsyncApi, vec!["3:user/signedup [] publish,subscribe".to_owned()])
        );
        let three = read(
            "asyncapi: 3.0.0\nchannels:\n  signedUp: {address: user/signedup}\n  gone: {$ref: 'x.yaml'}\noperations:\n  a: {action: send, channel: {$ref: '#/channels/signedUp'}}\n",
        );
        assert_eq!(channels(&three), ["3:signedUp [user/signedup] send"]);
        assert!(three.problems[0].to_string().contains("asyncapi.yml:4: the channel gone refers to x.yaml"));
    }
}
