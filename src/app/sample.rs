//! A state with something in every pane, for the tests of mind and picture.

use crate::app::sample_checklist::checklist;
use crate::app::sample_guide::{draft, guide};
use crate::app::sample_programme::programme;
use crate::app::{
    Account, AfterRun, Baseline, Catalog, Choice, ComparedFile, ComparedPoints, Consent, Effect, Evidence, FoundBy,
    Interpreter, Items, KnownPoint, ListKind, Msg, News, Past, Planned, PlannedCommand, Ranking, RecordCause, Related,
    RunId, Scope, Seen, SourceFile, Start, State, TestRecord, Ticket, Whose, account, begin, source_lines, update,
};
use crate::base::{Clean, Digest, Problem, Ratio, RepoPath, Size, Stamp, StyledText};
use crate::domain::coverage::{Counts, LineSet};
use crate::domain::history::{
    Course, FlakyTest, Impact, Mark, Posterior, Run, RunSource, Standing as Verdict, Suspect, Suspicion,
};
use crate::domain::ledger::{
    Affected, Category, Change, Comparison, Figure, FileGain, Gain, Kind, Ledger, LineState, Point, PointFile,
    RanChange, Reason, Standing, Unearned, UnearnedCounts,
};
use crate::domain::quarantine::Applied;
use crate::domain::suite::{Cost, Failure, Outcome, Plan, Section, TestId, When};
use crate::domain::triage::{Order, Row};
use std::sync::Arc;

/// The time of all samples.
pub const NOW: Stamp = Stamp(1_800_000_000_000);

/// The state of a sitting before anything was answered.
#[must_use]
pub fn waiting(width: u16, height: u16) -> (State, Vec<Effect>) {
    let themes = ["dark", "light", "high-contrast"].map(Clean::line).to_vec();
    let mut state = State::new(Start {
        project: Clean::line("shop"),
        root: Clean::line("/srv/shop"),
        size: Size::new(width, height),
        now: NOW,
        themes,
        still: true,
        ..Start::default()
    });
    let effects = begin(&mut state);
    (state, effects)
}

/// A state in which every question was answered.
#[must_use]
pub fn ready(width: u16, height: u16) -> State {
    let (mut state, effects) = waiting(width, height);
    answer(&mut state, effects);
    state
}

/// A state in which nothing was found.
#[must_use]
pub fn empty(width: u16, height: u16) -> State {
    let (mut state, effects) = waiting(width, height);
    for effect in effects {
        let msg = match effect {
            Effect::ReadReports(ticket) => {
                let places = ["coverage.json", "coverage.xml", ".coverage", "htmlcov/"].map(Clean::line);
                Msg::Baseline(ticket, Ok(Arc::new(Baseline::Nothing(places.to_vec()))))
            }
            Effect::Recall(ticket) => Msg::Flaky(ticket, Ok(Arc::default())),
            Effect::ReadCatalog { ticket, .. } => Msg::Catalog(ticket, Ok(Arc::default())),
            Effect::FindInterpreter(ticket) => {
                let missing = Problem::warning(".venv/bin/python", "pytest is not installed");
                let missing = Some(missing.hint(".venv/bin/python -m pip install pytest coverage"));
                Msg::Interpreter(ticket, Ok(Arc::new(Interpreter { missing, ..interpreter() })))
            }
            _ => continue,
        };
        let _ = update(&mut state, msg);
    }
    state
}

/// A state in which everything failed.
#[must_use]
pub fn failed(width: u16, height: u16) -> State {
    let (mut state, effects) = waiting(width, height);
    let problem = || Problem::error("coverage.xml", "ends in the middle of an element").hint("write the report again");
    for effect in effects {
        let msg = match effect {
            Effect::ReadReports(ticket) => Msg::Baseline(ticket, Err(problem())),
            Effect::Recall(ticket) => Msg::Flaky(ticket, Err(Problem::error("history.db", "is damaged"))),
            Effect::ReadCatalog { ticket, .. } => Msg::Catalog(ticket, Ok(Arc::default())),
            Effect::FindInterpreter(ticket) => Msg::Interpreter(
                ticket,
                Err(Problem::error("python3", "is not there").hint("install Python 3.9 or newer")),
            ),
            _ => continue,
        };
        let _ = update(&mut state, msg);
    }
    state
}

/// Answers every question, and those that the answers raise.
pub fn answer(state: &mut State, effects: Vec<Effect>) {
    let mut open = effects;
    while let Some(effect) = open.pop() {
        if let Some(msg) = reply(effect) {
            open.extend(update(state, msg));
        }
    }
}

/// What the outside would answer.
#[must_use]
pub fn reply(effect: Effect) -> Option<Msg> {
    Some(match effect {
        Effect::FindInterpreter(ticket) => Msg::Interpreter(ticket, Ok(Arc::new(interpreter()))),
        Effect::ReadReports(ticket) => Msg::Baseline(ticket, Ok(Arc::new(Baseline::Found(evidence())))),
        Effect::Rank { ticket, before, order, .. } => {
            Msg::Ranked(ticket, Ok(Arc::new(ranking(order, before.is_some()))))
        }
        Effect::ReadSource { ticket, path, before, .. } => {
            Msg::SourceRead(ticket, Ok(Arc::new(source(path, before.is_some()))))
        }
        Effect::FindTests { ticket, whose, .. } => Msg::TestsFound(ticket, Ok(Arc::new(related(&whose)))),
        Effect::ReadCatalog { ticket, .. } => Msg::Catalog(ticket, Ok(Arc::new(catalog()))),
        Effect::Recall(ticket) => Msg::Flaky(ticket, Ok(Arc::new(flaky()))),
        Effect::RecallTest(ticket, id) => Msg::TestRecalled(ticket, Ok(Arc::new(record(id)))),
        Effect::Match { ticket, query, items, kind } => {
            matched(ticket, if kind.is_expression() { "" } else { &query }, &items)?
        }
        Effect::ListChoices(ticket, kind) => Msg::TestsFound(ticket, Ok(Arc::new(listed(&kind)))),
        Effect::ForgetSelection(ticket, _) => Msg::TestsFound(ticket, Ok(Arc::new(listed(&ListKind::Saved)))),
        Effect::ListPoints(ticket) => Msg::Points(ticket, Ok(Arc::new(points()))),
        Effect::Check { ticket, scope, .. } => Msg::Checked(ticket, checklist(scope).map(Arc::new)),
        Effect::ReadProgramme { ticket, .. } => Msg::ProgrammeRead(ticket, Ok(Arc::new(programme()))),
        Effect::Guide { ticket, .. } => Msg::Guided(ticket, Ok(Arc::new(guide()))),
        Effect::Draft { ticket, ticked, which, .. } => Msg::Drafted(ticket, Ok(Arc::new(draft(&ticked, which)))),
        Effect::Compare { ticket, .. } => Msg::Compared(ticket, Ok(Arc::new(compared()))),
        Effect::PlanRun { ticket, ask, .. } if ask.affected => {
            Msg::Planned(ticket, Ok(Arc::new(Planned { ask, ..planned_affected() })))
        }
        Effect::PlanRun { ticket, ask, .. } => Msg::Planned(ticket, Ok(Arc::new(Planned { ask, ..planned(false) }))),
        _ => return None,
    })
}

/// What is listed when it is asked for.
fn listed(kind: &ListKind) -> Related {
    let (by, choices) = match kind {
        ListKind::Failed => {
            (FoundBy::Failed, vec![Choice::Test(TestId::new("tests/orders/test_views.py::test_total"))])
        }
        ListKind::Changed => (FoundBy::Changed, vec![Choice::TestFile(path("tests/orders/test_views.py"))]),
        _ => (FoundBy::Saved, ["", "checkout"].map(|name| Choice::Selection(name.to_owned())).to_vec()),
    };
    let note = |choice: &Choice| match choice {
        Choice::TestFile(_) => "untracked",
        Choice::Selection(name) if name.is_empty() => "3 tests, 5m",
        Choice::Selection(_) => "all tests by -k checkout, 2d",
        _ => "",
    };
    let notes = choices.iter().map(|choice| Clean::line(note(choice))).collect();
    Related {
        items: Arc::new(Items {
            texts: choices.iter().map(Choice::clean).collect(),
            choices,
            notes,
            ..Items::default()
        }),
        by,
    }
}

/// Two batches of this sitting, and what came before it.
#[must_use]
pub fn points() -> Vec<KnownPoint> {
    let point = |id: &str, words: &str| KnownPoint {
        id: id.to_owned(),
        name: Clean::line(words.split("  ").next().unwrap_or_default()),
        words: Clean::line(words),
        is_baseline: id.starts_with("baseline"),
    };
    vec![
        point("170-1-1", "batch 2  71.9%  1 min ago  pytest tests/billing/test_views.py -v"),
        point("170-1-0", "batch 1  70.2%  5 min ago  pytest tests/orders/test_views.py -v"),
        point("baseline-169", "baseline  69.7%  3 h ago  coverage.json (coverage.py JSON)"),
        point("160-9-0", "batch  69.7%  2 days ago  pytest tests -v"),
    ]
}

/// Two sources with lines gained, lost and new, and one that is not known any more.
fn compared() -> ComparedPoints {
    let lines = |lines: &[u32]| lines.iter().copied().collect::<LineSet>();
    let file = |text: &str, covered: &[u32], missed: &[u32]| PointFile {
        digest: Some(Digest::of(text.as_bytes())),
        text: Some(text.into()),
        covered: lines(covered),
        missed: lines(missed),
        counts: Counts {
            statements: (covered.len() + missed.len()) as u64,
            covered: covered.len() as u64,
            ..Counts::default()
        },
        ..PointFile::default()
    };
    let at = |at: i64, files: Vec<(&str, PointFile)>| Point {
        at: Stamp(at),
        files: files.into_iter().map(|(name, file)| (path(name), Arc::new(file))).collect(),
        ..Point::default()
    };
    let unknown = |text| PointFile { digest: None, text: None, ..file(text, &[1], &[2, 3]) };
    let text = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n";
    let edited = "a = 1\nb = 2\nnew = 1\nc = 3\nd = 4\n";
    let before = at(
        1,
        vec![
            ("shop/orders/views.py", file(text, &[1, 2, 5], &[3, 4])),
            ("shop/utils/money.py", unknown("")),
            ("shop/apps.py", file(text, &[1], &[2])),
        ],
    );
    let after = at(
        2,
        vec![
            ("shop/orders/views.py", file(edited, &[1, 3, 4, 5], &[2])),
            ("shop/utils/money.py", file("x = 1\n", &[1], &[])),
            ("shop/apps.py", file(text, &[1], &[2])),
        ],
    );
    let comparison = Comparison::between(&before, &after, &|_| None);
    let changed = comparison.files.iter().enumerate().filter(|(_, file)| file.is_changed());
    let files = changed.map(|(at, file)| ComparedFile {
        at,
        newly: file.newly(),
        lost: file.lines(Category::Lost),
        there: file.before.is_some(),
    });
    let files = files.collect();
    ComparedPoints { comparison, files }
}

fn matched(ticket: Ticket, query: &str, items: &Items) -> Option<Msg> {
    let mut last = None;
    crate::domain::picker::search(query, &items.texts, 200, &|| false, &mut |found| last = Some(found));
    last.map(|found| Msg::Matched(ticket, found))
}

fn interpreter() -> Interpreter {
    Interpreter {
        path: Clean::line(".venv/bin/python"),
        version: Clean::line("3.12.4"),
        found: Clean::line(".venv"),
        ..Interpreter::default()
    }
}

fn evidence() -> Evidence {
    Evidence {
        ledger: Arc::new(Ledger::default()),
        name: Clean::line("coverage.json"),
        format: Clean::line("coverage.py JSON"),
        written: Some(Stamp(NOW.0 - 3 * 3_600_000)),
        has_contexts: true,
        tests: 120,
        problems: Vec::new(),
    }
}

/// A path; samples hold no other than good ones.
#[must_use]
pub fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn figure(part: u64, whole: u64, kind: Kind) -> Figure {
    let ratio = Ratio::new(part, whole);
    Figure { ratio, lines: ratio, kind, ..Figure::default() }
}

/// Eight files.
#[must_use]
pub fn ranking(order: Order, ran: bool) -> Ranking {
    let files = [
        ("shop/orders/views.py", "Views", 48, 10, 0),
        ("shop/billing/views.py", "Views", 61, 29, 12),
        ("shop/billing/serializers.py", "Serializers", 40, 22, 18),
        ("shop/orders/models.py", "Models", 120, 92, 80),
        ("shop/billing/models.py", "Models", 75, 66, 60),
        ("shop/utils/money.py", "Utils", 30, 28, 28),
        ("shop/tasks/invoices_that_are_sent_every_month.py", "Tasks", 44, 43, 40),
        ("shop/apps.py", "Other", 4, 4, 0),
    ];
    let row = |(at, (name, layer, all, covered, earned)): (usize, (&str, &str, u64, u64, u64))| Row {
        path: path(name),
        layer: Some(at),
        layer_name: layer.into(),
        counts: Counts { statements: all, covered, branches: 12, covered_branches: 7, ..Counts::default() },
        plain: figure(covered, all, if at == 3 { Kind::Carried } else { Kind::Measured }),
        earned: Some(figure(earned, all, Kind::Measured)),
        import_only: 0,
        unearned: UnearnedCounts {
            all: if at == 2 { 4 } else { 0 },
            failed: if at == 2 { 4 } else { 0 },
            ..UnearnedCounts::default()
        },
        before: (ran && at < 2).then(|| figure(covered - 6, all, Kind::Measured)),
        rank: at + 1,
        why: format!(
            "no test reaches it: {} of {all} statements are missing, layer {layer} comes first",
            all - covered
        ),
        changed: at == 3,
    };
    let rows: Vec<Row> = files.into_iter().enumerate().map(row).collect();
    let before = ran.then(|| figure(282, 422, Kind::Measured));
    Ranking::new(rows, order, before)
}

/// The source of every file of the sample.
pub const SOURCE: &str = "\
\"\"\"Views of orders.\"\"\"

from shop.orders.models import Order
from shop.utils import money


class OrderView:
    \"\"\"Shows and changes orders.\"\"\"

    def get(self, request, pk):
        order = Order.find(pk)
        if order is None:
            return {\"status\": 404}
        return {\"status\": 200, \"total\": money(order.total)}

    def post(self, request):
        order = Order.parse(request.body)
        order.save()
        return {\"status\": 201}

    def total(self, orders):
        total = 0
        for order in orders:
            total += order.total
        if total > 1000:  # a discount
            total -= total * 0.05
        return total

    def cancel(self, request, pk):
        order = Order.find(pk)
        if not order.paid:
            order.cancel()
        elif request.user.is_admin:
            order.refund()
        else:
            raise PermissionError(\"only before it is paid\")
        return {\"status\": 200}
";

fn source(path: RepoPath, ran: bool) -> SourceFile {
    let lines = source_lines(SOURCE);
    let state = |line: u32| match line {
        1 | 3 | 4 | 7 | 8 | 10 | 11 | 12 | 14 | 16 | 17 | 18 | 19 | 21..=25 | 27 | 29 => LineState::Covered,
        13 | 30..=34 => LineState::Missed,
        26 => LineState::Stale,
        36 => LineState::Unknown,
        37 => LineState::Excluded,
        _ => LineState::Blank,
    };
    let count = u32::try_from(lines.len()).unwrap();
    let standing = Standing {
        lines: (1..=count).map(state).collect(),
        partial: [12].into_iter().collect(),
        missing_branches: vec![(12, 13)],
        plain: figure(21, 29, Kind::Measured),
        earned: Some(figure(12, 22, Kind::Measured)),
        unearned: Unearned { failed: [18, 19].into_iter().collect(), ..Unearned::default() },
        ..Standing::default()
    };
    let newly: LineSet = if ran { [21, 22, 23, 24].into_iter().collect() } else { LineSet::new() };
    let scope = |name: &str, first, last| Scope { name: Clean::line(name), first, last };
    let scopes = vec![
        scope("OrderView", 7, 37),
        scope("OrderView.get", 10, 14),
        scope("OrderView.total", 21, 27),
        scope("OrderView.cancel", 29, 37),
    ];
    SourceFile { path, lines, standing, newly, lost: LineSet::new(), scopes }
}

fn test_ids() -> Vec<TestId> {
    ["test_get", "test_post", "TestTotal::test_sum", "TestTotal::test_discount[1000-950]", "test_cancel"]
        .map(|name| TestId::new(&format!("tests/orders/test_views.py::{name}")))
        .to_vec()
}

fn items(choices: Vec<Choice>) -> Arc<Items> {
    Arc::new(Items { texts: choices.iter().map(Choice::clean).collect(), choices, ..Items::default() })
}

/// The tests of a file or line; nobody runs the second gap, for which the nearest ones are given.
fn related(whose: &Whose) -> Related {
    let mut items = Items::clone(&items(test_ids().into_iter().map(Choice::Test).collect()));
    let is_gap = matches!(whose, Whose::Line(_, 26));
    let notes: &[&str] = if is_gap {
        &[
            "ran OrderView.get · ✓ 0.12s",
            "ran OrderView.get · ✗ 0.31s flaky",
            "ran its sibling OrderView.post · ✓ 0.02s",
        ]
    } else {
        &["✓ 0.12s", "✗ 0.31s flaky", "✓ 0.02s"]
    };
    items.notes = notes.iter().map(|words| Clean::line(words)).collect();
    items.notes.resize(items.texts.len(), Clean::default());
    Related { items: Arc::new(items), by: if is_gap { FoundBy::Nearest } else { FoundBy::Contexts } }
}

fn catalog() -> Catalog {
    let sources = ranking(Order::Triage, false).rows.into_iter().map(|row| Choice::Source(row.path)).collect();
    let tests = items(test_ids().into_iter().map(Choice::Test).collect());
    Catalog {
        by_keyword: Arc::clone(&tests),
        by_mark: Arc::clone(&tests),
        sources: items(sources),
        test_files: items(vec![Choice::TestFile(path("tests/orders/test_views.py"))]),
        tests,
        ..Catalog::default()
    }
}

fn flaky() -> Vec<FlakyTest> {
    let strip = |text: &str| -> Vec<Mark> {
        let mark = |c: char| Mark {
            outcome: if c == 'F' { Outcome::Failed } else { Outcome::Passed },
            retried: c == 'r',
            evidence: true,
            when: NOW,
            begins: false,
        };
        text.chars().map(mark).collect()
    };
    let test = |at: usize, standing, definite, marks: &str, message: &str| FlakyTest {
        id: test_ids().swap_remove(at),
        standing,
        definite,
        strip: strip(marks),
        runs: marks.len() as u64,
        failures: marks.matches('F').count() as u64,
        rate: Ratio::new(marks.matches('F').count() as u64, marks.len() as u64),
        flips: 4,
        unstable: Ratio::new(2, 9),
        at_least: 0.1,
        posterior: Posterior { low: 0.06, median: 0.17, high: 0.36 },
        course: match standing {
            Verdict::Flaky if at == 0 => Course::New,
            Verdict::Flaky => Course::Ongoing,
            Verdict::Regressed => Course::Regressed,
            Verdict::Mended => Course::Mended,
        },
        impact: Impact { blocked: 2, seconds: 312.0, runs: 20, expected: 3.4 },
        shift: None,
        since: Some(Stamp(NOW.0 - 6 * 86_400_000)),
        last_failure: Some((Stamp(NOW.0 - 5 * 3_600_000), Clean::line(message))),
        seconds_median: Some(0.34),
        quarantined: at == 1,
        layer: Clean::line(if at == 3 { "" } else { "unit" }),
        owners: if at == 0 { vec![Clean::line("@shop/orders")] } else { Vec::new() },
    };
    vec![
        test(0, Verdict::Flaky, true, "..F...rF....F.....F..", "AssertionError: assert 429 == 200"),
        test(3, Verdict::Flaky, false, "...F.....F", "TimeoutError: no answer after 0.5 s"),
        test(4, Verdict::Regressed, false, "........FFFF", "PermissionError: only before it is paid"),
        test(1, Verdict::Mended, false, "FFF.......", "KeyError: 'total'"),
    ]
}

fn record(id: TestId) -> TestRecord {
    let seen = (0..12_i32).map(|at| Seen {
        when: Stamp(NOW.0 - i64::from(at) * 7_200_000),
        outcome: if at % 4 == 1 { Outcome::Failed } else { Outcome::Passed },
        seconds: 0.2 + f64::from(at) / 50.0,
        commit: Clean::line("3f9ac21"),
        message: Clean::line(if at % 4 == 1 { "AssertionError: assert 429 == 200" } else { "" }),
        cause: (at % 4 == 1).then_some(0),
    });
    let cause = RecordCause { words: Clean::line("AssertionError: assert 429 == 200"), failures: 3, others: 2 };
    let output = StyledText::parse(
        b"    def test_get():\n>       assert status == 200\n\x1b[31mE       assert 429 == 200\x1b[0m\n",
    );
    let facts = [
        "flaky, new, proved: both outcomes on the same code · failed in 3 of 20 runs · fails in 17 % of its attempts",
        "since 2026-11-19 09:12Z, by a commit after 8d2f1c07a up to 3f9ac2111: 0 of 31 runs before failed, 3 of 12 since",
        "last seven days: 2 of 20 runs failed of it, 5 min lost · 3.4 failures a week to expect",
    ];
    let facts = facts.map(Clean::line).to_vec();
    TestRecord {
        facts,
        note: "# A note\n".to_owned(),
        id,
        causes: vec![cause],
        seen: seen.collect(),
        output: Arc::new(output),
    }
}

/// A plan of two cycles.
#[must_use]
pub fn planned(consent: bool) -> Planned {
    let command = |words: &str, tests: &[TestId]| PlannedCommand {
        shown: Clean::line(&format!("pytest {words} -v")),
        full: Clean::line(&format!(
            "/srv/shop/.venv/bin/python -m pytest -p lacuna_probe --cov=shop --cov-context=test {words} -v"
        )),
        tests: tests.to_vec(),
        unconfirmed: 0,
        in_part: false,
        seconds: Some(1.2),
    };
    let tests = test_ids();
    let consent = consent.then(|| Consent {
        root: Clean::line("/srv/shop"),
        interpreter: Clean::line("/srv/shop/.venv/bin/python"),
        elsewhere: None,
        command: Clean::line("/srv/shop/.venv/bin/python -m pytest tests/orders/test_views.py -v"),
        files: vec![Clean::line("pyproject.toml")],
    });
    Planned {
        abreast: 1,
        ask: crate::app::Ask::default(),
        plan: Plan::default(),
        cycles: vec![
            vec![
                command("tests/orders/test_views.py", &tests[..2]),
                command("tests/orders/test_totals.py", &tests[2..]),
            ],
            vec![command("tests/billing/test_views.py", &[])],
        ],
        how: Clean::line("5 tests cover shop/orders/views.py"),
        usual: Arc::default(),
        affected: None,
        cost: Some(Cost { at: Stamp(0), tests: 40, nothing: 1.0, lines: 1.31, contexts: 1.36 }),
        quarantine: Applied::default(),
        consent,
        problems: Vec::new(),
    }
}

/// A plan of the tests that an edit affects.
#[must_use]
pub fn planned_affected() -> Planned {
    let mut affected = Affected { files: vec![path("shop/orders/views.py")], ..Affected::default() };
    let tests = test_ids();
    let ran = |name: &str| Reason::Function(path("shop/orders/views.py"), name.to_owned());
    for test in &tests[..2] {
        affected.add(test, ran("OrderView.get"));
    }
    affected.add(&tests[1], ran("OrderView.post"));
    affected.add(&tests[2], Reason::New);
    affected.add(&tests[3], Reason::Name(path("shop/utils/money.py"), "ROUNDING".to_owned()));
    if let Some(entry) = affected.tests.get_mut(&tests[0]) {
        entry.settles.push((0, [12, 13, 17].into_iter().collect()));
    }
    let plan = planned(false);
    Planned { how: Clean::line(&affected.summary()), affected: Some(Arc::new(affected)), ..plan }
}

/// What a run says until its second test failed.
#[must_use]
pub fn some_news() -> Vec<News> {
    let tests = test_ids();
    let at = NOW;
    let ended = |test: usize, outcome, message: &str| News::TestEnded {
        command: usize::from(test >= 2),
        test: tests[test].clone(),
        outcome,
        seconds: 0.12,
        message: Clean::line(message),
        account: Arc::new(account_of(test, message)),
        past: (test == 1).then(past),
        at: Some((path("tests/orders/test_views.py"), 12)),
    };
    vec![
        News::Started { command: 0, at },
        News::Collected { command: 0, tests: tests[..2].to_vec(), deselected: 0 },
        News::TestStarted { command: 0, test: tests[0].clone(), at },
        ended(0, Outcome::Passed, ""),
        News::TestStarted { command: 0, test: tests[1].clone(), at },
        ended(1, Outcome::Failed, "AssertionError: assert 500 == 201"),
        News::CommandEnded { command: 0, code: Some(1), problem: None },
        News::Started { command: 1, at },
        News::TestStarted { command: 1, test: tests[2].clone(), at },
    ]
}

/// What a sample test left: a traceback through a library when it failed, and what it printed.
#[must_use]
pub fn account_of(test: usize, message: &str) -> Account {
    let text = format!(
        "client = <Client>, total = 12\n\n    def test_post(client, total):\n        order = {{\"total\": total}}\n\
         >       answer = client.post(\"/orders\", order)\n\ntests/orders/test_views.py:12: \n_ _ _ _ _ _\n\
         /srv/shop/.venv/lib/python3.12/site-packages/django/test/client.py:948: in post\n    return self.generic()\n\
         shop/orders/views.py:31: in post\n    assert response.status_code == 201\n\
         E   {message}\nE     \nE     - 201\nE     + 500\nE      +  where 500 = <Response>.status_code"
    );
    let failures = if message.is_empty() { Vec::new() } else { vec![Failure::new(When::Call, text, None, None)] };
    let title = "Captured stdout call".to_owned();
    let text = format!("\x1b[32mordered\x1b[0m {test}\nsecond line\n");
    let section = Section { title, text, attempt: 1, subtest: None };
    let own = |path: &str| RepoPath::new(path.strip_prefix("/srv/shop/").unwrap_or(path));
    account((failures, vec![section]), &[], &own)
}

fn past() -> Arc<Past> {
    Arc::new(Past {
        outcome: Outcome::Passed,
        at: Stamp(NOW.0 - 7_200_000),
        seconds: 0.2,
        message: Clean::default(),
        account: Arc::new(account_of(1, "")),
    })
}

/// What two new tests gained.
fn gains() -> Vec<Gain> {
    let lines = |lines: &[u32]| lines.iter().copied().collect();
    let file = FileGain { path: path("shop/orders/views.py"), alone: lines(&[21, 22, 23]), shared: lines(&[24]) };
    let tests = test_ids();
    let gain = |at: usize, files: Vec<FileGain>| Gain { test: tests[at].clone(), files, weakness: None };
    vec![gain(0, vec![file]), gain(1, Vec::new())]
}

/// A failure that ran a changed line.
fn suspects() -> Vec<(TestId, Suspicion)> {
    let run = || Arc::new(Run::new("r", Stamp(NOW.0 - 7_200_000), RunSource::Launched));
    let change = RanChange {
        path: path("shop/orders/views.py"),
        name: "list_orders".to_owned(),
        lines: vec![(21, 24)],
        exact: true,
    };
    let suspicion = Suspicion {
        suspect: Suspect::Regression,
        failed: run(),
        passed: Some(run()),
        files: 1,
        ran: vec![change],
        unknown: Vec::new(),
    };
    vec![(test_ids().swap_remove(2), suspicion)]
}

/// The last news of a run.
#[must_use]
pub fn last_news() -> News {
    let change = Change {
        noise: LineSet::new(),
        path: path("shop/orders/views.py"),
        before: figure(10, 48, Kind::Measured),
        after: figure(16, 48, Kind::Measured),
        newly: [21, 22, 23, 24].into_iter().collect(),
        earned_before: None,
        earned_after: None,
        lost: LineSet::new(),
    };
    News::Ended(Arc::new(AfterRun {
        at: Stamp(NOW.0 + 2_400),
        cancelled: false,
        ledger: Some(Arc::new(Ledger::default())),
        baseline: None,
        changes: vec![change],
        total: Some((figure(282, 422, Kind::Measured), figure(294, 422, Kind::Measured))),
        reports: vec!["### File: tests/orders/test_views.py\n".to_owned()],
        gains: gains(),
        suspects: suspects(),
        held: Vec::new(),
        problems: Vec::new(),
    }))
}

/// Starts the sample plan; the run is number 1.
pub fn run(state: &mut State) -> RunId {
    let effects = crate::app::tests::press(state, "r");
    answer(state, effects);
    let effects = crate::app::tests::press(state, "enter");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Start { .. })), "{effects:?}");
    RunId(1)
}
