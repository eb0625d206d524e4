//! Key figures over time, as text, Markdown and JSON.

use crate::domain::programme::Trend;
use crate::domain::report::{Align, Grid};
use serde_json::{Value, json};

/// The trends as a table.
#[must_use]
pub fn trend_grid(trends: &[Trend]) -> Grid {
    let columns = [("Goes", Align::Left), ("Over time", Align::Left), ("What", Align::Left), ("Now", Align::Right)];
    let mut grid = Grid::new(&columns);
    for trend in trends {
        grid.row([trend.word(), &trend.sparkline(), &trend.about, &trend.last]);
    }
    grid
}

/// The trends for programs.
#[must_use]
pub fn trend_values(trends: &[Trend]) -> Value {
    let one = |trend: &Trend| {
        json!({
            "about": trend.about,
            "goes": trend.word(),
            "worse_by": trend.worse(),
            "values": trend.values,
            "last": trend.last,
        })
    };
    trends.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{trend_grid, trend_values};
    use crate::domain::programme::{Better, Trend};

    #[test]
    fn a_trend_is_a_line_of_bars_with_its_last_value() {
        let values = [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0].to_vec();
        let trends = [Trend { about: "P95".to_owned(), better: Better::Less, values, last: "2.0 s".to_owned() }];
        let text = trend_grid(&trends).text();
        let row: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(row, ["worse", "▁▁▁▁████", "P95", "2.0", "s"]);
        let value = trend_values(&trends);
        assert_eq!((&value[0]["worse_by"], &value[0]["goes"]), (&1.0.into(), &"worse".into()));
    }
}
