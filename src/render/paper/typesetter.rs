//! Sets blocks into pages of positioned pieces.
//!
//! The layout is ours because `krilla` draws pages and breaks none, and a program that does, Typst, comes
//! as 380 crates and a language of its own. All that reports need is here: lines broken at spaces, rows
//! kept whole, heads of tables repeated, headings kept with what follows.
//!
//! Lengths are in points, 1/72 inch, measured from the top left corner.

use super::fonts::FontPair;
use super::{ColumnWidth, PaperBlock, PaperCell, PaperColumn, PaperTable, TextFace};
use crate::render::columns::Align;
use crate::render::drawing::{Drawing, DrawingBox, DrawingMark, Ink, LETTER_SIZE, TextAnchor, Tone};

/// The size of A4.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;
/// The margins at the left and at the right.
pub(super) const MARGIN: f32 = 42.0;
/// The margins above and below; the lower one holds the foot.
const TOP: f32 = 42.0;
const BOTTOM: f32 = 56.0;
/// The letter size of text and tables, and the distance from one line to the next.
const SIZE: f32 = 8.0;
const LEADING: f32 = 11.0;
/// The space around a row, and between two columns.
const PADDING: f32 = 3.0;
const GAP: f32 = 8.0;

/// A page whose pieces have their positions.
pub(super) type PaperPage = Vec<PagePiece>;

/// A piece of a page at its position.
pub(super) enum PagePiece {
    /// Text, positioned by its base line.
    Text { x: f32, y: f32, size: f32, face: TextFace, text: String },
    /// A line across the page.
    Rule { y: f32 },
    /// Grey behind the head of a table.
    Shade { y: f32, height: f32 },
    /// A box of a drawing.
    Box { area: DrawingBox, tone: Tone },
    /// Text of a drawing, positioned by its base line.
    Label { x: f32, y: f32, size: f32, ink: Ink, text: String },
}

/// Sets all blocks into pages.
pub(super) fn set_pages(letters: &FontPair, blocks: &[PaperBlock]) -> Vec<PaperPage> {
    let mut setter = Typesetter { letters, pages: vec![PaperPage::new()], y: TOP };
    blocks.iter().for_each(|block| setter.set_block(block));
    setter.pages
}

/// Places blocks on pages, from top to bottom.
struct Typesetter<'l> {
    letters: &'l FontPair,
    pages: Vec<PaperPage>,
    /// The position below the last piece, where the next one begins.
    y: f32,
}

/// A row whose cells are broken into lines.
struct BrokenRow<'t>(Vec<Vec<(TextFace, &'t str)>>);

impl BrokenRow<'_> {
    fn lines(&self) -> usize {
        self.0.iter().map(Vec::len).max().unwrap_or(0)
    }
}

impl Typesetter<'_> {
    fn set_block(&mut self, block: &PaperBlock) {
        match block {
            PaperBlock::Title(text) => self.set_paragraph(text, 17.0, TextFace::Bold, 4.0),
            PaperBlock::Heading(text) => self.set_heading(text, 0.0),
            PaperBlock::Text(text) => self.set_paragraph(text, SIZE, TextFace::Plain, 6.0),
            PaperBlock::Table(table) => self.set_table(table),
            PaperBlock::Figure { heading, text, drawings } => {
                self.set_heading(
                    heading,
                    drawings.iter().map(|drawing| drawing.height * scale(drawing)).sum(),
                );
                self.set_paragraph(text, SIZE, TextFace::Plain, 4.0);
                drawings.iter().for_each(|drawing| self.set_drawing(drawing));
            }
        }
    }

    /// Sets a heading.
    ///
    /// A heading alone at the end of a page is useless: the heading moves to the next page together with what
    /// follows, which needs `more` height.
    fn set_heading(&mut self, text: &str, more: f32) {
        self.make_room(60.0 + more);
        self.y += 12.0;
        self.set_paragraph(text, 11.0, TextFace::Bold, 4.0);
    }

    fn set_drawing(&mut self, drawing: &Drawing) {
        let scale = scale(drawing);
        self.make_room(drawing.height * scale);
        let top = self.y;
        for mark in &drawing.marks {
            let piece = match mark {
                DrawingMark::Box(DrawingBox { x, y, width, height }, tone, _) => {
                    let area = DrawingBox {
                        x: MARGIN + x * scale,
                        y: top + y * scale,
                        width: width * scale,
                        height: height * scale,
                    };
                    PagePiece::Box { area, tone: *tone }
                }
                DrawingMark::Text(spot, ink, text) => {
                    let size = LETTER_SIZE * scale;
                    let width = self.letters.font_of(TextFace::Plain).width(text) * size;
                    let before = match spot.from {
                        TextAnchor::Start => 0.0,
                        TextAnchor::Middle => width / 2.0,
                        TextAnchor::End => width,
                    };
                    PagePiece::Label {
                        x: MARGIN + spot.x * scale - before,
                        y: top + spot.y * scale,
                        size,
                        ink: *ink,
                        text: text.clone(),
                    }
                }
            };
            self.last_page().push(piece);
        }
        self.y += drawing.height * scale;
    }

    fn last_page(&mut self) -> &mut PaperPage {
        self.pages.last_mut().expect("there is always a page")
    }

    fn turn_page(&mut self) {
        self.pages.push(PaperPage::new());
        self.y = TOP;
    }

    /// Turns the page if less than `height` is left, and returns whether the page was turned.
    fn make_room(&mut self, height: f32) -> bool {
        let turns = self.y + height > HEIGHT - BOTTOM && self.y > TOP;
        if turns {
            self.turn_page();
        }
        turns
    }

    fn set_paragraph(&mut self, text: &str, size: f32, face: TextFace, after: f32) {
        let leading = size * LEADING / SIZE;
        for line in break_lines(self.letters, face, size, text, WIDTH - 2.0 * MARGIN) {
            self.make_room(leading);
            self.set_text(MARGIN, size, face, line, leading);
            self.y += leading;
        }
        self.y += after;
    }

    /// Writes a line below the current position, in a space `leading` high.
    fn set_text(&mut self, x: f32, size: f32, face: TextFace, text: &str, leading: f32) {
        // The base line is 0.8 of the letter size below the top of the letters.
        let y = self.y + (leading - size) / 2.0 + size * 0.8;
        self.last_page().push(PagePiece::Text { x, y, size, face, text: text.to_owned() });
    }

    fn set_table(&mut self, table: &PaperTable) {
        let columns = column_places(self.letters, table);
        self.make_room(4.0 * LEADING);
        self.set_head(table, &columns);
        for row in &table.rows {
            let broken = self.break_row(row, &columns);
            self.set_row(table, &columns, &broken);
        }
        self.y += 8.0;
    }

    fn set_head(&mut self, table: &PaperTable, columns: &[(f32, f32)]) {
        let (y, height) = (self.y, LEADING + 2.0 * PADDING);
        self.last_page().push(PagePiece::Shade { y, height });
        self.y += PADDING;
        for (column, place) in table.columns.iter().zip(columns) {
            self.set_cell_line(*place, column.align, TextFace::Bold, column.title);
        }
        self.y += LEADING + PADDING;
    }

    /// Sets a line of a cell, in a column that begins at `x`.
    fn set_cell_line(&mut self, (x, width): (f32, f32), align: Align, face: TextFace, text: &str) {
        let before = match align {
            Align::Left => 0.0,
            Align::Right => (width - self.letters.font_of(face).width(text) * SIZE).max(0.0),
        };
        self.set_text(x + before, SIZE, face, text, LEADING);
    }

    fn break_row<'t>(&self, row: &'t [PaperCell], columns: &[(f32, f32)]) -> BrokenRow<'t> {
        let cells = row.iter().zip(columns).map(|(PaperCell(lines), (_, width))| {
            let lines = lines.iter().flat_map(|line| {
                break_lines(self.letters, line.face, SIZE, &line.text, *width)
                    .into_iter()
                    .map(|text| (line.face, text))
            });
            lines.collect()
        });
        BrokenRow(cells.collect())
    }

    /// Sets a row on one page, unless the row is longer than a page.
    #[expect(clippy::cast_precision_loss, reason = "so many lines that it matters go on no page")]
    fn set_row(&mut self, table: &PaperTable, columns: &[(f32, f32)], row: &BrokenRow<'_>) {
        let height = row.lines() as f32 * LEADING + 2.0 * PADDING;
        let whole = HEIGHT - BOTTOM - TOP - 2.0 * LEADING - 2.0 * PADDING;
        if self.make_room(height.min(whole)) {
            self.set_head(table, columns);
        }
        self.y += PADDING;
        for line in 0..row.lines() {
            if self.make_room(LEADING) {
                self.set_head(table, columns);
                self.y += PADDING;
            }
            for ((cell, column), place) in row.0.iter().zip(&table.columns).zip(columns) {
                if let Some((face, text)) = cell.get(line) {
                    self.set_cell_line(*place, column.align, *face, text);
                }
            }
            self.y += LEADING;
        }
        self.y += PADDING;
        let y = self.y;
        self.last_page().push(PagePiece::Rule { y });
    }
}

/// Returns the factor that makes a drawing as wide as the text of the page.
fn scale(drawing: &Drawing) -> f32 {
    (WIDTH - 2.0 * MARGIN) / drawing.width
}

/// The largest part of the page's width that columns of numbers may take together.
const MOST_NUMBERS: f32 = 0.75;

/// Returns where each column begins, and its width.
fn column_places(letters: &FontPair, table: &PaperTable) -> Vec<(f32, f32)> {
    let whole = WIDTH - 2.0 * MARGIN;
    let widths: Vec<(f32, bool)> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| wanted_width(letters, table, at, column))
        .collect();
    let all: f32 = widths.iter().map(|(width, _)| width).sum();
    let numbers: f32 = widths.iter().filter(|(_, is_number)| *is_number).map(|(width, _)| width).sum();
    let is_narrow = all > whole && numbers < whole * MOST_NUMBERS;
    let mut x = MARGIN;
    let placed = widths.into_iter().map(|(width, is_number)| {
        let width = match (is_narrow, is_number) {
            (true, true) => width,
            (true, false) => width * (whole - numbers) / (all - numbers),
            (false, _) => width * whole / all,
        };
        let column = (x + GAP / 2.0, width - GAP);
        x += width;
        column
    });
    placed.collect()
}

/// Returns the desired width of a column, and whether the column has numbers that must stay whole.
fn wanted_width(letters: &FontPair, table: &PaperTable, at: usize, column: &PaperColumn) -> (f32, bool) {
    match column.width {
        ColumnWidth::Share(share) => (share, false),
        ColumnWidth::Fitted => {
            let lines = table.rows.iter().flat_map(|row| &row[at].0);
            let cells = lines.map(|line| letters.font_of(line.face).width(&line.text));
            let widest = cells.fold(letters.font_of(TextFace::Bold).width(column.title), f32::max);
            // Slightly wider than the widest cell, as sums of widths are not exact.
            (widest * SIZE + GAP + 0.1, column.align == Align::Right)
        }
    }
}

/// Breaks a text into lines no wider than `width`.
///
/// Lines break between words. A word too long for a line breaks within, preferably after `@` and similar
/// signs.
fn break_lines<'t>(letters: &FontPair, face: TextFace, size: f32, text: &'t str, width: f32) -> Vec<&'t str> {
    let letter = letters.font_of(face);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        // The start of the line, the last places to break between words and within a word, and the width so
        // far.
        let (mut start, mut space, mut joint, mut reached) = (0, 0, 0, 0.0);
        for (at, character) in line.char_indices() {
            let advance = letter.glyph(character).1 * size;
            if reached + advance > width && at > start {
                let end = [space, joint, at].into_iter().find(|end| *end > start).unwrap_or(at);
                lines.push(line[start..end].trim_end());
                start = end;
                reached = letter.width(&line[start..at]) * size;
            }
            reached += advance;
            if character.is_whitespace() {
                space = at + character.len_utf8();
            } else if matches!(character, '@' | '/' | ',' | '-') {
                joint = at + character.len_utf8();
            }
        }
        lines.push(line[start..].trim_end());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_within_long_ones() {
        let letters = FontPair::new();
        let set = |text, width| break_lines(&letters, TextFace::Plain, 10.0, text, width);
        assert_eq!(set("one two three", 50.0), ["one two", "three"]);
        assert_eq!(set("ana.silva@acme.example", 80.0), ["ana.silva@", "acme.example"]);
        assert!(
            set("aaaaaaaaaaaaaaaaaaaaaaaa", 40.0).iter().all(|line| letters
                .font_of(TextFace::Plain)
                .width(line)
                * 10.0
                <= 40.0)
        );
        assert_eq!(
            set("aaaaaaaaaaaaaaaaaaaaaaaa", 40.0).concat(),
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "nothing is lost"
        );
        assert_eq!(set("first\n\nthird", 100.0), ["first", "", "third"]);
    }

    #[test]
    fn head_stands_on_every_page_and_nothing_leaves_the_page() {
        let letters = FontPair::new();
        let row = |at: usize| {
            vec![
                PaperCell::plain_text(format!("row {at}")),
                PaperCell::plain_text("text ".repeat(40 + at % 50)),
            ]
        };
        let long = vec![PaperCell::plain_text("the longest"), PaperCell::plain_text("text ".repeat(3_000))];
        let rows = (0..200).map(row).chain([long]).collect();
        let table = PaperBlock::table([("What", 1.0), ("Text", 3.0)], rows);
        let pages = set_pages(&letters, &[PaperBlock::Title("All".to_owned()), table]);
        assert!(pages.len() > 10, "{}", pages.len());
        for page in &pages {
            let texts = || {
                page.iter().filter_map(|piece| {
                    if let PagePiece::Text { x, y, size, face, text } = piece {
                        Some((*x, *y, *size, *face, text))
                    } else {
                        None
                    }
                })
            };
            assert!(texts().any(|(.., text)| text == "What"), "the head is there");
            for (x, y, size, face, text) in texts() {
                let end = x + letters.font_of(face).width(text) * size;
                assert!(
                    x >= MARGIN && end <= WIDTH - MARGIN + 0.1 && y > TOP && y < HEIGHT - BOTTOM + 0.1,
                    "{x} {y} {end} {text}"
                );
            }
        }
    }

    #[test]
    fn numbers_stay_whole_where_the_page_is_too_narrow_for_all() {
        let letters = FontPair::new();
        let column = |title, align| PaperColumn { title, width: ColumnWidth::Fitted, align };
        let set = |name: &str| {
            let row = [name, "1234567.00 EUR", "Lisbon"].map(PaperCell::plain_text).into();
            let columns = vec![
                column("name", Align::Left),
                column("charge", Align::Right),
                column("where", Align::Left),
            ];
            let pages = set_pages(&letters, &[PaperBlock::Table(PaperTable { columns, rows: vec![row] })]);
            let texts = pages
                .into_iter()
                .flatten()
                .filter_map(|piece| if let PagePiece::Text { text, .. } = piece { Some(text) } else { None });
            texts.collect::<Vec<String>>()
        };
        assert_eq!(set("office"), ["name", "charge", "where", "office", "1234567.00 EUR", "Lisbon"]);
        let broken = set(&"the longest name of all ".repeat(10));
        assert!(broken.len() > 6 && broken.iter().any(|text| text == "1234567.00 EUR"), "{broken:?}");
    }
}
