//! Words of names of tests, made of what the source calls its things.

use super::words::is_order;
use crate::domain::python::last_name;
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, ExprCompare, Number, UnaryOp};

/// The most words that a text of the source gives a name.
const WORDS: usize = 4;

/// `ValueError` as `value_error`, `self._items` as `items`: ASCII letters, digits and single underscores.
#[must_use]
pub fn snake(text: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let is_hump = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if is_hump && !out.ends_with('_') {
            out.push('_');
        }
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            _ if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            _ => {}
        }
    }
    out.trim_matches('_').to_owned()
}

/// What a value is called; nothing for one that has no short name.
#[must_use]
pub fn value(expr: &Expr) -> Option<String> {
    let name = match expr {
        Expr::Name(name) => snake(&name.id),
        Expr::Attribute(attribute) => snake(&attribute.attr),
        Expr::NoneLiteral(_) => "none".to_owned(),
        Expr::BooleanLiteral(flag) => flag.value.to_string(),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => snake(&int.to_string()),
            Number::Float(float) => snake(&float.to_string().replace('.', "_point_")),
            Number::Complex { .. } => return None,
        },
        Expr::StringLiteral(text) => {
            let text = text.value.to_str();
            let words: Vec<String> = text.split_whitespace().take(WORDS).map(snake).collect();
            if text.is_empty() { "empty".to_owned() } else { words.join("_") }
        }
        Expr::UnaryOp(minus) if minus.op == UnaryOp::USub => format!("minus_{}", value(&minus.operand)?),
        Expr::List(list) if list.elts.is_empty() => "an_empty_list".to_owned(),
        Expr::Dict(dict) if dict.items.is_empty() => "an_empty_dict".to_owned(),
        Expr::Tuple(tuple) if tuple.elts.is_empty() => "an_empty_tuple".to_owned(),
        Expr::Subscript(item) => format!("{}_{}", value(&item.value)?, value(&item.slice)?),
        Expr::Await(inner) => value(&inner.value)?,
        Expr::Named(named) => value(&named.target)?,
        Expr::Call(call) => call_name(call)?,
        _ => return None,
    };
    Some(name).filter(|name| !name.is_empty())
}

/// `length_of_items` of `len(items)`, `is_open` of `self.is_open()`, `starts_with_a` of `name.startswith("a")`.
fn call_name(call: &ExprCall) -> Option<String> {
    let name = snake(last_name(&call.func)?);
    let first = call.arguments.args.first().and_then(value);
    Some(match (name.as_str(), first) {
        ("len", Some(of)) => format!("length_of_{of}"),
        (_, Some(first)) => format!("{name}_{first}"),
        (_, None) => name,
    })
}

/// What holds on one side of a condition: `price_is_above_100`.
#[must_use]
pub fn side(test: &Expr, holds: bool) -> Option<String> {
    match test {
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => side(&not.operand, !holds),
        Expr::Compare(compare) if compare.ops.len() == 1 => compared(compare, holds),
        Expr::BoolOp(both) if both.values.len() == 2 => {
            let word = if (both.op == BoolOp::And) == holds { "while" } else { "or" };
            let sides: Option<Vec<String>> = both.values.iter().map(|part| side(part, holds)).collect();
            Some(sides?.join(&format!("_{word}_")))
        }
        Expr::Call(call) => {
            let kind = call.func.as_name_expr().filter(|name| name.id == "isinstance");
            if let (Some(_), [what, class]) = (kind, &*call.arguments.args) {
                let article = if holds { "is_a" } else { "is_no" };
                return Some(format!("{}_{article}_{}", value(what)?, value(class)?));
            }
            Some(format!("{}_is_{holds}", value(test)?))
        }
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Named(_) => {
            Some(format!("{}_is_{}", value(test)?, if holds { "truthy" } else { "falsy" }))
        }
        _ => None,
    }
}

fn compared(compare: &ExprCompare, holds: bool) -> Option<String> {
    let op = *compare.ops.first()?;
    let op = if holds { op } else { op.negate() };
    let word = match op {
        CmpOp::Eq | CmpOp::Is => "is",
        CmpOp::NotEq | CmpOp::IsNot => "is_not",
        CmpOp::Lt => "is_below",
        CmpOp::LtE => "is_at_most",
        CmpOp::Gt => "is_above",
        CmpOp::GtE => "is_at_least",
        CmpOp::In => "is_in",
        CmpOp::NotIn => "is_not_in",
    };
    Some(format!("{}_{word}_{}", value(&compare.left)?, value(compare.comparators.first()?)?))
}

/// What holds on the edge of a comparison: `price_is_exactly_100`.
#[must_use]
pub fn edge(left: &Expr, op: CmpOp, right: &Expr) -> Option<String> {
    let word = if right.is_number_literal_expr() { "is_exactly" } else { "equals" };
    is_order(op).then_some(())?;
    Some(format!("{}_{word}_{}", value(left)?, value(right)?))
}

/// Parts of a name that are there, joined: `raises_key_error`, `when_name_is_none`.
#[must_use]
pub fn join(does: &str, word: &str, what: Option<String>) -> String {
    match (does.is_empty(), what) {
        (true, Some(what)) => format!("{word}_{what}"),
        (false, Some(what)) => format!("{does}_{word}_{what}"),
        (_, None) => does.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_of_the_source_become_words() {
        let names = ["ValueError", "HTTPError", "_items", "MAX_SIZE", "__init__", "é", "sha256Sum", "a.b"];
        let words = ["value_error", "http_error", "items", "max_size", "init", "", "sha256_sum", "a_b"];
        assert_eq!(names.map(snake), words);
    }
}
