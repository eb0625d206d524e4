//! Key figures over time, as text, Markdown and JSON.

use crate::domain::programme::{Forecast, Trend};
use crate::domain::report::{Align, Grid};
use serde_json::{Value, json};

/// The trends as a table.
#[must_use]
pub fn trend_grid(trends: &[Trend]) -> Grid {
    let is_foretold = trends.iter().any(|trend| trend.forecast.is_some());
    let mut columns =
        vec![("Goes", Align::Left), ("Over time", Align::Left), ("What", Align::Left), ("Now", Align::Right)];
    columns.extend(is_foretold.then_some(("Forecast", Align::Left)));
    let mut grid = Grid::new(&columns);
    for trend in trends {
        let mut row = vec![trend.word().to_owned(), trend.sparkline(), trend.about.clone(), trend.last.clone()];
        let words = trend.forecast.as_ref().map(|forecast| forecast.words.clone());
        row.extend(is_foretold.then(|| words.unwrap_or_default()));
        grid.row(row);
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
            "values": trend.values(),
            "times": trend.points.iter().map(|(at, _)| at.rfc3339()).collect::<Vec<_>>(),
            "last": trend.last,
            "target": trend.target,
            "forecast": trend.forecast.as_ref().map(forecast_value),
        })
    };
    trends.iter().map(one).collect()
}

fn forecast_value(forecast: &Forecast) -> Value {
    let (day, ahead) = &forecast.ahead;
    json!({
        "words": forecast.words,
        "per_week": forecast.per_week,
        "meets_target": forecast.meets.map(|(first, last)| json!({
            "from": first.to_string(), "to": last.map(|last| last.to_string()),
        })),
        "ahead": { "day": day.to_string(), "value": ahead },
    })
}

#[cfg(test)]
mod tests {
    use super::{trend_grid, trend_values};
    use crate::base::{Day, Stamp};
    use crate::domain::programme::{Better, Trend, Unit};

    const DAY: i64 = 24 * 3600 * 1000;

    fn trend(about: &str, values: impl IntoIterator<Item = f64>) -> Trend {
        let begin = Day::new(2026, 11, 1).unwrap().begins().0;
        let points: Vec<(Stamp, f64)> =
            (0..).zip(values).map(|(day, value)| (Stamp(begin + day * DAY), value)).collect();
        let last = points.last().unwrap().0;
        Trend::new(about, (Better::Less, Unit::Seconds), points, None).wanting(Some(40.0)).foretold(last)
    }

    #[test]
    fn a_trend_is_a_line_of_bars_with_its_last_value() {
        let trends = [trend("P95", [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0])];
        let text = trend_grid(&trends).text();
        let row: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(row, ["worse", "▁▁▁▁████", "P95", "2.0", "s"]);
        assert!(!text.contains("Forecast"), "{text}");
        let value = trend_values(&trends);
        assert_eq!((&value[0]["worse_by"], &value[0]["goes"]), (&1.0.into(), &"worse".into()));
        assert_eq!((&value[0]["times"][0], &value[0]["forecast"]), (&"2026-11-01T00:00:00Z".into(), &().into()));
    }

    #[test]
    fn a_forecast_stands_beside_its_trend() {
        let trends = [trend("time", (10..30).map(f64::from)), trend("P95", [1.0])];
        let text = trend_grid(&trends).text();
        assert!(text.contains("passes 40.0 s on 1 December"), "{text}");
        let value = trend_values(&trends);
        assert_eq!(value[0]["forecast"]["meets_target"]["from"], "2026-12-01");
        assert_eq!((&value[0]["target"], &value[1]["forecast"]), (&40.0.into(), &().into()));
    }
}
