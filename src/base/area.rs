//! Sizes and rectangles in terminal cells, without a terminal library.

/// The size of a terminal or of a part of it, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// A size of `width` columns and `height` rows.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }
}

/// A rectangle of cells. Its right and bottom edges are outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Area {
    /// Leftmost column.
    pub x: u16,
    /// Topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// A rectangle by its top left corner and its size.
    #[must_use]
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The whole of a screen.
    #[must_use]
    pub const fn of(size: Size) -> Self {
        Self::new(0, 0, size.width, size.height)
    }

    /// Whether the cell at column `x` and row `y` lies inside.
    #[must_use]
    pub const fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }

    /// The first column to the right of the rectangle.
    #[must_use]
    pub const fn right(self) -> u16 {
        self.x.saturating_add(self.width)
    }

    /// The first row below the rectangle.
    #[must_use]
    pub const fn bottom(self) -> u16 {
        self.y.saturating_add(self.height)
    }

    /// Whether it holds no cell at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The rectangle without a border of `by` cells on each side.
    #[must_use]
    pub const fn inset(self, by: u16) -> Self {
        Self {
            x: self.x.saturating_add(by),
            y: self.y.saturating_add(by),
            width: self.width.saturating_sub(by.saturating_mul(2)),
            height: self.height.saturating_sub(by.saturating_mul(2)),
        }
    }

    /// The upper `rows` rows and the rest.
    #[must_use]
    pub fn split_top(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.height);
        (Self { height: rows, ..self }, Self { y: self.y + rows, height: self.height - rows, ..self })
    }

    /// All but the lowest `rows` rows, and those.
    #[must_use]
    pub fn split_bottom(self, rows: u16) -> (Self, Self) {
        self.split_top(self.height - rows.min(self.height))
    }

    /// The left `columns` columns and the rest.
    #[must_use]
    pub fn split_left(self, columns: u16) -> (Self, Self) {
        let columns = columns.min(self.width);
        (Self { width: columns, ..self }, Self { x: self.x + columns, width: self.width - columns, ..self })
    }

    /// A rectangle of at most `size` in the middle of this one.
    #[must_use]
    pub fn centred(self, size: Size) -> Self {
        let width = size.width.min(self.width);
        let height = size.height.min(self.height);
        Self { x: self.x + (self.width - width) / 2, y: self.y + (self.height - height) / 2, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Size};

    #[test]
    fn parts_of_an_area_tile_it() {
        let whole = Area::new(2, 3, 10, 7);
        let (top, rest) = whole.split_top(2);
        assert_eq!((top, rest), (Area::new(2, 3, 10, 2), Area::new(2, 5, 10, 5)));
        let (rest, bottom) = whole.split_bottom(2);
        assert_eq!((rest, bottom), (Area::new(2, 3, 10, 5), Area::new(2, 8, 10, 2)));
        let (left, right) = whole.split_left(99);
        assert_eq!((left, right.is_empty()), (whole, true));
    }

    #[test]
    fn a_centred_area_never_leaves_its_parent() {
        let parent = Area::new(0, 0, 20, 5);
        assert_eq!(parent.centred(Size::new(80, 3)), Area::new(0, 1, 20, 3));
    }
}
