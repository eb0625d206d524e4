//! The only way onto the screen: own words and clean text, by role, within an area.

use crate::app::TextLine;
use crate::base::{Area, Clean, Paint};
use crate::ui::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What may be painted: lacuna's own words, clean text, signs. Anything else has to become [`Clean`] first.
pub trait Words {
    /// The text.
    fn words(&self) -> &str;
}

impl Words for &'static str {
    fn words(&self) -> &str {
        self
    }
}

impl Words for Clean {
    fn words(&self) -> &str {
        self
    }
}

impl Words for &Clean {
    fn words(&self) -> &str {
        self
    }
}

/// The cells of a frame, and the theme that they are painted with.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    /// A canvas on the cells of a frame.
    pub const fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    /// Empties an area and gives it the style of a role.
    pub fn clear(&mut self, area: Area, role: Role) {
        let style = self.theme.style(role);
        let area = rect(area).intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// One row of an area to write on, from the left; `row` is counted from the top of the area.
    pub fn row(&mut self, area: Area, row: u16) -> Row<'_, 'a> {
        let within = row < area.height;
        let (x, end) = (area.x, if within { area.right() } else { area.x });
        Row { canvas: self, x, end, y: area.y.saturating_add(row), skip: 0, over: Style::default() }
    }

    /// A frame around an area with a title in its upper edge.
    pub fn frame(&mut self, area: Area, focus: bool) {
        let role = if focus { Role::BorderFocus } else { Role::Border };
        let style = self.theme.style(role);
        let (right, bottom) = (area.right().saturating_sub(1), area.bottom().saturating_sub(1));
        let signs =
            if focus { ['┏', '┓', '┗', '┛', '━', '┃'] } else { ['┌', '┐', '└', '┘', '─', '│'] };
        let [top_left, top_right, bottom_left, bottom_right, flat, upright] = signs;
        let mut put = |x: u16, y: u16, sign: char| {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.set_char(sign).set_style(style);
            }
        };
        for x in area.x..area.right() {
            put(x, area.y, flat);
            put(x, bottom, flat);
        }
        for y in area.y..area.bottom() {
            put(area.x, y, upright);
            put(right, y, upright);
        }
        put(area.x, area.y, top_left);
        put(right, area.y, top_right);
        put(area.x, bottom, bottom_left);
        put(right, bottom, bottom_right);
    }

    /// A bar beside a list that does not fit: where its visible part lies.
    pub fn scroll_bar(&mut self, list: Area, top: usize, len: usize) {
        let height = usize::from(list.height);
        if len <= height || height == 0 {
            return;
        }
        let size = (height * height / len).max(1);
        let at = top * (height - size) / (len - height).max(1);
        let style = self.theme.style(Role::Border);
        for row in at..(at + size).min(height) {
            let y = list.y + u16::try_from(row).unwrap_or(0);
            if let Some(cell) = self.buffer.cell_mut((list.right(), y)) {
                cell.set_char('█').set_style(style);
            }
        }
    }
}

/// A row that is being written from left to right. What does not fit is cut off.
pub struct Row<'c, 'a> {
    canvas: &'c mut Canvas<'a>,
    x: u16,
    end: u16,
    y: u16,
    skip: usize,
    over: Style,
}

impl Row<'_, '_> {
    /// How many columns are left.
    #[must_use]
    pub const fn left(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Leaves out the next `columns` columns of what is written: scrolled to the side.
    #[must_use]
    pub fn skipping(mut self, columns: u16) -> Self {
        self.skip = usize::from(columns);
        self
    }

    /// Lays the ground and the attributes of a role under everything that is written from now on, and under the rest
    /// of the row.
    #[must_use]
    pub fn on(mut self, role: Role) -> Self {
        let style = self.canvas.theme.style(role);
        self.over = Style { fg: None, ..style };
        let area = Area::new(self.x, self.y, self.left(), 1);
        self.canvas.buffer.set_style(rect(area), self.over);
        self
    }

    /// Writes words with the style of a role.
    pub fn put(&mut self, words: impl Words, role: Role) -> &mut Self {
        let style = self.canvas.theme.style(role);
        self.write(words.words(), style);
        self
    }

    /// Writes captured output with the style that it asked for.
    pub fn put_painted(&mut self, text: &Clean, paint: Paint) -> &mut Self {
        let style = self.canvas.theme.painted(paint);
        self.write(text, style);
        self
    }

    /// Writes clean text with some of its characters (counted as grapheme clusters) in another role.
    pub fn put_marked(&mut self, text: &Clean, role: Role, marked: &[u32], mark: Role) -> &mut Self {
        let (plain, lit) = (self.canvas.theme.style(role), self.canvas.theme.style(mark));
        let mut marked = marked.iter().copied().peekable();
        for (at, cluster) in (0_u32..).zip(text.graphemes(true)) {
            let is_marked = marked.next_if_eq(&at).is_some();
            self.write(cluster, if is_marked { lit } else { plain });
        }
        self
    }

    /// Writes words at the right end of a field of `width` columns.
    pub fn put_right(&mut self, words: impl Words, width: u16, role: Role) -> &mut Self {
        let gap = usize::from(width).saturating_sub(words.words().width());
        self.gap(u16::try_from(gap).unwrap_or(0)).put(words, role)
    }

    /// Writes words at the left end of a field of `width` columns; what is longer is cut off.
    pub fn put_left(&mut self, words: impl Words, width: u16, role: Role) -> &mut Self {
        let (end, stop) = (self.end, self.x.saturating_add(width).min(self.end));
        self.end = stop;
        self.put(words, role);
        (self.x, self.end) = (stop, end);
        self
    }

    /// Leaves columns empty.
    pub fn gap(&mut self, columns: u16) -> &mut Self {
        let skipped = columns.min(u16::try_from(self.skip).unwrap_or(u16::MAX));
        self.skip -= usize::from(skipped);
        self.x = self.x.saturating_add(columns - skipped).min(self.end);
        self
    }

    /// Goes so far that `width` columns are left at the right end.
    pub fn jump_right(&mut self, width: u16) -> &mut Self {
        self.x = self.end.saturating_sub(width).max(self.x);
        self
    }

    /// Writes what is being typed, with its cursor.
    pub fn put_typed(&mut self, line: &TextLine) -> &mut Self {
        let (before, behind) = line.around_cursor();
        self.put(before, Role::Input).cursor();
        if behind.is_empty() {
            return self.gap(1);
        }
        // The cursor lies on the first character behind it.
        let at = self.x;
        self.put(behind, Role::Input);
        let end = std::mem::replace(&mut self.x, at);
        self.cursor().x = end;
        self
    }

    /// Puts a cursor where the next character would be written.
    pub fn cursor(&mut self) -> &mut Self {
        if self.x < self.end
            && let Some(cell) = self.canvas.buffer.cell_mut((self.x, self.y))
        {
            cell.set_style(Style::default().add_modifier(Modifier::REVERSED));
        }
        self
    }

    fn write(&mut self, text: &str, style: Style) {
        let text = if self.skip == 0 { text } else { self.cut(text) };
        if self.x >= self.end || text.is_empty() {
            return;
        }
        let ground = Style { fg: None, ..self.over };
        let style = style.patch(Style { bg: ground.bg.or(style.bg), ..ground });
        let room = usize::from(self.end - self.x);
        (self.x, _) = self.canvas.buffer.set_stringn(self.x, self.y, text, room, style);
    }

    /// The rest of `text` after the columns that are still to be left out.
    fn cut<'t>(&mut self, text: &'t str) -> &'t str {
        for (at, cluster) in text.grapheme_indices(true) {
            if self.skip == 0 {
                return text.get(at..).unwrap_or_default();
            }
            self.skip = self.skip.saturating_sub(cluster.width());
        }
        ""
    }
}

/// The area as the terminal library has it.
const fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}
