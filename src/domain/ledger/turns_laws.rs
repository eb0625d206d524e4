//! Laws of turns: whoever runs a changed function and comes by none of them runs the same statements as before.

use crate::domain::coverage::{LineSet, Ran};
use crate::domain::ledger::edit::Edit;
use crate::domain::ledger::version::Shape;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A statement of a small language; a flag says which way it goes.
#[derive(Clone, Debug, PartialEq)]
enum Stmt {
    Do(u8),
    Long(u8),
    Pass,
    Leave,
    Raise(u8),
    If(u8, Vec<Stmt>, Option<Vec<Stmt>>),
    Each(u8, Vec<Stmt>),
    Try(Vec<Stmt>, Vec<Stmt>),
    With(u8, Vec<Stmt>),
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Through,
    Left,
    Raised,
}

/// The text of a function, and the first line of each statement in the order in which they are met.
fn write(body: &[Stmt], depth: usize, text: &mut String) {
    if body.is_empty() {
        text.push_str(&format!("{}pass\n", "    ".repeat(depth)));
    }
    for stmt in body {
        let mut put = |words: &str| text.push_str(&format!("{}{words}\n", "    ".repeat(depth)));
        match stmt {
            Stmt::Do(n) => put(&format!("do({n})")),
            Stmt::Long(n) => put(&format!("do(\n{n})")),
            Stmt::Pass => put("pass"),
            Stmt::Leave => put("return"),
            Stmt::Raise(flag) => put(&format!("check(flags[{flag}])")),
            Stmt::If(flag, then, other) => {
                put(&format!("if flags[{flag}]:"));
                write(then, depth + 1, text);
                if let Some(other) = other {
                    text.push_str(&format!("{}else:\n", "    ".repeat(depth)));
                    write(other, depth + 1, text);
                }
            }
            Stmt::Each(flag, body) => {
                put(&format!("for _ in flags[{flag}]:"));
                write(body, depth + 1, text);
            }
            Stmt::Try(body, handler) => {
                put("try:");
                write(body, depth + 1, text);
                text.push_str(&format!("{}except Error:\n", "    ".repeat(depth)));
                write(handler, depth + 1, text);
            }
            Stmt::With(n, body) => {
                put(&format!("with held({n}):"));
                write(body, depth + 1, text);
            }
        }
    }
}

fn height(body: &[Stmt]) -> u32 {
    let one = |stmt: &Stmt| match stmt {
        Stmt::Long(_) => 2,
        Stmt::If(_, then, other) => 1 + height(then) + other.as_ref().map_or(0, |other| 1 + height(other)),
        Stmt::Each(_, body) | Stmt::With(_, body) => 1 + height(body),
        Stmt::Try(body, handler) => 2 + height(body) + height(handler),
        _ => 1,
    };
    body.iter().map(one).sum::<u32>().max(1)
}

/// Runs a block that begins on a line: which lines ran, and what was done.
fn run(body: &[Stmt], mut line: u32, flags: &BTreeSet<u8>, ran: &mut Vec<u32>) -> End {
    if body.is_empty() {
        ran.push(line);
    }
    for stmt in body {
        if !matches!(stmt, Stmt::Try(..)) {
            ran.push(line);
        }
        let end = match stmt {
            Stmt::Leave => End::Left,
            Stmt::Raise(flag) if flags.contains(flag) => End::Raised,
            Stmt::If(flag, then, other) => match other {
                _ if flags.contains(flag) => run(then, line + 1, flags, ran),
                Some(other) => run(other, line + 2 + height(then), flags, ran),
                None => End::Through,
            },
            Stmt::Each(flag, body) if flags.contains(flag) => run(body, line + 1, flags, ran),
            Stmt::With(_, body) => run(body, line + 1, flags, ran),
            Stmt::Try(body, handler) => {
                ran.push(line);
                match run(body, line + 1, flags, ran) {
                    End::Raised => {
                        let at = line + 1 + height(body);
                        ran.push(at);
                        run(handler, at + 1, flags, ran)
                    }
                    end => end,
                }
            }
            _ => End::Through,
        };
        if end != End::Through {
            return end;
        }
        line += height(std::slice::from_ref(stmt));
    }
    End::Through
}

fn text(body: &[Stmt]) -> String {
    let mut text = "def f(flags):\n".to_owned();
    write(body, 1, &mut text);
    text
}

fn statement() -> impl Strategy<Value = Stmt> {
    let leaf = prop_oneof![
        5 => (0..6_u8).prop_map(Stmt::Do),
        1 => (0..6_u8).prop_map(Stmt::Long),
        1 => Just(Stmt::Pass),
        1 => Just(Stmt::Leave),
        1 => (0..4_u8).prop_map(Stmt::Raise),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let block = || proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (0..4_u8, block(), proptest::option::of(block()))
                .prop_map(|(flag, then, other)| Stmt::If(flag, then, other)),
            (0..4_u8, block()).prop_map(|(flag, body)| Stmt::Each(flag, body)),
            (block(), block()).prop_map(|(body, handler)| Stmt::Try(body, handler)),
            (0..4_u8, block()).prop_map(|(n, body)| Stmt::With(n, body)),
        ]
    })
}

/// Changes the statement that is met at a place: another one stands there, before it, or none.
fn edited(body: &mut Vec<Stmt>, at: &mut usize, how: u8, new: &Stmt) {
    for place in 0..body.len() {
        if *at == 0 {
            match how {
                0 => body[place] = new.clone(),
                1 => body.insert(place, new.clone()),
                2 => drop(body.remove(place)),
                _ => body.insert(place + 1, new.clone()),
            }
            *at = usize::MAX;
            return;
        }
        *at -= 1;
        match &mut body[place] {
            Stmt::If(_, then, other) => {
                edited(then, at, how, new);
                if let (Some(other), true) = (other, *at != usize::MAX) {
                    edited(other, at, how, new);
                }
            }
            Stmt::Each(_, body) | Stmt::With(_, body) => edited(body, at, how, new),
            Stmt::Try(body, handler) => {
                edited(body, at, how, new);
                if *at != usize::MAX {
                    edited(handler, at, how, new);
                }
            }
            _ => {}
        }
        if *at == usize::MAX {
            return;
        }
    }
}

proptest! {
    #[test]
    fn whoever_comes_by_no_turn_runs_as_before(
        body in proptest::collection::vec(statement(), 1..6),
        edits in proptest::collection::vec((0..20_usize, 0..4_u8, statement()), 1..3),
    ) {
        let mut other = body.clone();
        edits.into_iter().for_each(|(mut at, how, new)| edited(&mut other, &mut at, how, &new));
        let (old, new) = (text(&body), text(&other));
        let (old_shape, new_shape) = (Shape::of(&old), Shape::of(&new));
        let edit = Edit::by_line((&old, &old_shape), (&new, &new_shape));
        for flags in 0..16_u8 {
            let flags: BTreeSet<u8> = (0..4).filter(|bit| flags >> bit & 1 == 1).collect();
            let lines = |body: &[Stmt]| {
                let mut ran = Vec::new();
                let _ = run(body, 2, &flags, &mut ran);
                ran
            };
            let (before, now) = (lines(&body), lines(&other));
            let all: LineSet = before.iter().copied().collect();
            if edit.changes(1, &all) {
                continue;
            }
            // `pass` is no deed: where it comes or goes nothing is done otherwise.
            let is_deed = |text: &str, line: u32| text.lines().nth(line as usize - 1).is_some_and(|line| line.trim() != "pass");
            let moved: Vec<Option<u32>> =
                before.iter().filter(|line| is_deed(&old, **line)).map(|&line| edit.line(line)).collect();
            let now: Vec<Option<u32>> = now.iter().filter(|line| is_deed(&new, **line)).map(|&line| Some(line)).collect();
            prop_assert_eq!(&moved, &now, "{:?}\n{}\n{}", flags, old, new);
            let held = edit.move_ran(&Ran { lines: all, arcs: Vec::new() }, &old_shape);
            prop_assert!(!held.is_stale);
        }
    }
}
