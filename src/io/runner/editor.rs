//! The person's editor, opened at a line.

use crate::base::Problem;
use std::ffi::OsString;
use std::path::Path;

/// Where an editor shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// In this terminal: the screen has to be handed over until it ends.
    Here,
    /// In a window of its own.
    Elsewhere,
}

/// An editor's command, argument by argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditorCommand {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Where it shows itself.
    pub opens: Opens,
}

/// The command that opens `file` at `line` in the editor that `setting` names: the value of `$LACUNA_EDITOR`,
/// `$VISUAL` or `$EDITOR`, which may hold options. Its words are split as a shell splits them, quotes included, and
/// nothing else of a shell happens.
///
/// # Errors
/// The setting is empty or a quote is open.
pub fn editor(setting: &str, file: &Path, line: u32) -> Result<EditorCommand, Problem> {
    let mut words =
        split(setting).ok_or_else(|| Problem::error("editor", format!("a quote is open in {setting}")))?.into_iter();
    let Some(program) = words.next() else {
        return Err(Problem::error("editor", "no editor is known").hint("set $EDITOR, for example to vim"));
    };
    let name = Path::new(&program).file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut args: Vec<OsString> = words.map(Into::into).collect();
    let in_terminal = args.iter().any(|arg| arg == "-nw" || arg == "-t");
    let (place, opens) = preset(&name, in_terminal);
    let mut with_line = file.as_os_str().to_owned();
    with_line.push(format!(":{line}"));
    let (plus, file) = (OsString::from(format!("+{line}")), file.as_os_str().to_owned());
    match place {
        Place::None => args.push(file),
        Place::Plus => args.extend([plus, file]),
        Place::PlusDashes => args.extend([plus, "--".into(), file]),
        Place::Colon => args.push(with_line),
        Place::ColonDashes => args.extend(["--".into(), with_line]),
        Place::Goto => args.extend(["--reuse-window".into(), "--goto".into(), "--".into(), with_line]),
        Place::LineOption => args.extend(["--line".into(), line.to_string().into(), file]),
    }
    Ok(EditorCommand { program: program.into(), args, opens })
}

/// How an editor is told the line.
#[derive(Clone, Copy)]
enum Place {
    /// Not at all.
    None,
    /// `+7 file`
    Plus,
    /// `+7 -- file`
    PlusDashes,
    /// `file:7`
    Colon,
    /// `-- file:7`
    ColonDashes,
    /// `--reuse-window --goto -- file:7`
    Goto,
    /// `--line 7 file`
    LineOption,
}

/// What is known of an editor by its name. One that is not known opens the file in the terminal.
fn preset(name: &str, in_terminal: bool) -> (Place, Opens) {
    match name {
        "vi" | "vim" | "nvim" | "view" | "kak" | "joe" | "ne" => (Place::PlusDashes, Opens::Here),
        "emacs" if !in_terminal => (Place::Plus, Opens::Elsewhere),
        "nano" | "pico" | "emacs" | "emacsclient" | "micro" | "mg" | "jed" | "mcedit" => (Place::Plus, Opens::Here),
        "hx" | "helix" => (Place::ColonDashes, Opens::Here),
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => (Place::Goto, Opens::Elsewhere),
        "subl" | "sublime_text" | "zed" | "zeditor" => (Place::Colon, Opens::Elsewhere),
        "pycharm" | "idea" | "charm" | "kate" | "mate" => (Place::LineOption, Opens::Elsewhere),
        "gedit" | "gvim" | "bbedit" => (Place::Plus, Opens::Elsewhere),
        _ => (Place::None, Opens::Here),
    }
}

/// Words as a POSIX shell splits them; nothing when a quote is open.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '\\' => word.push(letters.next()?),
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::{Opens, editor};
    use std::path::Path;

    fn check(setting: &str, expect: &[&str], opens: Opens) {
        let command = editor(setting, Path::new("/p/a b;$(x).py"), 7).expect("a command");
        let words: Vec<String> =
            std::iter::once(&command.program).chain(&command.args).map(|word| word.to_string_lossy().into()).collect();
        assert_eq!(
            (words.as_slice(), command.opens),
            (expect.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice(), opens)
        );
    }

    #[test]
    fn each_editor_gets_the_line_its_own_way() {
        check("vim", &["vim", "+7", "--", "/p/a b;$(x).py"], Opens::Here);
        check("/usr/bin/nvim -p", &["/usr/bin/nvim", "-p", "+7", "--", "/p/a b;$(x).py"], Opens::Here);
        check("hx", &["hx", "--", "/p/a b;$(x).py:7"], Opens::Here);
        check(
            "code --wait",
            &["code", "--wait", "--reuse-window", "--goto", "--", "/p/a b;$(x).py:7"],
            Opens::Elsewhere,
        );
        check("emacs -nw", &["emacs", "-nw", "+7", "/p/a b;$(x).py"], Opens::Here);
        check("emacs", &["emacs", "+7", "/p/a b;$(x).py"], Opens::Elsewhere);
        check("'/opt/my editor/ed it' \"a b\"", &["/opt/my editor/ed it", "a b", "/p/a b;$(x).py"], Opens::Here);
    }

    #[test]
    fn what_is_no_command_is_refused() {
        assert!(editor("", Path::new("/a"), 1).is_err());
        assert!(editor("vim 'x", Path::new("/a"), 1).is_err());
    }
}
