//! The programme: each figure with its target, how it went and where it goes; more about the selected one, or its places.

use crate::app::{Plan, Programme, ProgrammeLine, ProgrammeRow, ProgrammeView, State, wrap};
use crate::base::{Area, Clean};
use crate::domain::programme::{Better, Ruling, Trend, Verdict};
use crate::ui::Role;
use crate::ui::canvas::{Canvas, Row};
use crate::ui::pane::{paragraphs, trouble};
use crate::ui::words::{cut, shorten, text};

/// The columns of the figures: their widths for one width of the view; none where there is no room for them.
#[derive(Clone, Copy)]
struct Columns {
    about: u16,
    found: u16,
    wanted: u16,
    spark: u16,
    change: u16,
    forecast: u16,
}

impl Columns {
    const fn of(width: u16) -> Self {
        let [about, found, wanted, spark, change] = match width {
            0..56 => [width.saturating_sub(18), 15, 0, 0, 0],
            56..74 => [30, 16, 0, 12, 15],
            74..90 => [22, 13, 15, 10, 13],
            90..145 => [31, 19, 30, 14, 14],
            145..185 => [34, 20, 20, 21, 14],
            _ => [38, 28, 26, 31, 14],
        };
        let forecast = if width < 145 { 0 } else { width.saturating_sub(4 + about + found + wanted + spark + change) };
        Self { about, found, wanted, spark, change, forecast }
    }
}

/// Draws the view.
pub fn draw(canvas: &mut Canvas<'_>, plan: &Plan, state: &State, view: &ProgrammeView) {
    let frame = plan.overlay.unwrap_or_default();
    let top = Area { x: frame.x + 2, width: frame.width.saturating_sub(4), ..frame };
    canvas.row(top, 0).put(" programme ", Role::TitleFocus);
    let inside = plan.overlay_inside();
    let slot = &state.programme.answer;
    let Some(programme) = slot.value() else {
        let words = match slot.failure() {
            Some(problem) => trouble(problem),
            None => vec![(Role::Muted, "Reading the history, the coverage and the tests…".to_owned())],
        };
        return paragraphs(canvas, inside, &words);
    };
    headline(canvas.row(inside, 0), programme, state);
    let list = plan.overlay_list(state);
    let row = |at: usize| match state.programme.lines.get(at) {
        Some(ProgrammeLine::Row(at, _)) => programme.rows.get(*at),
        _ => None,
    };
    if let (Some(shown), Some(row)) = (view.inside, row(view.list.at)) {
        return places(canvas, list, inside, row, shown);
    }
    let columns = Columns::of(list.width);
    headings(canvas.row(inside, 1), columns);
    let lines = &state.programme.lines;
    let mut at = view.list;
    at.show(lines.len(), usize::from(list.height));
    at.top = if view.list.top == 0 && at.at < usize::from(list.height) { 0 } else { at.top };
    for (y, index) in (0_u16..).zip(at.visible(lines.len(), usize::from(list.height))) {
        let line = canvas.row(list, y);
        match lines.get(index) {
            Some(ProgrammeLine::Heading(words)) => {
                let mut line = line;
                let role = if *words == "getting worse" { Role::Loss } else { Role::Muted };
                line.gap(1).put(*words, role);
            }
            Some(ProgrammeLine::Row(..)) => {
                let line = if index == at.at { line.on(Role::Selected) } else { line };
                if let Some(row) = row(index) {
                    figure(line, row, columns);
                }
            }
            None => {}
        }
    }
    canvas.scroll_bar(list, at.top, lines.len());
    let foot = Area { y: list.bottom(), height: inside.bottom().saturating_sub(list.bottom()), ..inside };
    if let Some(row) = row(at.at) {
        details(canvas, foot, row);
    }
}

/// `9 of 14 targets met · 3 not · 2 unknown · read 5m ago`.
fn headline(mut row: Row<'_, '_>, programme: &Programme, state: &State) {
    let [met, missed, untold] =
        [Verdict::Held, Verdict::Failed, Verdict::Untold].map(|verdict| programme.count(verdict));
    let all = met + missed + untold;
    row.gap(1);
    if all == 0 {
        row.put("no target is set", Role::Muted);
    } else {
        row.put(text(format!("{met} of {all} targets met")), Role::Strong);
    }
    if missed > 0 {
        row.put(text(format!(" · ✗ {missed} not")), Role::Failed);
    }
    if untold > 0 {
        row.put(text(format!(" · ? {untold} unknown")), Role::Warning);
    }
    let declining = programme.rows.iter().any(ProgrammeRow::is_declining);
    if !declining {
        row.put(" · nothing is known to get worse", Role::Muted);
    }
    let slot = &state.programme.answer;
    let words = match (slot.failure(), slot.waiting() || state.programme.is_stale) {
        (Some(problem), _) => text(format!("! not fresh: {} ", problem.what)),
        (None, true) => text("reading again… "),
        (None, false) => return,
    };
    let role = if slot.failure().is_some() { Role::Warning } else { Role::Muted };
    let width = u16::try_from(words.width()).unwrap_or(0);
    if row.left() > width + 2 {
        row.jump_right(width).put(words, role);
    }
}

fn headings(mut row: Row<'_, '_>, columns: Columns) {
    row.gap(3).put_left("Figure", columns.about, Role::Muted).put_left("Now", columns.found, Role::Muted);
    row.put_left("Wanted", columns.wanted, Role::Muted).put_left("Over time", columns.spark, Role::Muted);
    row.gap(1).put_left("Goes", columns.change, Role::Muted).put_left("Forecast", columns.forecast, Role::Muted);
}

fn figure(mut row: Row<'_, '_>, shown: &ProgrammeRow, columns: Columns) {
    let ruling = &shown.ruling;
    let (sign, role) = verdict(ruling.verdict);
    row.gap(1).put(sign, role).gap(1);
    row.put_left(cut(&ruling.about, columns.about.saturating_sub(1)), columns.about, Role::Text);
    let found = found(ruling);
    row.put_left(brief(&found, columns.found.saturating_sub(1)), columns.found, role);
    row.put_left(brief(&wanted(&ruling.wanted), columns.wanted.saturating_sub(1)), columns.wanted, Role::Muted);
    let Some(trend) = &shown.trend else { return };
    let (words, role) = change(trend);
    let bars = if role == Role::Muted { Role::Full } else { role };
    row.put_left(spark(trend, columns.spark.saturating_sub(1)), columns.spark, bars).gap(1);
    row.put_left(cut(&words, columns.change), columns.change, role);
    if let Some(forecast) = &trend.forecast {
        let role = if forecast.is_bad { Role::Warning } else { Role::Text };
        row.put_left(cut(&text(&forecast.words), columns.forecast), columns.forecast, role);
    }
}

/// The sign and the role of a verdict.
const fn verdict(verdict: Verdict) -> (&'static str, Role) {
    match verdict {
        Verdict::Failed => ("✗", Role::Failed),
        Verdict::Untold => ("?", Role::Warning),
        Verdict::Held => ("✓", Role::Passed),
        Verdict::Free => ("·", Role::Text),
    }
}

/// What was found; where nothing was and it is said why, nobody knows.
fn found(ruling: &Ruling) -> Clean {
    match ruling.found.is_empty() {
        false => ruling.found.clone(),
        true if ruling.verdict == Verdict::Untold || !ruling.why.is_empty() => text("unknown"),
        true => text("–"),
    }
}

/// `at least 70% of Models` as `≥ 70% of Models`.
fn wanted(words: &Clean) -> Clean {
    text(words.replace("at least ", "≥ ").replace("at most ", "≤ "))
}

/// Words without what stands in brackets where they would not fit with it.
fn brief(words: &Clean, width: u16) -> Clean {
    if words.width() <= usize::from(width) {
        return words.clone();
    }
    cut(&text(words.split(" (").next().unwrap_or_default()), width)
}

/// The last bars of a trend that fit.
fn spark(trend: &Trend, width: u16) -> Clean {
    let bars = trend.sparkline();
    let surplus = bars.chars().count().saturating_sub(usize::from(width));
    text(bars.chars().skip(surplus).collect::<String>())
}

/// Where a trend goes, in words and a sign.
fn change(trend: &Trend) -> (Clean, Role) {
    let rises = trend.worse().is_some_and(|worse| (worse > 0.0) == (trend.better == Better::Less));
    let sign = if rises { "▲" } else { "▼" };
    match (trend.word(), trend.worse()) {
        ("worse", Some(share)) => (text(format!("{sign} worse {:.0} %", share * 100.0)), Role::Loss),
        ("better", Some(share)) => (text(format!("{sign} better {:.0} %", -share * 100.0)), Role::Gain),
        (word, _) => (text(word), Role::Muted),
    }
}

/// More about the selected figure, as far as there is room: what matters most comes first.
fn details(canvas: &mut Canvas<'_>, foot: Area, row: &ProgrammeRow) {
    let ruling = &row.ruling;
    let found = found(ruling);
    let demand = if ruling.wanted.is_empty() { String::new() } else { format!(" · wanted: {}", ruling.wanted) };
    let mut lines = vec![(verdict(ruling.verdict).1, format!("{}: {found}{demand}", ruling.about))];
    if let Some(trend) = &row.trend {
        lines.extend(trend.forecast.as_ref().map(|forecast| {
            let role = if forecast.is_bad { Role::Warning } else { Role::Text };
            (role, format!("forecast: {}, if it goes on like this", forecast.words))
        }));
    }
    lines.extend((!ruling.why.is_empty()).then(|| (Role::Muted, ruling.why.to_string())));
    lines.extend(row.trend.as_ref().and_then(past));
    if !ruling.next.is_empty() {
        lines.push((Role::Muted, format!("next: {}", ruling.next)));
    }
    let room = usize::from(foot.height).saturating_sub(1);
    let place = |place: &crate::domain::programme::Place| (Role::Text, format!("  {}  {}", place.words(), place.what));
    lines.extend(row.places.iter().take(room).map(place));
    let width = foot.width.saturating_sub(2);
    let wrapped = lines.iter().flat_map(|(role, words)| wrap(words, width).into_iter().map(move |line| (*role, line)));
    canvas.row(foot, 0).put(text("─".repeat(usize::from(foot.width))), Role::Faint);
    for (y, (role, line)) in (1..foot.height).zip(wrapped) {
        canvas.row(foot, y).gap(1).put(line, role);
    }
}

/// From when to when a trend was recorded, and between which values.
fn past(trend: &Trend) -> Option<(Role, String)> {
    let (first, last) = (trend.points.first()?, trend.points.last()?);
    let day = |at: crate::base::Stamp| crate::base::Day::of(at).to_string();
    let values = trend.values();
    let (least, most) = (
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    );
    let range = format!("from {} to {}", trend.unit.shown(least), trend.unit.shown(most));
    let words =
        format!("{} values, {} to {}: {range}, the last one {}", values.len(), day(first.0), day(last.0), trend.last);
    (values.len() > 1).then_some((Role::Muted, words))
}

/// The places that belong to a figure.
fn places(canvas: &mut Canvas<'_>, list: Area, inside: Area, row: &ProgrammeRow, shown: crate::app::Scroll) {
    let mut head = canvas.row(inside, 1);
    let (sign, role) = verdict(row.ruling.verdict);
    head.gap(1).put(sign, role).gap(1).put(&row.ruling.about, Role::Strong).put(": ", Role::Muted);
    head.put(found(&row.ruling), Role::Text);
    let mut at = shown;
    at.show(row.places.len(), usize::from(list.height));
    for (y, index) in (0_u16..).zip(at.visible(row.places.len(), usize::from(list.height))) {
        let Some(place) = row.places.get(index) else { continue };
        let line = canvas.row(list, y);
        let mut line = if index == at.at { line.on(Role::Selected) } else { line };
        let width = (list.width / 2).min(56);
        line.gap(1).put_left(shorten(&text(place.words()), width.saturating_sub(1)), width, Role::Text);
        let left = line.left();
        line.put(cut(&place.what, left), Role::Muted);
    }
    canvas.scroll_bar(list, at.top, row.places.len());
}
