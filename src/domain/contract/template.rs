//! A path template (`/pets/{id}`), and which paths it means.

use super::address::decoded;
use std::cmp::Ordering;

/// A path template of an OpenAPI document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    segments: Vec<Segment>,
    has_slash: bool,
}

/// What stands between two slashes: texts and, between them, parameters. One text alone is no parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    texts: Vec<String>,
    /// Whether it is a parameter that, by its name, takes slashes: frameworks do not tell documents of it otherwise.
    takes_slashes: bool,
}

impl Segment {
    fn read(text: &str) -> Self {
        let (mut texts, mut rest, mut takes_slashes) = (Vec::new(), text, false);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            takes_slashes |= name.to_ascii_lowercase().contains("path");
            texts.push(before.to_owned());
            rest = behind;
        }
        texts.push(rest.to_owned());
        Self { texts, takes_slashes }
    }

    /// How much of it stands fixed: the smaller, the more.
    fn looseness(&self) -> u8 {
        match self.texts.as_slice() {
            [_] => 0,
            texts if texts.iter().any(|text| !text.is_empty()) => 1,
            _ => 2,
        }
    }

    /// Whether a segment of a path is meant: every parameter stands for one character at least.
    fn holds(&self, part: &str) -> bool {
        let [first, middle @ .., last] = self.texts.as_slice() else {
            return self.texts.first().is_some_and(|text| text == part || *text == decoded(part));
        };
        let Some(mut rest) = part.strip_prefix(first.as_str()) else { return false };
        for text in middle {
            let Some(at) = rest.char_indices().skip(1).find(|(at, _)| rest[*at..].starts_with(text.as_str())) else {
                return false;
            };
            rest = &rest[at.0 + text.len()..];
        }
        rest.strip_suffix(last.as_str()).is_some_and(|value| !value.is_empty())
    }
}

/// A path that is asked for, in segments. One that is not known stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    parts: Vec<Option<String>>,
    has_slash: bool,
}

impl Route {
    /// A path of a request.
    pub(super) fn of_path(path: &str) -> Self {
        Self::read(path, |part| Some(part.to_owned()))
    }

    /// A URL of a source, in which `{}` stands for what is not known.
    pub(super) fn of_source(path: &str) -> Self {
        Self::read(path, |part| (!part.contains("{}")).then(|| part.to_owned()))
    }

    fn read(path: &str, part: impl Fn(&str) -> Option<String>) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let parts = path.split('/').filter(|part| !part.is_empty()).map(part).collect();
        Self { parts, has_slash: path.len() > 1 && path.ends_with('/') }
    }

    /// The same behind a prefix; nothing where it does not begin with that.
    pub(super) fn without(&self, prefix: &str) -> Option<Self> {
        let mut parts = self.parts.iter();
        for wanted in prefix.split('/').filter(|part| !part.is_empty()) {
            if parts.next()?.as_deref() != Some(wanted) {
                return None;
            }
        }
        Some(Self { parts: parts.cloned().collect(), has_slash: self.has_slash })
    }

    /// The first segment, where it is known.
    pub(super) fn first(&self) -> Option<&str> {
        self.parts.first()?.as_deref()
    }
}

/// How well a template fits a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// As it stands.
    Exact,
    /// But for the slash at the end.
    Slash,
    /// The parameter at the end takes several segments.
    Rest,
}

impl Template {
    /// Reads a template; any text is one.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let segments = text.split('/').filter(|part| !part.is_empty()).map(Segment::read).collect();
        Self { text: text.to_owned(), segments, has_slash: text.len() > 1 && text.ends_with('/') }
    }

    /// As the document writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first segment, where it is no parameter.
    pub(super) fn first(&self) -> Option<&str> {
        self.segments.first().filter(|segment| segment.looseness() == 0)?.texts.first().map(String::as_str)
    }

    /// How it fits a path, if it does.
    pub(super) fn fit(&self, route: &Route) -> Option<Fit> {
        let is_held =
            |(segment, part): (&Segment, &Option<String>)| part.as_ref().is_none_or(|part| segment.holds(part));
        if !self.segments.iter().zip(&route.parts).all(is_held) {
            return None;
        }
        match self.segments.len().cmp(&route.parts.len()) {
            Ordering::Equal if self.has_slash == route.has_slash => Some(Fit::Exact),
            Ordering::Equal => Some(Fit::Slash),
            Ordering::Less if self.segments.last().is_some_and(|last| last.takes_slashes && last.looseness() == 2) => {
                Some(Fit::Rest)
            }
            Ordering::Less | Ordering::Greater => None,
        }
    }

    /// How many of its concrete segments are only guessed, since the path does not tell them.
    pub(super) fn guesses(&self, route: &Route) -> usize {
        let is_guessed = |(segment, part): &(&Segment, &Option<String>)| part.is_none() && segment.looseness() < 2;
        self.segments.iter().zip(&route.parts).filter(is_guessed).count()
    }

    /// Which of two templates that fit is meant: concrete segments come before parameters.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let looseness = |template: &Self| template.segments.iter().map(Segment::looseness).collect::<Vec<_>>();
        looseness(self).cmp(&looseness(other))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Route, Template};

    fn fit(template: &str, path: &str) -> Option<Fit> {
        Template::read(template).fit(&Route::of_path(path))
    }

    #[test]
    fn paths_fit_by_segments() {
        assert_eq!(fit("/pets/{id}", "/pets/1"), Some(Fit::Exact));
        assert_eq!(fit("/pets/{id}", "/pets/1/"), Some(Fit::Slash));
        assert_eq!(fit("/pets/{id}/", "/pets/1/"), Some(Fit::Exact));
        assert_eq!(fit("/pets/{id}", "/pets"), None);
        assert_eq!(fit("/pets/{id}/toys", "/pets/1/2/toys"), None);
        assert_eq!(fit("/files/{file_path}", "/files/a/b"), Some(Fit::Rest));
        assert_eq!(fit("/pets/{id}", "/pets/1/toys"), None);
        assert_eq!(fit("/report.{form}", "/report.csv"), Some(Fit::Exact));
        assert_eq!(fit("/report.{form}", "/report."), None);
        assert_eq!(fit("/a/{x}:cancel", "/a/7:cancel"), Some(Fit::Exact));
        assert_eq!(fit("/a/{x}-{y}", "/a/1-2"), Some(Fit::Exact));
        assert_eq!(fit("/a/{x}{y}", "/a/12"), Some(Fit::Exact));
        assert_eq!(fit("/a b", "/a%20b"), Some(Fit::Exact));
        assert_eq!(fit("/", "/"), Some(Fit::Exact));
        assert_eq!(fit("/a/{open", "/a/{open"), Some(Fit::Exact));
    }

    #[test]
    fn concrete_segments_come_before_parameters() {
        let mut all = ["/{a}/{b}", "/pets/{id}", "/pets/mine", "/pets/x{id}"].map(Template::read).to_vec();
        all.sort_by(Template::precedence);
        let texts: Vec<&str> = all.iter().map(Template::as_str).collect();
        assert_eq!(texts, ["/pets/mine", "/pets/x{id}", "/pets/{id}", "/{a}/{b}"]);
    }

    #[test]
    fn what_the_source_does_not_tell_stands_for_anything() {
        let fits = |template: &str, path: &str| Template::read(template).fit(&Route::of_source(path)).is_some();
        assert!(fits("/pets/{id}/toys", "/pets/{}/toys") && fits("/pets/mine", "/pets/{}"));
        assert!(!fits("/pets/{id}", "/toys/{}"));
        assert_eq!(Route::of_path("/api/v1/pets").without("/api/v1"), Some(Route::of_path("/pets")));
        assert_eq!(Route::of_path("/apis/pets").without("/api"), None);
    }
}
