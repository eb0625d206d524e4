//! The short road through JUnit XML: a test case as nearly all are written, without content and with plain attributes.

use crate::base::markup::plain_leaf;
use crate::domain::suite::junit_case::seconds;
use crate::domain::suite::{Case, Outcome};
use std::borrow::Cow;

/// How many attributes a case has beside those that are read, at most.
const OTHERS: usize = 4;

/// The case at the start of a text, and how many bytes it takes. It passed, as far as its element says. Nothing for all
/// others, whether they are well formed or not.
#[inline]
pub(in crate::domain::suite) fn plain_case(text: &str) -> Option<(Case<'_>, usize)> {
    let (mut classname, mut name, mut file, mut time) = (None, None, None, None);
    let (mut others, mut count) = ([""; OTHERS], 0);
    let taken = plain_leaf(text, "testcase", |key, value| {
        let place = match key {
            "classname" => &mut classname,
            "name" => &mut name,
            "time" => &mut time,
            "file" => &mut file,
            _ if others.contains(&key) => return None,
            _ => {
                *others.get_mut(count)? = key;
                count += 1;
                return Some(());
            }
        };
        // No attribute comes twice.
        if place.replace(value).is_some() { None } else { Some(()) }
    })?;
    // Without any name it is a test that an interrupt stopped.
    if classname.is_none() && name.is_none() {
        return None;
    }
    let case = Case {
        classname: Cow::Borrowed(classname.unwrap_or_default()),
        name: Cow::Borrowed(name.unwrap_or_default()),
        file: file.filter(|file| !file.is_empty()).map(Cow::Borrowed),
        outcome: Outcome::Passed,
        seconds: time.map_or(0.0, seconds),
        more: None,
    };
    Some((case, taken))
}
