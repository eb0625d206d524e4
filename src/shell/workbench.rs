//! Opening the screen on a project: keys, themes, colours, workers, the loop.

use super::desk::Desk;
use super::effects::Workers;
use super::frames::{self, now};
use super::inbox::Inbox;
use super::terminal;
use crate::app::{KeyChange, Keymap, Start};
use crate::base::{Clean, Problem, Size};
use crate::io::files;
use crate::io::runner::Environment;
use crate::ui::{Depth, ThemeText, themes};

/// The largest theme file, in bytes.
const THEME_LIMIT: u64 = 256 * 1024;

/// What the front door decided about the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Colours always or never; nothing: by the terminal and the environment.
    pub colours: Option<bool>,
    /// Whether this is the sample project.
    pub demo: bool,
}

/// Opens the screen and returns the exit code when the person leaves.
///
/// # Errors
/// There is no terminal that can show a screen.
pub fn open(desk: Desk, options: Options) -> Result<i32, Problem> {
    let environment = &desk.around.environment;
    if !terminal::is_there() || text(environment, "TERM").as_deref() == Some("dumb") {
        return Err(Problem::error("terminal", "lacuna's screen needs a terminal, and this is none that it can use")
            .hint("without a screen: lacuna report, plan, run, ingest, history, inspect; see `lacuna --help`"));
    }
    let size = crossterm::terminal::size().map_or(Size::new(80, 24), |(width, height)| Size::new(width, height));
    let (own, mut problems) = own_themes(&desk);
    let (themes, wrong) = themes(&own, depth(environment, options.colours));
    problems.extend(wrong);
    let (keymap, wrong) = Keymap::with(&key_changes(&desk));
    problems.extend(desk.project.problems.iter().cloned());
    problems.extend(wrong);
    let names: Vec<Clean> = themes.iter().map(|theme| theme.name.clone()).collect();
    let theme = chosen(&desk, &names, &mut problems);
    let start = Start {
        project: desk.project.name.clone(),
        root: Clean::line(&desk.project.root.to_string_lossy()),
        keymap,
        themes: names,
        theme,
        mouse: desk.project.config.switch("mouse"),
        watch: desk.project.config.switch("watch"),
        looping: desk.project.config.switch("loop"),
        collect: desk.project.config.switch("collect"),
        panic_key: text(environment, "LACUNA_TEST_PANIC").is_some(),
        still: text(environment, "NO_MOTION").is_some(),
        demo: options.demo,
        problems,
        size,
        now: now(),
    };
    let inbox = Inbox::default();
    let lost = |error: std::io::Error| Problem::error("terminal", format!("the screen can't be opened: {error}"));
    let mut workers = Workers::new(desk, inbox.clone()).map_err(lost)?;
    let ended = frames::run(start, themes, inbox, &mut workers);
    workers.finish();
    ended.map_err(lost)
}

fn text(environment: &Environment, name: &str) -> Option<String> {
    environment.value(name).map(|value| value.to_string_lossy().into_owned())
}

/// How many colours to use: the option, `NO_COLOR`, `CLICOLOR_FORCE`, then what the terminal says of itself.
fn depth(environment: &Environment, asked: Option<bool>) -> Depth {
    let says = |name: &str, words: &[&str]| text(environment, name).is_some_and(|text| words.contains(&text.as_str()));
    let forced = asked == Some(true) || text(environment, "CLICOLOR_FORCE").is_some_and(|text| text != "0");
    if asked == Some(false) || (!forced && (text(environment, "NO_COLOR").is_some() || says("CLICOLOR", &["0"]))) {
        return Depth::None;
    }
    if says("COLORTERM", &["truecolor", "24bit"]) {
        return Depth::True;
    }
    let term = text(environment, "TERM").unwrap_or_default();
    if term.contains("direct") {
        Depth::True
    } else if term.contains("256color") {
        Depth::Fixed
    } else {
        Depth::Sixteen
    }
}

fn own_themes(desk: &Desk) -> (Vec<ThemeText>, Vec<Problem>) {
    let (mut own, mut problems) = (Vec::new(), Vec::new());
    for path in files::files_in(&desk.around.config.join("themes"), "toml") {
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        match files::read_text(&path, THEME_LIMIT) {
            Ok(text) => own.push(ThemeText { name, origin: path.to_string_lossy().into_owned(), text }),
            Err(problem) => problems.push(problem),
        }
    }
    (own, problems)
}

/// The keys of the settings: `[keys] zoom = "f5"`, or `"map.sort" = …` for one place alone.
fn key_changes(desk: &Desk) -> Vec<KeyChange> {
    let config = &desk.project.config;
    let origin = config.entry("keys").map(|entry| entry.origin.to_string());
    let change = |(name, keys): &(String, Vec<String>)| {
        let (place, action) = name.split_once('.').map_or((None, name.as_str()), |(place, name)| (Some(place), name));
        KeyChange {
            place: place.map(str::to_owned),
            action: action.to_owned(),
            keys: keys.clone(),
            origin: origin.clone().unwrap_or_default(),
        }
    };
    config.named("keys").iter().map(change).collect()
}

/// The theme of the settings; `auto` is the light one where the terminal says that its background is light.
fn chosen(desk: &Desk, names: &[Clean], problems: &mut Vec<Problem>) -> usize {
    let place = |wanted: &str| names.iter().position(|name| &**name == wanted);
    let wanted = desk.project.config.text("theme").unwrap_or("auto");
    if wanted != "auto" {
        if let Some(place) = place(wanted) {
            return place;
        }
        let known: Vec<&str> = names.iter().map(|name| &**name).collect();
        problems.push(
            Problem::warning("theme", format!("there is no theme {wanted}"))
                .hint(format!("there are {}", known.join(", "))),
        );
    }
    let light = text(&desk.around.environment, "COLORFGBG")
        .and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok())
        .is_some_and(|background| background == 7 || background == 15);
    place(if light { "light" } else { "dark" }).unwrap_or(0)
}
