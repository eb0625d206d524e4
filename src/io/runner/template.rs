//! The command by which tests run elsewhere: words with a place for pytest, made whole without a shell.

use crate::base::Problem;
use crate::domain::suite::quoted;

/// Where pytest stands in the command.
const PLACE: &str = "{pytest}";
/// What only a shell would understand.
const OPERATORS: [&str; 8] = ["&&", "||", ";", "|", ">", "<", "&", "2>&1"];
/// The options of ssh that take a value in the next word.
const SSH_VALUES: &str = "BbcDEeFIiJLlmOopPQRSWw";
/// What ssh itself is called.
const SSH: [&str; 3] = ["ssh", "autossh", "tsh"];

/// A command with a place for pytest: `docker compose exec -T web {pytest}`. Without the place, pytest comes last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
    /// From which word on a shell at the other end reads the words again.
    shell_from: usize,
}

impl Template {
    /// The template of a setting: a list of words, or one text, split as a shell would without anything else that a
    /// shell does. `quote` says that whatever the command is given is read by a shell at the other end, as ssh does.
    ///
    /// # Errors
    /// The text has an open quote, names no program, or holds what only a shell would understand.
    pub fn new(setting: &[String], quote: bool) -> Result<Self, Problem> {
        let wrong = |what: &str| Problem::error("runner.command", what);
        let mut words = match setting {
            [text] => split(text).ok_or_else(|| wrong("a quote is not closed"))?,
            words => words.to_vec(),
        };
        if words.first().is_none_or(|program| program.is_empty() || program.contains(PLACE)) {
            return Err(wrong("it has to begin with a program").hint("such as docker compose exec -T web {pytest}"));
        }
        if let Some(operator) = words.iter().find(|word| OPERATORS.contains(&word.as_str())) {
            let what = format!("no shell reads it, so that `{operator}` would be an argument");
            return Err(wrong(&what).hint("`runner.directory` changes the folder; else write sh -c '… && {pytest}'"));
        }
        if !words.iter().any(|word| word.contains(PLACE)) {
            words.push(PLACE.to_owned());
        }
        let shell_from = if quote { 1 } else { remote_words(&words) };
        Ok(Self { words, shell_from })
    }

    /// The template as it is shown.
    #[must_use]
    pub fn shown(&self) -> String {
        self.with(PLACE)
    }

    /// The command as it is shown with `pytest`, which is not quoted, in its place.
    #[must_use]
    pub fn with(&self, pytest: &str) -> String {
        let word = |word: &String| if word == PLACE { pytest.to_owned() } else { quoted(&word.replace(PLACE, pytest)) };
        self.words.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// The program and its arguments, with `pytest` in its place. Inside a longer word, which a shell of the project's
    /// choice reads, and wherever a shell at the other end does, every word is quoted.
    #[must_use]
    pub fn command(&self, pytest: &[String]) -> (String, Vec<String>) {
        let line = pytest.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let mut all = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            let own = if word == PLACE { pytest.to_vec() } else { vec![word.replace(PLACE, &line)] };
            let through = |word: String| if at >= self.shell_from { quoted(&word) } else { word };
            all.extend(own.into_iter().map(through));
        }
        let mut all = all.into_iter();
        (all.next().unwrap_or_default(), all.collect())
    }
}

/// From which word on ssh hands its words to the shell at the other end: after the host. Past the end for what is no ssh.
fn remote_words(words: &[String]) -> usize {
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let Some(ssh) = words.iter().position(|word| SSH.contains(&name(word).as_str())) else { return usize::MAX };
    let mut at = ssh + 1;
    let mut ended = false;
    while let Some(word) = words.get(at) {
        if word == "--" && !ended {
            ended = true;
        } else if let Some(options) = word.strip_prefix('-').filter(|_| !ended) {
            // The value stands in the same word, or in the next one.
            let value = options.find(|c| SSH_VALUES.contains(c));
            at += usize::from(value.is_some_and(|place| place + 1 == options.len()));
        } else {
            let next = words.get(at + 1).is_some_and(|word| word == "--");
            return at + 1 + usize::from(next);
        }
        at += 1;
    }
    usize::MAX
}

/// The words of a line: blanks part them, quotes and backslashes keep them together. Nothing for an open quote.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(rest.next()?),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn words(setting: &[&str], quote: bool) -> Vec<String> {
        let setting: Vec<String> = setting.iter().map(|word| (*word).to_owned()).collect();
        let template = Template::new(&setting, quote).expect("a template");
        let (program, args) = template.command(&["python3".to_owned(), "-c".to_owned(), "a b".to_owned()]);
        std::iter::once(program).chain(args).collect()
    }

    #[test]
    fn a_text_is_split_and_a_list_is_taken_as_it_is() {
        let expect = ["docker", "compose", "exec", "-T", "web", "python3", "-c", "a b"];
        assert_eq!(words(&["docker compose exec -T web {pytest}"], false), expect);
        assert_eq!(words(&["docker", "compose", "exec", "-T", "web", "{pytest}"], false), expect);
        assert_eq!(words(&["docker compose exec -T web"], false), expect);
        assert_eq!(
            words(&["run 'in here' \"x \\\" y\" a\\ b {pytest}"], false)[..4],
            ["run", "in here", "x \" y", "a b"]
        );
        assert_eq!(words(&["x", "cd /srv && exec {pytest}"], false)[1], "cd /srv && exec python3 -c 'a b'");
    }

    #[test]
    fn what_a_shell_at_the_other_end_reads_is_quoted() {
        let check = |text: &str, expect: &[&str]| assert_eq!(words(&[text], false), expect, "{text}");
        check("ssh -T -p 22 me@host {pytest}", &["ssh", "-T", "-p", "22", "me@host", "python3", "-c", "'a b'"]);
        check(
            "ssh -oBatchMode=yes -p22 host -- {pytest}",
            &["ssh", "-oBatchMode=yes", "-p22", "host", "--", "python3", "-c", "'a b'"],
        );
        check(
            "ssh -- host env -C '/srv/my shop' {pytest}",
            &["ssh", "--", "host", "env", "-C", "'/srv/my shop'", "python3", "-c", "'a b'"],
        );
        check(
            "ssh host sh -c 'cd /srv && {pytest}'",
            &["ssh", "host", "sh", "-c", r"'cd /srv && python3 -c '\''a b'\'''"],
        );
        assert_eq!(words(&["mosh-exec host {pytest}"], true), ["mosh-exec", "host", "python3", "-c", "'a b'"]);
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_hint() {
        for text in ["", "{pytest}", "run 'x", "ssh host cd /srv && {pytest}", "run {pytest} | cat"] {
            assert!(Template::new(&[text.to_owned()], false).is_err(), "{text}");
        }
        let template = Template::new(&["ssh host -- {pytest}".to_owned()], false).expect("a template");
        assert_eq!(template.shown(), "ssh host -- {pytest}");
        assert_eq!(template.with("pytest tests/a.py -v"), "ssh host -- pytest tests/a.py -v");
    }
}
