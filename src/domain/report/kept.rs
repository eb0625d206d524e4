//! What a report keeps of itself, and what changed since another one of its kind.

use crate::base::Stamp;
use crate::domain::programme::Better;
use crate::domain::report::page::{Item, Tone, Words};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The most members of a group that are kept.
const MEMBERS: usize = 500;
/// The most members of a group that are named among the changes.
const NAMED: usize = 10;
/// A report that is made again within this time, in milliseconds, and says the same, is the same report.
const AGAIN: i64 = 3600 * 1000;

/// One key figure of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyFigure {
    /// Its name, which stays the same from report to report.
    pub key: String,
    /// What it is of.
    pub about: String,
    /// Which way is better, where one is.
    pub better: Option<Better>,
    /// The figure; nothing where nobody knows it.
    pub value: Option<f64>,
    /// The same as people write it.
    pub shown: String,
    /// The share of itself by which it moves without a reason: times do.
    pub grain: f64,
}

/// What has members that come and go: a key, what is said of one that came, and of one that went. Who comes is bad news.
const GROUPS: [(&str, &str, &str); 5] = [
    ("missed", "does not hold any more", "holds now"),
    ("untold", "cannot be told any more", "can be told now"),
    ("failing", "fails now", "does not fail any more"),
    // The run of the report before may have been one of other tests.
    ("failed", "failed in this run", "passed in this run"),
    ("flaky", "is newly flaky", "is no longer flaky"),
];

/// What a report keeps of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// What kind of report it is.
    pub kind: String,
    /// What it is of: empty for the project, or a test.
    pub of: String,
    /// When it was made.
    pub at: Stamp,
    /// Its key figures.
    pub figures: Vec<KeyFigure>,
    /// Rules that do not hold (`missed`) and of which nobody can tell (`untold`), tests that fail (`failing`), that `failed` in
    /// the one run of the report, and that are `flaky`.
    pub groups: Vec<(&'static str, Vec<String>)>,
    /// Of which members it can be said that they went, where not of all: the tests that ran. It is not kept.
    pub settled: Option<BTreeSet<String>>,
}

impl Kept {
    /// Adds a figure.
    pub fn figure(&mut self, key: &str, about: &str, better: Option<Better>, value: Option<f64>, shown: &str) {
        let (key, about, shown) = (key.to_owned(), about.to_owned(), shown.to_owned());
        self.figures.push(KeyFigure { key, about, better, value, shown, grain: 0.0 });
    }

    /// Adds a group.
    pub fn group(&mut self, key: &'static str, members: impl IntoIterator<Item = String>) {
        self.groups.push((key, members.into_iter().take(MEMBERS).collect()));
    }

    /// The head of a report's JSON form, which is what is kept of it.
    #[must_use]
    pub fn head(&self) -> Map<String, Value> {
        let figure = |one: &KeyFigure| {
            json!({
                "key": one.key,
                "about": one.about,
                "better": one.better.map(|better| if better == Better::More { "more" } else { "less" }),
                "value": one.value,
                "shown": one.shown,
                "grain": one.grain,
            })
        };
        let mut head = Map::new();
        head.insert("report".to_owned(), self.kind.as_str().into());
        head.insert("of".to_owned(), self.of.as_str().into());
        head.insert("made".to_owned(), self.at.rfc3339().into());
        head.insert("figures".to_owned(), self.figures.iter().map(figure).collect());
        let groups = self.groups.iter().map(|(key, members)| ((*key).to_owned(), json!(members)));
        head.insert("groups".to_owned(), Value::Object(groups.collect()));
        head
    }

    /// What was kept of a report, from its JSON form; nothing where that is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let figure = |value: &Value| {
            Some(KeyFigure {
                key: word(value, "key")?,
                about: word(value, "about").unwrap_or_default(),
                better: word(value, "better").map(|way| if way == "more" { Better::More } else { Better::Less }),
                value: value.get("value").and_then(Value::as_f64),
                shown: word(value, "shown").unwrap_or_default(),
                grain: value.get("grain").and_then(Value::as_f64).unwrap_or_default(),
            })
        };
        let members = |key: &str| {
            let all = value.get("groups")?.get(key)?.as_array()?;
            Some(all.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect::<Vec<_>>())
        };
        Some(Self {
            kind: word(&value, "report")?,
            of: word(&value, "of").unwrap_or_default(),
            at: Stamp::parse(&word(&value, "made")?)?,
            figures: value.get("figures")?.as_array()?.iter().filter_map(figure).collect(),
            groups: GROUPS.iter().filter_map(|(key, ..)| Some((*key, members(key)?))).collect(),
            settled: None,
        })
    }

    /// Whether another report says the same.
    fn says_as(&self, other: &Self) -> bool {
        let shown =
            |kept: &Self| kept.figures.iter().map(|one| (one.key.clone(), one.shown.clone())).collect::<Vec<_>>();
        shown(self) == shown(other) && self.groups == other.groups
    }

    /// Whether a report was made just now and says the same: this one is made again, in another form.
    #[must_use]
    pub fn is_again(&self, other: &Self) -> bool {
        other.at.0 >= self.at.0.saturating_sub(AGAIN) && self.says_as(other)
    }

    /// The report before this one, among those that were kept, newest first. One that was made just now and says the same is
    /// this report in another form.
    #[must_use]
    pub fn before<'a>(&self, kept: &'a [Self]) -> Option<&'a Self> {
        kept.iter().find(|other| !self.is_again(other))
    }

    /// What is other than in an earlier report, what got worse first.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Vec<Item> {
        let mut all: Vec<Item> = self.figures.iter().filter_map(|figure| moved(figure, before)).collect();
        for (key, came, went) in GROUPS {
            let members = |kept: &Self| kept.groups.iter().find(|(known, _)| *known == key).map(|(_, all)| all.clone());
            let (Some(now), Some(then)) = (members(self), members(before)) else { continue };
            let (now, then): (BTreeSet<String>, BTreeSet<String>) =
                (now.into_iter().collect(), then.into_iter().collect());
            let bad = if key == "untold" { Tone::Open } else { Tone::Bad };
            all.extend(named(now.difference(&then), bad, came));
            let is_settled = |member: &&String| self.settled.as_ref().is_none_or(|settled| settled.contains(*member));
            all.extend(named(then.difference(&now).filter(is_settled), Tone::Good, went));
        }
        all.sort_by_key(|item| item.tone);
        all
    }
}

fn named<'a>(members: impl Iterator<Item = &'a String>, tone: Tone, what: &str) -> Vec<Item> {
    let all: Vec<&String> = members.collect();
    let one = |name: &&String| Item::new(tone, Words::new().code(name.as_str()).plain(format!(" {what}")));
    let mut items: Vec<Item> = all.iter().take(NAMED).map(one).collect();
    if all.len() > NAMED {
        items.push(Item::new(tone, format!("and {} more, of which the same holds", all.len() - NAMED)));
    }
    items
}

/// What became of one figure; nothing where it did not move, or no more than by itself.
fn moved(now: &KeyFigure, before: &Kept) -> Option<Item> {
    let then = before.figures.iter().find(|then| then.key == now.key)?;
    let words = |rest: String| Words::new().strong(now.about.clone()).plain(rest);
    let (was, is) = match (then.value, now.value) {
        (Some(was), Some(is)) => (was, is),
        (Some(_), None) => {
            return Some(Item::new(Tone::Open, words(format!(" was {}, and nobody can tell now", then.shown))));
        }
        (None, Some(_)) => return Some(Item::new(Tone::Plain, words(format!(" is known now: {}", now.shown)))),
        (None, None) => return None,
    };
    let share = (is - was).abs() / was.abs().max(f64::EPSILON);
    if then.shown == now.shown || (now.grain > 0.0 && share <= now.grain) {
        return None;
    }
    let tone = match now.better {
        Some(_) if is == was => Tone::Plain,
        Some(better) if (better == Better::More) == (is > was) => Tone::Good,
        Some(_) => Tone::Bad,
        None => Tone::Plain,
    };
    let word = match tone {
        Tone::Good => ", better",
        Tone::Bad => ", worse",
        _ => "",
    };
    Some(Item::new(tone, words(format!(": {} → {}{word}", then.shown, now.shown))))
}

#[cfg(test)]
mod tests {
    use super::{AGAIN, Kept};
    use crate::base::Stamp;
    use crate::domain::programme::Better;
    use crate::domain::report::page::Tone;

    fn kept(at: i64, coverage: Option<f64>, flaky: &[&str]) -> Kept {
        let mut kept = Kept { kind: "release".to_owned(), at: Stamp(at), ..Kept::default() };
        let shown = coverage.map_or("unknown".to_owned(), |percent| format!("{percent}%"));
        kept.figure("coverage", "coverage of everything", Some(Better::More), coverage, &shown);
        kept.figure("suite", "time of the suite", Some(Better::Less), Some(10.0), "10 s");
        kept.figures[1].grain = 0.1;
        kept.group("flaky", flaky.iter().map(|name| (*name).to_owned()));
        kept
    }

    fn check(now: &Kept, before: &Kept, expect: &[(Tone, &str)]) {
        let found = now.changes(before);
        let words: Vec<(Tone, String)> =
            found.iter().map(|item| (item.tone, crate::domain::report::page::words_of(&item.words))).collect();
        let expect: Vec<(Tone, String)> = expect.iter().map(|(tone, words)| (*tone, (*words).to_owned())).collect();
        assert_eq!(words, expect);
    }

    #[test]
    fn what_got_worse_comes_first_and_what_moves_by_itself_is_no_change() {
        let (before, mut now) = (kept(0, Some(80.0), &["t::a", "t::b"]), kept(9, Some(82.5), &["t::b", "t::c"]));
        (now.figures[1].value, now.figures[1].shown) = (Some(10.9), "10.9 s".to_owned());
        let expect = [
            (Tone::Bad, "t::c is newly flaky"),
            (Tone::Good, "coverage of everything: 80% → 82.5%, better"),
            (Tone::Good, "t::a is no longer flaky"),
        ];
        check(&now, &before, &expect);
        now.figures[1].value = Some(12.0);
        check(&now, &kept(0, Some(82.5), &["t::b", "t::c"]), &[(Tone::Bad, "time of the suite: 10 s → 10.9 s, worse")]);
        check(&before, &before, &[]);
    }

    #[test]
    fn what_nobody_can_tell_is_no_zero() {
        let (known, unknown) = (kept(0, Some(80.0), &[]), kept(1, None, &[]));
        check(&unknown, &known, &[(Tone::Open, "coverage of everything was 80%, and nobody can tell now")]);
        check(&known, &unknown, &[(Tone::Plain, "coverage of everything is known now: 80%")]);
    }

    #[test]
    fn a_report_made_again_is_the_same_one_and_one_of_last_week_is_another() {
        let again = [kept(AGAIN, Some(80.0), &[]), kept(0, Some(70.0), &[])];
        let now = kept(AGAIN + 5, Some(80.0), &[]);
        assert_eq!(now.before(&again), Some(&again[1]));
        let later = kept(3 * AGAIN, Some(80.0), &[]);
        assert_eq!(later.before(&again), Some(&again[0]));
        assert_eq!(kept(AGAIN + 5, Some(81.0), &[]).before(&again), Some(&again[0]));
        assert_eq!(now.before(&again[..1]), None);
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let one = kept(5000, Some(80.5), &["t::<a>"]);
        let text = serde_json::Value::Object(one.head()).to_string();
        assert_eq!(Kept::read(&text), Some(one));
        for text in ["", "[]", "{}", "{\"report\": \"release\"}", "{\"report\": 1, \"made\": \"x\", \"figures\": {}}"] {
            assert_eq!(Kept::read(text), None, "{text}");
        }
    }
}
