//! `lacuna report --of`: reports for people, as pages that begin with what changed since the last one of their kind.

use super::arguments::{Common, ReportFormat, ReportKind};
use super::exit::Exit;
use super::{batch, incident, output, release, session};
use crate::base::{Day, Problem};
use crate::domain::report::page::Page;
use crate::domain::report::{Kept, Opening};
use crate::io::{files, git};
use crate::shell::{Desk, now};
use std::path::{Path, PathBuf};

/// The longest report that is read as the one before, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What options say.
pub struct Asked<'a> {
    /// What kind of report.
    pub kind: ReportKind,
    /// What it is of: a run, a test.
    pub what: &'a [PathBuf],
    /// Since when.
    pub since: Option<&'a str>,
    /// The files that it goes to; standard output where there is none.
    pub output: &'a [PathBuf],
    /// The form for standard output, and for files whose names say none.
    pub format: ReportFormat,
}

/// Runs the command.
pub fn run(asked: &Asked<'_>, common: &Common) -> Exit {
    let ready = is_meant(asked).and_then(|()| {
        let forms: Result<Vec<_>, Problem> = asked.output.iter().map(|file| form(file)).collect();
        Ok((session::desk(common)?, forms?))
    });
    let (desk, forms) = match ready {
        Ok(ready) => ready,
        Err(problem) => return output::refuse(problem),
    };
    let finish = |kept: &Kept, page: &dyn Fn(Option<&Kept>) -> Page| finish(&desk, asked, &forms, kept, page);
    let done = match asked.kind {
        ReportKind::Release => release::tell(&desk, &finish),
        ReportKind::Batch => batch::tell_batch(&desk, asked.what.first().map(PathBuf::as_path), &finish),
        ReportKind::Sitting => batch::tell_sitting(&desk, &finish),
        ReportKind::Incident => {
            let test = asked.what.first().map(|test| test.to_string_lossy()).unwrap_or_default();
            incident::tell(&desk, &test, &finish)
        }
    };
    done.unwrap_or_else(output::refuse)
}

/// What a report is finished with: what is kept of it, and its page for a report before.
pub type Finish<'a> = &'a dyn Fn(&Kept, &dyn Fn(Option<&Kept>) -> Page) -> Result<Exit, Problem>;

/// Whether so much was named as this kind of report is of.
fn is_meant(asked: &Asked<'_>) -> Result<(), Problem> {
    let named = asked.what.len();
    let (fits, hint) = match asked.kind {
        ReportKind::Batch => (named <= 1, "lacuna report --of batch [RUN]; `lacuna history` lists the runs"),
        ReportKind::Sitting => (named == 0, "lacuna report --of sitting"),
        ReportKind::Release => (named == 0, "lacuna report --of release"),
        ReportKind::Incident => (named == 1, "lacuna report --of incident TEST; `lacuna flaky` lists the tests"),
    };
    let word = asked.what.last().map_or_else(|| "--of incident".into(), |name| name.to_string_lossy());
    let what = if named == 0 { "wants the test that it is of" } else { "is more than this report is of" };
    if fits { Ok(()) } else { Err(Problem::error(word, what).hint(hint)) }
}

/// The form that the name of a file ends in.
fn form(file: &Path) -> Result<ReportFormat, Problem> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "html" | "htm" => Ok(ReportFormat::Html),
        "md" | "markdown" => Ok(ReportFormat::Md),
        "json" => Ok(ReportFormat::Json),
        "txt" => Ok(ReportFormat::Text),
        _ => Err(Problem::error(file.to_string_lossy(), "its name says no form of a report")
            .hint("let it end in .html, .md, .json or .txt")),
    }
}

/// How every report of a project begins.
pub fn opening(desk: &Desk, problems: Vec<Problem>) -> Opening {
    let head = git::head(&desk.project.root);
    // A report that lies beside the sources makes them no other ones.
    let is_source = |changed: &git::Changed| changed.path.as_str().ends_with(".py");
    let dirty = head.as_ref().is_some_and(|head| head.changed.iter().any(is_source));
    let (commit, branch) = head.map_or((None, None), |head| (head.commit, head.branch));
    Opening { project: desk.project.name.to_string(), at: now(), commit, branch, dirty, problems }
}

/// Looks for the report before, makes the page, writes it, and keeps what it says for the next one.
fn finish(
    desk: &Desk,
    asked: &Asked<'_>,
    forms: &[ReportFormat],
    kept: &Kept,
    page: &dyn Fn(Option<&Kept>) -> Page,
) -> Result<Exit, Problem> {
    let earlier: Vec<Kept> =
        desk.store()?.kept_reports(&kept.kind, &kept.of)?.iter().filter_map(|text| Kept::read(text)).collect();
    let chosen = asked.since.map(|since| chosen(since, kept, &earlier)).transpose()?;
    let page = page(chosen.as_ref().or_else(|| kept.before(&earlier)));
    if asked.output.is_empty() {
        show(&page, asked.format);
    }
    for (file, form) in asked.output.iter().zip(forms) {
        files::write_atomic(file, written(&page, *form).as_bytes())?;
    }
    if !earlier.first().is_some_and(|last| kept.is_again(last)) {
        desk.store()?.keep_report(&kept.kind, &kept.of, kept.at, &output::json_text(&kept.head()))?;
    }
    output::complain(&desk.take_problems());
    Ok(Exit::Done)
}

fn show(page: &Page, format: ReportFormat) {
    match format {
        ReportFormat::Json => output::print_json(&page.json()),
        form => output::print(&written(page, form)),
    }
}

fn written(page: &Page, form: ReportFormat) -> String {
    match form {
        ReportFormat::Text => page.text(),
        ReportFormat::Md => page.markdown(),
        ReportFormat::Html => page.html(),
        ReportFormat::Json => output::json_text(&page.json()),
    }
}

/// The report that a person names: a file of one as JSON, or the last one until a day.
fn chosen(since: &str, now: &Kept, earlier: &[Kept]) -> Result<Kept, Problem> {
    let path = Path::new(since);
    if path.is_file() {
        let found = Kept::read(&files::read_text(path, LONGEST)?);
        let found = found.filter(|found| found.kind == now.kind && found.of == now.of);
        return found.ok_or_else(|| {
            let hint = format!("lacuna report --of {} --output last.json", now.kind);
            Problem::error(since, "is no report of this kind as JSON").hint(hint)
        });
    }
    let Some(day) = Day::parse(since) else {
        return Err(
            Problem::error(since, "is neither a file nor a day").hint("name a report as JSON, or a day as 2026-11-01")
        );
    };
    let found = earlier.iter().find(|kept| Day::of(kept.at) <= day);
    found.cloned().ok_or_else(|| {
        let first = earlier.last().map(|kept| format!("the first one was made on {}", Day::of(kept.at)));
        let hint = first.unwrap_or_else(|| "none was made yet".to_owned());
        Problem::error(since, "no report of this kind was made until then").hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::{chosen, form};
    use crate::base::{Day, Stamp};
    use crate::cli::arguments::ReportFormat;
    use crate::domain::report::Kept;
    use std::path::Path;

    #[test]
    fn the_name_of_a_file_says_its_form() {
        let check = |name: &str, expect: Option<ReportFormat>| assert_eq!(form(Path::new(name)).ok(), expect, "{name}");
        check("a/report.HTML", Some(ReportFormat::Html));
        check("b.md", Some(ReportFormat::Md));
        check("c.json", Some(ReportFormat::Json));
        check("d.txt", Some(ReportFormat::Text));
        check("report", None);
        check("report.pdf", None);
    }

    #[test]
    fn a_day_means_the_last_report_until_its_end() {
        let at = |text: &str| Kept { kind: "release".to_owned(), at: Stamp::parse(text).unwrap(), ..Kept::default() };
        let kept = [at("2026-11-20T18:00:00Z"), at("2026-11-20T08:00:00Z"), at("2026-11-10T08:00:00Z")];
        let now = at("2026-11-26T08:00:00Z");
        let check = |day: &str, expect: Option<usize>| {
            assert_eq!(chosen(day, &now, &kept).ok(), expect.map(|at| kept[at].clone()), "{day}");
        };
        check("2026-11-20", Some(0));
        check("2026-11-19", Some(2));
        check("2026-11-09", None);
        check("yesterday", None);
        assert!(Day::parse("2026-11-20").is_some());
    }
}
