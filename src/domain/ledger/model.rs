//! A small program with tests, run by hand: what the ledger says of it is compared with what a full run would say.

use crate::base::{Digest, RepoPath};
use crate::domain::coverage::{Arc as Jump, BranchLine, Facts, FileCoverage, Format, LineSet, Ran};
use crate::domain::ledger::{BatchEvidence, Ledger, LineState, PlacedData, PlacedReport, Standing};
use crate::domain::suite::{Outcome, TestId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One line or block of the program.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A comment outside functions.
    Comment(u8),
    /// A statement outside functions.
    Assign(u8),
    /// A function: its name and its body.
    Function(u8, Vec<Step>),
}

/// One step of a function's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A statement.
    Do(u8),
    /// A comment.
    Note(u8),
    /// A statement that runs when the caller gives this flag.
    When(u8, u8),
    /// A statement over two lines.
    Long(u8),
}

/// The program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program(pub Vec<Item>);

/// A test: the functions that it calls, each with the flags that it gives.
pub type Calls = Vec<(u8, BTreeSet<u8>)>;

/// The only file.
pub fn path() -> RepoPath {
    RepoPath::new("shop/cart.py").unwrap()
}

/// The id of the n-th test.
pub fn test(n: usize) -> TestId {
    TestId::new(&format!("tests/test_cart.py::test_{n}"))
}

impl Program {
    /// Its source.
    pub fn text(&self) -> Arc<str> {
        let mut text = String::new();
        for item in &self.0 {
            match item {
                Item::Comment(n) => text.push_str(&format!("# note {n}\n")),
                Item::Assign(n) => text.push_str(&format!("NAME_{n} = {n}\n")),
                Item::Function(name, steps) => {
                    text.push_str(&format!("def f{name}(flags):\n"));
                    for step in steps {
                        text.push_str(&match step {
                            Step::Do(n) => format!("    do({n})\n"),
                            Step::Note(n) => format!("    # note {n}\n"),
                            Step::When(flag, n) => format!("    if {flag} in flags:\n        do({n})\n"),
                            Step::Long(n) => format!("    do(\n        {n})\n"),
                        });
                    }
                    text.push_str("    return\n");
                }
            }
        }
        text.as_str().into()
    }

    /// Runs it: what happens at import, and at a call of the functions given.
    pub fn run(&self, calls: Option<&Calls>) -> Ran {
        let (mut line, mut arcs, mut last) = (0_i32, Vec::<Jump>::new(), -1);
        for item in &self.0 {
            line += 1;
            match item {
                Item::Comment(_) => {}
                Item::Assign(_) if calls.is_none() => {
                    arcs.push((last, line));
                    last = line;
                }
                Item::Assign(_) => {}
                Item::Function(name, steps) => {
                    if calls.is_none() {
                        arcs.push((last, line));
                        last = line;
                    }
                    for (_, flags) in calls.into_iter().flatten().filter(|call| call.0 == *name) {
                        body(line, steps, flags, &mut arcs);
                    }
                    line += height(steps);
                }
            }
        }
        if calls.is_none() {
            arcs.push((last, -1));
        }
        Ran::new(LineSet::new(), arcs)
    }

    /// What coverage.py's parser would say of it.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        let mut line = 0_u32;
        for item in &self.0 {
            line += 1;
            match item {
                Item::Comment(_) => {}
                Item::Assign(_) => drop(facts.statements.insert(line)),
                Item::Function(_, steps) => {
                    facts.statements.insert(line);
                    for step in steps {
                        line += 1;
                        match step {
                            Step::Note(_) => {}
                            Step::Do(_) => drop(facts.statements.insert(line)),
                            Step::Long(_) => {
                                facts.statements.insert(line);
                                facts.first_lines.push((line + 1, line));
                                line += 1;
                            }
                            Step::When(..) => {
                                facts.statements.insert_range(line, line + 1);
                                facts.branch_lines.push(BranchLine { line, exits: 2, targets: Vec::new() });
                                line += 1;
                            }
                        }
                    }
                    line += 1;
                    facts.statements.insert(line);
                }
            }
        }
        for branch in &mut facts.branch_lines {
            let next = facts.statements.iter().find(|&line| line > branch.line + 1).unwrap();
            branch.targets = vec![branch.line as i32 + 1, next as i32];
        }
        facts
    }
}

fn height(steps: &[Step]) -> i32 {
    1 + steps.iter().map(|step| if matches!(step, Step::When(..) | Step::Long(_)) { 2 } else { 1 }).sum::<i32>()
}

fn body(def: i32, steps: &[Step], flags: &BTreeSet<u8>, arcs: &mut Vec<Jump>) {
    let (mut line, mut last) = (def, -def);
    let mut go = |to: i32, last: &mut i32| {
        arcs.push((*last, to));
        *last = to;
    };
    for step in steps {
        line += 1;
        match step {
            Step::Note(_) => {}
            Step::Do(_) => go(line, &mut last),
            Step::Long(_) => {
                go(line, &mut last);
                go(line + 1, &mut last);
                go(line, &mut last);
                line += 1;
            }
            Step::When(flag, _) => {
                go(line, &mut last);
                if flags.contains(flag) {
                    go(line + 1, &mut last);
                }
                line += 1;
            }
        }
    }
    go(line + 1, &mut last);
    go(-def, &mut last);
}

/// A run of some tests (by number) of a suite.
pub fn batch(program: &Program, suite: &[Calls], which: &BTreeSet<usize>, all: bool) -> BatchEvidence {
    let mut contexts = vec![String::new()];
    let mut ran = vec![(0, program.run(None))];
    for &n in which {
        contexts.push(format!("{}|run", test(n).as_str()));
        let context = u32::try_from(contexts.len()).unwrap() - 1;
        ran.push((context, program.run(suite.get(n))));
    }
    let text = program.text();
    BatchEvidence {
        ran: which.iter().map(|&n| (test(n), Outcome::Passed)).collect(),
        collected: BTreeMap::new(),
        missing: Vec::new(),
        has_contexts: true,
        data: PlacedData { has_arcs: true, contexts, files: vec![(path(), ran)] },
        facts: vec![(path(), Digest::of(text.as_bytes()), program.facts())],
        sources: [(path(), text)].into_iter().collect(),
        torn: BTreeSet::new(),
        world: None,
        all,
    }
}

/// A ledger after a run of the whole suite.
pub fn full(program: &Program, suite: &[Calls]) -> Ledger {
    Ledger::default().absorb(&batch(program, suite, &(0..suite.len()).collect(), true))
}

/// A ledger from a full run's report, with its data file or without. The texts are read afterwards.
pub fn baseline(program: &Program, suite: &[Calls], with_data: bool) -> Ledger {
    let all = batch(program, suite, &(0..suite.len()).collect(), true);
    let facts = program.facts();
    let mut ran = Ran::default();
    all.data.files.iter().flat_map(|file| &file.1).for_each(|(_, more)| ran.merge(more));
    let judged = facts.judge(&ran, true);
    let coverage = FileCoverage {
        path: path().as_str().to_owned(),
        statements: facts.statements,
        covered: judged.covered,
        excluded: facts.excluded,
        missing_branches: judged.missing_branches,
        counts: judged.counts,
    };
    let report = PlacedReport { format: Format::CoverageJson, has_branches: true, files: vec![(path(), coverage)] };
    let read = |_: &RepoPath| Some(program.text());
    let (ledger, problems) = Ledger::from_baseline(Some(&report), with_data.then_some(&all.data), &read, &|_| true);
    assert_eq!(problems, []);
    ledger.remember([(path(), program.text())])
}

/// How the file stands on the program's own text.
pub fn standing(ledger: &Ledger, program: &Program) -> Standing {
    ledger.standing(&path(), Some(&program.text()))
}

/// Lines where the ledger claims something else than a full run shows. Open lines claim nothing.
pub fn lies(ledger: &Ledger, program: &Program, suite: &[Calls]) -> Vec<(u32, LineState, LineState)> {
    let (says, truth) = (standing(ledger, program), standing(&full(program, suite), program));
    let lines = 1..=u32::try_from(truth.lines.len().max(says.lines.len())).unwrap();
    lines
        .map(|n| (n, says.line(n), truth.line(n)))
        .filter(|(_, says, truth)| says != truth && !says.is_open())
        .collect()
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Do),
        1 => any::<u8>().prop_map(Step::Note),
        3 => (0..4_u8, any::<u8>()).prop_map(|(flag, n)| Step::When(flag, n)),
        1 => any::<u8>().prop_map(Step::Long),
    ]
}

fn item(name: u8) -> impl Strategy<Value = Item> {
    prop_oneof![
        1 => any::<u8>().prop_map(Item::Comment),
        1 => any::<u8>().prop_map(Item::Assign),
        4 => proptest::collection::vec(step(), 0..6).prop_map(move |steps| Item::Function(name, steps)),
    ]
}

/// Programs whose functions all have different names.
pub fn programs() -> impl Strategy<Value = Program> {
    (1..8_u8).prop_flat_map(|count| (0..count).map(item).collect::<Vec<_>>()).prop_map(Program)
}

/// Suites of tests for them.
pub fn suites() -> impl Strategy<Value = Vec<Calls>> {
    let flags = proptest::collection::btree_set(0..4_u8, 0..4);
    proptest::collection::vec(proptest::collection::vec((0..8_u8, flags), 0..4), 1..6)
}

/// One change to a program.
#[derive(Clone, Debug)]
pub enum Change {
    /// Inserts an item at a place.
    Insert(usize, Item),
    /// Removes the item at a place.
    Remove(usize),
    /// Inserts a step into the function at a place.
    Add(usize, usize, Step),
    /// Removes a step of the function at a place.
    Drop(usize, usize),
}

/// Changes of all kinds. New functions have names of their own.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (any::<usize>(), 100..200_u8)
            .prop_flat_map(|(at, name)| item(name).prop_map(move |item| Change::Insert(at, item))),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), any::<usize>(), step()).prop_map(|(at, to, step)| Change::Add(at, to, step)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, to)| Change::Drop(at, to)),
    ];
    proptest::collection::vec(change, 0..4)
}

impl Program {
    /// The program after some changes.
    pub fn changed(&self, changes: &[Change]) -> Self {
        let mut items = self.0.clone();
        for change in changes {
            let count = items.len();
            match change {
                Change::Insert(at, item) => {
                    let fresh = match item {
                        Item::Function(name, _) => {
                            !items.iter().any(|i| matches!(i, Item::Function(n, _) if n == name))
                        }
                        _ => true,
                    };
                    if fresh {
                        items.insert(at % (count + 1), item.clone());
                    }
                }
                Change::Remove(at) if count > 0 => drop(items.remove(at % count)),
                Change::Add(at, to, step) if count > 0 => {
                    if let Item::Function(_, steps) = &mut items[at % count] {
                        steps.insert(to % (steps.len() + 1), step.clone());
                    }
                }
                Change::Drop(at, to) if count > 0 => {
                    if let Item::Function(_, steps) = &mut items[at % count]
                        && !steps.is_empty()
                    {
                        steps.remove(to % steps.len());
                    }
                }
                _ => {}
            }
        }
        Self(items)
    }

    /// The program with comments inserted anywhere, which changes no behaviour.
    pub fn commented(&self, seed: usize) -> Self {
        let mut items = self.0.clone();
        for (at, item) in items.iter_mut().enumerate() {
            if let Item::Function(_, steps) = item
                && !steps.is_empty()
            {
                steps.insert((seed + at) % (steps.len() + 1), Step::Note(7));
            }
        }
        items.insert(seed % (items.len() + 1), Item::Comment(9));
        items.insert(0, Item::Comment(8));
        Self(items)
    }
}
