//! Numbers, times and names as they are written on the screen.

use crate::app::{first_columns, last_columns};
use crate::base::{Clean, Ratio};
use crate::domain::ledger::{Figure, Kind};
use crate::ui::Role;
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// Own text put together from parts. Made clean once more, since parts may come from outside.
#[must_use]
pub fn text(parts: impl AsRef<str>) -> Clean {
    Clean::line(parts.as_ref())
}

/// A number with thin groups of three digits: `12 345`.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 test`, `2 tests`.
#[must_use]
pub fn count(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count as u64), if count == 1 { "" } else { "s" })
}

/// A duration in few characters: `0.03s`, `4.2s`, `2m07s`, `1h05m`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.clamp(0.0, 1e9) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 1.0 => format!("{seconds:.2}s"),
        0..60 => format!("{seconds:.1}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// A duration of so many milliseconds.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of one sitting")]
pub fn milliseconds(milliseconds: i64) -> String {
    duration(milliseconds as f64 / 1000.0)
}

/// A percentage with the marks of its kind.
#[must_use]
pub fn percent(figure: &Figure, digits: usize) -> Clean {
    text(figure.shown(digits))
}

/// What the marks of some figures mean: `~ carried  ± unstable`; empty where all of them are simply measured.
#[must_use]
pub fn legend<'a>(figures: impl Iterator<Item = &'a Figure>) -> String {
    let (mut kinds, mut unstable) = (BTreeSet::new(), false);
    for figure in figures {
        kinds.insert(figure.kind);
        unstable |= figure.unstable > 0;
    }
    let kinds = kinds.into_iter().filter(|kind| *kind != Kind::Measured);
    let words = kinds.map(|kind| format!("{} {}", kind.glyph(), kind.word()));
    words.chain(unstable.then(|| "± unstable".to_owned())).collect::<Vec<_>>().join("  ")
}

/// How good a share is, as a role.
#[must_use]
pub fn grade(ratio: Ratio) -> Role {
    match ratio.percent() {
        percent if percent < 50.0 => Role::Missed,
        percent if percent < 90.0 => Role::Middling,
        _ => Role::Covered,
    }
}

/// A name shortened in the middle to `width` columns, so that its end stays whole: `shop/…/views.py`.
#[must_use]
pub fn shorten(name: &Clean, width: u16) -> Clean {
    let width = usize::from(width);
    if name.width() <= width {
        return name.clone();
    }
    if width < 2 {
        return text(if width == 0 { "" } else { "…" });
    }
    let tail = name.rfind('/').and_then(|at| name.get(at..)).unwrap_or(name);
    let tail_width = tail.width();
    if tail_width + 1 >= width || tail.len() == name.len() {
        return text(format!("…{}", last_columns(name, width - 1)));
    }
    let head = first_columns(name, width - 1 - tail_width);
    text(format!("{head}…{tail}"))
}

/// Text cut off at its end to `width` columns.
#[must_use]
pub fn cut(words: &Clean, width: u16) -> Clean {
    if words.width() <= usize::from(width) {
        return words.clone();
    }
    text(format!("{}…", first_columns(words, usize::from(width).saturating_sub(1))))
}

/// A bar of `width` columns, in eighths: its full part; the rest is for the caller.
#[must_use]
pub fn bar(ratio: Ratio, width: u16) -> Clean {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    if ratio.whole == 0 {
        return Clean::default();
    }
    let eighths = u128::from(ratio.part) * u128::from(width) * 8 / u128::from(ratio.whole);
    let eighths = usize::try_from(eighths).unwrap_or(0).min(usize::from(width) * 8);
    let mut out = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        out.extend(EIGHTHS.get(eighths % 8));
    }
    text(out)
}

#[cfg(test)]
mod tests {
    use super::{bar, count, duration, number, shorten, text};
    use crate::base::Ratio;

    #[test]
    fn names_are_shortened_in_the_middle() {
        let check = |name: &str, width: u16, expect: &str| assert_eq!(&*shorten(&text(name), width), expect);
        check("shop/orders/views.py", 40, "shop/orders/views.py");
        check("shop/orders/views.py", 15, "shop/…/views.py");
        check("shop/orders/views.py", 9, "…views.py");
        check("shop/orders/views.py", 5, "…s.py");
        check("日本語/見る.py", 9, "…/見る.py");
        check("x", 0, "");
    }

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!((number(1_234_567).as_str(), number(12).as_str()), ("1 234 567", "12"));
        assert_eq!((count(1, "test").as_str(), count(1200, "test").as_str()), ("1 test", "1 200 tests"));
        assert_eq!(duration(0.034), "0.03s");
        assert_eq!(duration(59.96), "1m00s");
        assert_eq!(duration(127.0), "2m07s");
        assert_eq!(duration(f64::NAN), "0.00s");
    }

    #[test]
    fn bars_have_eighths() {
        assert_eq!(&*bar(Ratio::new(1, 2), 5), "██▌");
        assert_eq!(&*bar(Ratio::new(2, 2), 5), "█████");
        assert_eq!(&*bar(Ratio::new(0, 0), 5), "");
    }
}
