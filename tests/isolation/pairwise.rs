//! Rows of a matrix in which every two values of two axes meet at least once.

/// One choice for each axis, as the place of its value.
pub type Row = Vec<usize>;

/// Rows for axes with so many values each: every pair of values of two axes is in one of them. Built greedily, the same
/// every time.
pub fn rows(sizes: &[usize]) -> Vec<Row> {
    let mut open = pairs(sizes);
    let mut rows = Vec::new();
    while let Some(first) = open.first().copied() {
        let mut row: Vec<Option<usize>> = vec![None; sizes.len()];
        (row[first.0.0], row[first.1.0]) = (Some(first.0.1), Some(first.1.1));
        for axis in 0..sizes.len() {
            if row[axis].is_none() {
                let closes = |value: usize| open.iter().filter(|pair| is_closed_by(pair, &row, (axis, value))).count();
                // What is missing most is taken where nothing would be closed.
                let missing = |value: usize| {
                    open.iter().filter(|(one, other)| *one == (axis, value) || *other == (axis, value)).count()
                };
                row[axis] = (0..sizes[axis]).max_by_key(|value| (closes(*value), missing(*value)));
            }
        }
        let row: Row = row.into_iter().flatten().collect();
        open.retain(|((a, x), (b, y))| row[*a] != *x || row[*b] != *y);
        rows.push(row);
    }
    rows
}

type Pair = ((usize, usize), (usize, usize));

fn pairs(sizes: &[usize]) -> Vec<Pair> {
    let mut all = Vec::new();
    for (a, one) in sizes.iter().enumerate() {
        for (b, other) in sizes.iter().enumerate().skip(a + 1) {
            (0..*one).for_each(|x| (0..*other).for_each(|y| all.push(((a, x), (b, y)))));
        }
    }
    all
}

/// Whether a pair is met once `choice` is added to the row.
fn is_closed_by((one, other): &Pair, row: &[Option<usize>], choice: (usize, usize)) -> bool {
    let has = |(axis, value): &(usize, usize)| row[*axis] == Some(*value);
    (*one == choice && has(other)) || (*other == choice && has(one))
}

#[test]
fn every_two_values_meet() {
    let sizes = [6, 5, 5, 2, 3];
    let rows = rows(&sizes);
    for ((a, x), (b, y)) in pairs(&sizes) {
        assert!(rows.iter().any(|row| row[a] == x && row[b] == y), "{x} of axis {a} never meets {y} of axis {b}");
    }
    assert!(rows.len() < 60, "{} rows", rows.len());
}
