//! `lacuna quarantine`: the tests in quarantine and whether each can come back; tests put in, and taken out.

use super::arguments::{Common, Format, LastDay, QuarantineCommand};
use super::exit::Exit;
use super::{output, session, targets};
use crate::base::{Clean, Day, Problem};
use crate::domain::quarantine::{Entry, Outlook, Standing};
use crate::domain::report::{Align, Grid};
use crate::domain::suite::TestId;
use crate::shell::quarantine::{self, Judged, LIST};
use crate::shell::{Desk, recorded};
use serde_json::{Value, json};

/// Prints the list, with what the history says of each entry.
pub fn list(format: Format, common: &Common) -> Exit {
    let answer = session::desk(common).and_then(|desk| {
        let (judged, problems) = quarantine::judged(&desk);
        let rows = judged.into_iter().map(|judged| Ok((outlook(&desk, &judged)?, judged)));
        let rows = rows.collect::<Result<Vec<Row>, Problem>>()?;
        output::complain(&desk.take_problems());
        output::complain(&problems);
        Ok((rows, quarantine::treatment(&desk).word()))
    });
    let (rows, treatment) = match answer {
        Ok(answer) => answer,
        Err(problem) => return output::refuse(problem),
    };
    match format {
        Format::Json => output::print_json(&json!({
            "list": LIST,
            "treatment": treatment,
            "tests": rows.iter().map(value).collect::<Vec<_>>(),
        })),
        Format::Md => output::print(&table(&rows).markdown()),
        Format::Text => output::print(&rows.iter().map(text).collect::<String>()),
    }
    if rows.is_empty() {
        output::say("lacuna: no test is in quarantine; `lacuna quarantine add NODEID --reason …` puts one in");
        return Exit::Nothing;
    }
    summary(&rows, treatment);
    Exit::Done
}

/// Prints pytest's options that leave out what is in quarantine.
pub fn for_pytest(common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let (options, problems) = quarantine::deselected(&desk);
    output::complain(&problems);
    let (fit, odd): (Vec<&String>, Vec<&String>) = options.iter().partition(|option| !option.contains(['\n', '\r']));
    for option in odd {
        output::complain(&[Problem::warning(option, "is left out: it is more than one line")]);
    }
    output::print(&fit.into_iter().map(|option| format!("{option}\n")).collect::<String>());
    Exit::Done
}

/// Puts a test in, or takes some out.
pub fn change(change: QuarantineCommand, common: &Common) -> Exit {
    let desk = match session::desk(common) {
        Ok(desk) => desk,
        Err(problem) => return output::refuse(problem),
    };
    let done = match change {
        QuarantineCommand::Add { test, reason, owner, expires, link } => {
            let expires = match expires {
                LastDay::On(day) => Some(day),
                LastDay::After(days) => Some(quarantine::today().plus(days)),
                LastDay::Never => None,
            };
            add(&desk, &test, &reason, |entry| Entry { owner, expires, link, ..entry })
        }
        QuarantineCommand::Rename { old, new } => rename(&desk, &TestId::new(&old), new.as_deref()),
        QuarantineCommand::Remove { tests } => tests.iter().try_for_each(|test| {
            let entry = quarantine::remove(&desk, &TestId::new(test))?;
            output::say(&format!("lacuna: {} is out of quarantine", entry.id.clean()));
            Ok(())
        }),
    };
    output::complain(&desk.take_problems());
    match done {
        Ok(()) => Exit::Done,
        Err(problem) => output::refuse(problem),
    }
}

fn add(desk: &Desk, word: &str, reason: &str, with: impl FnOnce(Entry) -> Entry) -> Result<(), Problem> {
    // As for a run, the path may be relative to where the person is.
    let (path, rest) = word.split_once("::").map_or((word, None), |(path, rest)| (path, Some(rest)));
    let path = targets::inside(desk, path)?;
    let id = rest.map_or_else(|| path.as_str().to_owned(), |rest| format!("{}::{rest}", path.as_str()));
    let entry = with(quarantine::entry(desk, &TestId::new(&id), reason));
    if entry.expires.is_some_and(|last| last < quarantine::today()) {
        return Err(Problem::error("--expires", "this day is over"));
    }
    let entry = quarantine::add(desk, entry)?;
    let until = entry.expires.map_or_else(|| " until it is taken out".to_owned(), |day| format!(" until {day}"));
    output::say(&format!("lacuna: {} is in quarantine{until}; the list is {LIST}", entry.id.clean()));
    Ok(())
}

fn rename(desk: &Desk, old: &TestId, new: Option<&str>) -> Result<(), Problem> {
    let entry = quarantine::rename(desk, old, new.map(TestId::new).as_ref())?;
    output::say(&format!("lacuna: the quarantine of {} holds for {} now", old.clean(), entry.id.clean()));
    Ok(())
}

/// An entry with what the history says of its tests.
type Row = (Option<Outlook>, Judged);

fn outlook(desk: &Desk, judged: &Judged) -> Result<Option<Outlook>, Problem> {
    let own = std::slice::from_ref(&judged.entry.id);
    let tests = if judged.tests.is_empty() { own } else { &judged.tests[..] };
    let all = tests.iter().map(|test| recorded::outlook(desk, test, judged.entry.begins()));
    Ok(Outlook::worst(all.collect::<Result<Vec<_>, _>>()?))
}

/// How an entry stands, in a few words.
fn state((outlook, judged): &Row) -> &'static str {
    match outlook {
        _ if judged.now.is_some() => "renamed",
        _ if judged.gone => "gone",
        _ if judged.expired => "expired",
        Some(outlook) if outlook.standing == Standing::Ready => Standing::Ready.word(),
        _ => Standing::Held.word(),
    }
}

/// Why it stands so, in a sentence.
fn why((outlook, judged): &Row) -> String {
    if let Some(now) = &judged.now {
        let id = judged.entry.id.clean();
        return format!("its test is {} now: lacuna quarantine rename '{id}'", now.clean());
    }
    if judged.gone {
        return "its test is there no more: take the entry out".to_owned();
    }
    let sentence = outlook.as_ref().map(Outlook::sentence).unwrap_or_default();
    match judged.entry.expires.filter(|_| judged.expired) {
        Some(day) => format!("ended on {day}, so that it counts again; {sentence}"),
        None => sentence,
    }
}

fn since(outlook: Option<&Outlook>, tests: usize) -> String {
    let what = if tests > 1 { "results" } else { "runs" };
    let words = |outlook: &Outlook| format!("failed in {} of {} {what} since", outlook.since.0, outlook.since.1);
    outlook.map_or_else(String::new, words)
}

fn text(row: &Row) -> String {
    let (outlook, judged) = row;
    let entry = &judged.entry;
    let several = if judged.tests.len() > 1 { format!(" ({} tests)", judged.tests.len()) } else { String::new() };
    let terms = entry.terms();
    let terms = if terms.is_empty() { terms } else { format!(" ({terms})") };
    let mut out = format!("⊘ {}{several}: {}\n", entry.id.clean(), state(row));
    out.push_str(&format!("    {}{}\n", Clean::line(&entry.reason), Clean::line(&terms)));
    let facts = [since(outlook.as_ref(), judged.tests.len()), why(row)];
    let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
    out.push_str(&format!("    {}\n", facts.join(" · ")));
    if let Some(link) = &entry.link {
        out.push_str(&format!("    {}\n", Clean::line(link)));
    }
    out
}

fn table(rows: &[Row]) -> Grid {
    let columns = [("State", Align::Left), ("Test", Align::Left), ("Reason", Align::Left), ("Owner", Align::Left)];
    let more = [("Until", Align::Left), ("Failed", Align::Right), ("Runs", Align::Right), ("Outlook", Align::Left)];
    let mut grid = Grid::new(&[&columns[..], &more[..]].concat());
    for row in rows {
        let (outlook, entry) = (&row.0, &row.1.entry);
        let counts = outlook.as_ref().map(|outlook| outlook.since).unwrap_or_default();
        grid.row([
            state(row).to_owned(),
            entry.id.as_str().to_owned(),
            entry.reason.clone(),
            entry.owner.clone().unwrap_or_default(),
            entry.expires.map(|day| day.to_string()).unwrap_or_default(),
            counts.0.to_string(),
            counts.1.to_string(),
            why(row),
        ]);
    }
    grid
}

fn value(row: &Row) -> Value {
    let (outlook, judged) = row;
    let entry = &judged.entry;
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    json!({
        "id": entry.id.as_str(),
        "reason": entry.reason,
        "owner": entry.owner,
        "since": day(entry.since),
        "expires": day(entry.expires),
        "signature": entry.signature,
        "link": entry.link,
        "line": entry.line,
        "state": state(row),
        "expired": judged.expired,
        "gone": judged.gone,
        "now": judged.now.as_ref().map(TestId::as_str),
        "tests": judged.tests.iter().map(TestId::as_str).collect::<Vec<_>>(),
        "outlook": outlook.as_ref().map(|outlook| json!({
            "standing": outlook.standing.word(),
            "since": { "failed": outlook.since.0, "runs": outlook.since.1 },
            "before": { "failed": outlook.before.0, "ran": outlook.before.1 },
            "passes": outlook.passes,
            "worth": outlook.worth,
            "probability": outlook.probability,
            "bound": outlook.bound,
            "needed": outlook.needed,
            "last_failure": outlook.last_failure.as_ref().map(|(when, message)| {
                json!({ "when": when.rfc3339(), "message": message.as_str() })
            }),
            "words": why(row),
        })),
    })
}

fn summary(rows: &[Row], treatment: &str) {
    let count = |wanted: &str| rows.iter().filter(|row| state(row) == wanted).count();
    let parts = [("gone", "gone"), ("expired", "expired"), (Standing::Ready.word(), "can come back")];
    let mut words = format!("{} in quarantine", rows.len());
    for (state, said) in parts {
        if count(state) > 0 {
            words.push_str(&format!(", {} {said}", count(state)));
        }
    }
    let does = match treatment {
        "off" => "runs do not heed it",
        "deselect" => "runs leave them out",
        _ => "in runs their failures do not count",
    };
    output::say(&format!("lacuna: {words}; {does} (runner.quarantine = {treatment:?})"));
}
