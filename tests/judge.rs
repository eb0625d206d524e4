//! What ran is judged as coverage.py judges it: same lines, same branches, same numbers, for three of its versions.

use lacuna::domain::coverage::{Arc, BranchLine, Facts, JumpFix, LineSet, Ran};
use serde_json::Value;

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> i32 {
    value.as_i64().and_then(|number| number.try_into().ok()).expect("a number")
}

fn lines(value: &Value) -> LineSet {
    list(value).iter().map(|line| number(line).unsigned_abs()).collect()
}

fn arc(value: &Value) -> Arc {
    (number(&value[0]), number(&value[1]))
}

fn arcs(value: &Value) -> Vec<Arc> {
    list(value).iter().map(arc).collect()
}

fn facts(case: &Value) -> Facts {
    let branch_line = |line: &Value| BranchLine {
        line: number(&line[0]).unsigned_abs(),
        exits: number(&line[1]).unsigned_abs(),
        targets: list(&line[2]).iter().map(number).collect(),
    };
    let jump_fix = |fix: &Value| JumpFix {
        arc: arc(&fix[0]),
        instead: fix[1].is_array().then(|| arc(&fix[1])),
        drops: arcs(&fix[2]),
    };
    let first_line = |pair: &Arc| (pair.0.unsigned_abs(), pair.1.unsigned_abs());
    Facts {
        statements: lines(&case["statements"]),
        excluded: lines(&case["excluded"]),
        first_lines: arcs(&case["first_lines"]).iter().map(first_line).collect(),
        branch_lines: list(&case["branch_lines"]).iter().map(branch_line).collect(),
        jump_fixes: list(&case["jump_fixes"]).iter().map(jump_fix).collect(),
        estimated: false,
    }
}

#[test]
fn facts_are_judged_exactly_as_coverage_py_does() {
    let cases: Value = serde_json::from_str(include_str!("data/judge/cases.json")).expect("cases.json is JSON");
    assert_eq!(list(&cases).len(), 6);
    for case in list(&cases) {
        let name = format!("coverage {} with branches: {}", case["coverage"], case["branch"]);
        let ran = Ran::new(lines(&case["lines"]), arcs(&case["arcs"]));
        let judged = facts(case).judge(&ran, case["branch"] == true);
        let expect = &case["expect"];
        assert_eq!(judged.covered, lines(&expect["covered"]), "{name}");
        assert_eq!(judged.missing, lines(&expect["missing"]), "{name}");
        assert_eq!(judged.missing_branches, arcs(&expect["missing_branches"]), "{name}");
        let counts = judged.counts;
        let counts = [
            counts.statements,
            counts.covered,
            counts.excluded,
            counts.branches,
            counts.covered_branches,
            counts.partial_branches,
        ];
        assert_eq!(serde_json::json!(counts), expect["counts"], "{name}");
    }
}
