//! The columns of the map: which there is room for.

use crate::app::Ranking;
use crate::domain::triage::Order;
use crate::ui::Role;
use crate::ui::canvas::Row;
use crate::ui::words::{number, text};

/// The narrowest column of paths that others are left out for.
const FILE: u16 = 20;
/// The widest column of paths that the bar is left out for.
const WIDEST: u16 = 48;

/// How many columns a number takes.
fn count_width(count: u64) -> usize {
    number(count).len()
}

/// Widths; 0 for a column that is left out. One column of space stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Columns {
    /// The rank.
    pub rank: u16,
    /// The layer.
    pub layer: u16,
    /// The path.
    pub file: u16,
    /// Statements.
    pub statements: u16,
    /// Missed statements.
    pub missed: u16,
    /// Plain coverage.
    pub cover: u16,
    /// Plain coverage as a bar.
    pub bar: u16,
    /// Earned coverage.
    pub earned: u16,
    /// Before and after.
    pub change: u16,
}

impl Columns {
    /// The columns for a list of that width: wide enough for the numbers of this ranking.
    #[must_use]
    pub fn of(width: u16, ranking: &Ranking) -> Self {
        let has_earned = ranking.rows.iter().take(64).any(|row| row.earned.is_some());
        let digits = |number: u64| u16::try_from(count_width(number)).unwrap_or(9);
        let mut columns = Self {
            rank: digits(ranking.rows.len() as u64).max(3),
            layer: 11,
            file: 0,
            statements: digits(ranking.largest).max(5),
            missed: digits(ranking.largest).max(4),
            cover: if ranking.unstable { 6 } else { 5 },
            bar: 10,
            earned: if has_earned { 6 } else { 0 },
            change: if ranking.moved { if ranking.unstable { 10 } else { 9 } } else { 0 },
        };
        let wanted = u16::try_from(ranking.longest + 2).unwrap_or(WIDEST).clamp(FILE, WIDEST);
        let spare = |columns: &Self| width.saturating_sub(columns.fixed());
        for bar in [5, 0] {
            if spare(&columns) < wanted {
                columns.bar = bar;
            }
        }
        let leave_out: [fn(&mut Self); 5] = [
            |columns| columns.layer = columns.layer.min(6),
            |columns| columns.statements = 0,
            |columns| columns.earned = if columns.change > 0 { 0 } else { columns.earned },
            |columns| columns.layer = 0,
            |columns| columns.rank = 0,
        ];
        let mut left_out = leave_out.iter();
        while spare(&columns) < FILE {
            match left_out.next() {
                Some(leave_out) => leave_out(&mut columns),
                None => break,
            }
        }
        columns.file = spare(&columns);
        columns
    }

    /// The width of everything but the path.
    fn fixed(&self) -> u16 {
        let spaced =
            [self.statements, self.missed, self.cover, self.bar, self.earned, self.change, self.rank, self.layer];
        1 + spaced.iter().filter(|width| **width > 0).map(|width| width + 1).sum::<u16>()
    }

    /// Writes the titles; the one that the rows are sorted by stands out.
    pub fn head(&self, row: &mut Row<'_, '_>, order: Order) {
        let role = |by: Order| if by == order { Role::Strong } else { Role::Muted };
        row.gap(1);
        if self.rank > 0 {
            row.put_right("#", self.rank, role(Order::Triage)).gap(1);
        }
        if self.layer > 0 {
            row.put_left("layer", self.layer, role(Order::Layer)).gap(1);
        }
        row.put_left("file", self.file, role(Order::Path));
        for (width, title, by) in [
            (self.statements, "stmts", None),
            (self.missed, "miss", Some(Order::Missed)),
            (self.cover, "cover", Some(Order::Coverage)),
            (self.bar, "", None),
            (self.earned, "earned", None),
            (self.change, "change", Some(Order::Change)),
        ] {
            if width > 0 {
                row.gap(1).put_right(title, width, by.map_or(Role::Muted, role));
            }
        }
    }

    /// Writes statements and missed statements.
    pub fn numbers(&self, row: &mut Row<'_, '_>, statements: u64, missed: u64) {
        if self.statements > 0 {
            row.gap(1).put_right(text(number(statements)), self.statements, Role::Muted);
        }
        row.gap(1).put_right(text(number(missed)), self.missed, if missed == 0 { Role::Muted } else { Role::Text });
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;
    use crate::app::Ranking;
    use crate::app::sample::ranking;
    use crate::domain::triage::Order;

    #[test]
    fn the_path_always_has_room() {
        for width in 38..250 {
            for ranking in [Ranking::default(), ranking(Order::Triage, false), ranking(Order::Triage, true)] {
                let columns = Columns::of(width, &ranking);
                assert!(columns.file >= 12, "{width}: {columns:?}");
                assert_eq!(columns.fixed() + columns.file, width);
            }
        }
    }
}
