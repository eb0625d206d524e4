//! Which functions of a source were asked for.

use super::function::{Function, Guide};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All functions.
    All,
    /// Those of this name, with or without the classes around it; those of a class by its name.
    Name(String),
    /// The one around a line.
    Line(u32),
}

/// How many of the nearest names are given.
const NEAREST: usize = 5;

/// The guides that were asked for.
///
/// # Errors
/// There is no such function: the names that come nearest.
pub fn find(guides: Vec<Guide>, asked: &Asked) -> Result<Vec<Guide>, Vec<String>> {
    let names: Vec<String> = guides.iter().map(|guide| guide.function.name.clone()).collect();
    let (found, name) = match asked {
        Asked::All => return Ok(guides.into_iter().filter(|guide| !guide.function.is_nested).collect()),
        Asked::Line(line) => return around(guides, *line),
        Asked::Name(name) => (by_name(guides, name), name),
    };
    if found.is_empty() { Err(nearest(&names, name)) } else { Ok(found) }
}

fn by_name(guides: Vec<Guide>, name: &str) -> Vec<Guide> {
    let name = name.replace("::", ".");
    let is = |function: &Function, whole: bool| match whole {
        true => function.name == name,
        false => function.name.strip_suffix(&name).is_some_and(|around| around.ends_with('.')),
    };
    let of_class = |function: &Function| {
        !function.is_nested && function.name.strip_prefix(&name).is_some_and(|own| own.starts_with('.'))
    };
    let tries: [&dyn Fn(&Function) -> bool; 3] =
        [&|function| is(function, true), &of_class, &|function| is(function, false)];
    let first = tries.into_iter().find(|wanted| guides.iter().any(|guide| wanted(&guide.function)));
    match first {
        Some(wanted) => guides.iter().filter(|guide| wanted(&guide.function)).cloned().collect(),
        None => Vec::new(),
    }
}

/// The outermost function around a line.
fn around(guides: Vec<Guide>, line: u32) -> Result<Vec<Guide>, Vec<String>> {
    let holds = |guide: &Guide| guide.function.line <= line && line <= guide.function.end;
    let away = |guide: &Guide| guide.function.line.abs_diff(line).min(guide.function.end.abs_diff(line));
    let mut near: Vec<(u32, String)> = guides.iter().map(|guide| (away(guide), guide.function.name.clone())).collect();
    near.sort();
    let found: Vec<Guide> = guides.into_iter().filter(holds).collect();
    // Of functions in each other the one that stands by itself.
    match found.into_iter().find(|guide| !guide.function.is_nested) {
        Some(guide) => Ok(vec![guide]),
        None => Err(near.into_iter().take(NEAREST).map(|(_, name)| name).collect()),
    }
}

fn nearest(names: &[String], wanted: &str) -> Vec<String> {
    let wanted = wanted.replace("::", ".").to_lowercase();
    let own = |name: &str| name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let score = |name: &String| {
        let whole = distance(&name.to_lowercase(), &wanted);
        (whole.min(distance(&own(name), &own(&wanted))), name.clone())
    };
    let mut all: Vec<(usize, String)> = names.iter().map(score).collect();
    all.sort();
    all.dedup();
    all.into_iter().take(NEAREST).map(|(_, name)| name).collect()
}

/// How many letters have to be changed, put in or taken out.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (at, a) in one.chars().enumerate() {
        let mut corner = at;
        let mut left = at + 1;
        for (place, b) in row.iter_mut().skip(1).zip(&two) {
            let above = *place;
            left = (corner + usize::from(a != *b)).min(above + 1).min(left + 1);
            corner = above;
            *place = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
