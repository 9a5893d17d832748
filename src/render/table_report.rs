//! A report that can be rendered in every format: a table, notes, and figures.

use askama::Template;
use serde::Serialize;

use super::clean::clean_text;
use super::columns::Align;
use super::drawing::Drawing;
use super::markdown_text::{MarkdownTable, sentence_markdown};
use super::paper::{self, PaperBlock, PaperCell};
use super::product_names::ProductNames;
use super::report::{Report, pretty_json};
use super::report_notes::{NotePlace, ReportNote, notes_text, sentences_text};
use super::report_table::{CleanColumn, CleanTable, ReportTable};
use super::words;
use crate::model::Timestamp;

/// The organization that a report is about, and the time at which it was read.
#[derive(Debug, Clone)]
pub struct ReportOrigin {
    pub organization: String,
    pub now: Timestamp,
    /// The names of the organization's products.
    pub products: ProductNames,
    /// The filters that select lines, in words; `None` where all lines are shown.
    pub filters: Option<String>,
}

/// A report as a table, with notes and figures.
pub struct TableReport<'a> {
    pub(super) title: String,
    /// What the report is about, beside the title.
    pub(super) organization: String,
    /// The time at which everything was read.
    pub(super) now: Timestamp,
    /// The sentence below the title that says what was read, and when.
    pub(super) source: String,
    /// Renders the report for a terminal, where that is more than the table with its notes.
    pub(super) terminal: Option<Box<dyn Fn(usize) -> String + 'a>>,
    /// The text where the table has no rows.
    pub(super) nothing: String,
    pub(super) table: ReportTable,
    pub(super) json: Box<dyn Fn() -> String + 'a>,
    /// The table for spreadsheets, where it is another one.
    pub(super) sheet: Option<ReportTable>,
    /// The names by which a terminal shows products.
    pub(super) products: ProductNames,
    /// The paragraph below each row on a terminal; an empty text adds nothing.
    pub(super) beneath: Vec<String>,
    /// What the report comes to, for a terminal only.
    pub(super) answer: Option<String>,
    pub(super) notes: Vec<ReportNote>,
    /// The last sentence below the table: which lines are left out.
    pub(super) filter_note: Option<String>,
    /// Further sentences for HTML and paper, which have nothing below a row.
    pub(super) page_notes: Vec<String>,
    /// Draws figures for HTML and paper; a terminal does not show them.
    pub(super) figures: Box<dyn Fn() -> Vec<Figure> + 'a>,
}

/// Details of one row for HTML and paper.
pub(super) struct Figure {
    pub(super) heading: String,
    pub(super) lead: String,
    pub(super) drawings: Vec<Drawing>,
    /// The machines with their users.
    pub(super) who: Vec<String>,
}

/// The approximate width of a letter (CSS pixels).
const LETTER: usize = 8;
/// The gap between columns, in letters.
const GAP: usize = 2;
/// The space beside the first and the last column (CSS pixels).
const MARGINS: usize = 20;
/// The height of a single-line row on a page (CSS pixels).
const ROW: usize = 34;
/// The number of rows that a browser lays out together, the same as in `table_report.html`.
const PIECE: usize = 50;
/// The most machines of one peak that are named on paper.
const MOST_ON_PAPER: usize = 200;

/// The values of the template `page/table_report.html`.
#[derive(Template)]
#[template(path = "page/table_report.html")]
struct ReportHtml<'a> {
    title: &'a str,
    organization: String,
    source: &'a str,
    nothing: &'a str,
    notes: &'a [String],
    columns: Vec<ReportHtmlColumn>,
    widths: String,
    least_width: usize,
    rows: Vec<Vec<String>>,
    piece_height: usize,
    figures: Vec<ReportHtmlFigure<'a>>,
}

/// The head of a column on the page.
struct ReportHtmlColumn {
    title: &'static str,
    is_number: bool,
}

/// A figure on the page.
struct ReportHtmlFigure<'a> {
    heading: &'a str,
    lead: &'a str,
    /// SVG made from numbers and escaped words, so the template does not escape it.
    drawings: Vec<String>,
    who: String,
    machines: String,
}

impl<'a> TableReport<'a> {
    /// Creates a report of a table, which JSON tells in a form of its own.
    pub(super) fn new<J: Serialize>(
        origin: impl Into<ReportOrigin>,
        title: impl Into<String>,
        nothing: impl Into<String>,
        table: ReportTable,
        json: impl Fn() -> J + 'a,
    ) -> Self {
        let ReportOrigin { organization, now, products, filters } = origin.into();
        let nothing = nothing.into();
        // A report without any line may name the filters already.
        let filters = filters.filter(|words| !(table.is_empty() && nothing.contains(words)));
        Self {
            title: title.into(),
            organization,
            now,
            source: format!("Read {}.", words::minute(now)),
            terminal: None,
            nothing,
            table,
            json: Box::new(move || pretty_json(&json())),
            sheet: None,
            products,
            beneath: Vec::new(),
            answer: None,
            notes: Vec::new(),
            filter_note: filters
                .map(|words| format!("Only lines of {words}; every figure is the same as without.")),
            page_notes: Vec::new(),
            figures: Box::new(Vec::new),
        }
    }

    fn whole_title(&self) -> String {
        format!("{}: {}", self.title, clean_text(&self.organization))
    }

    fn all_notes(&self) -> Vec<String> {
        let notes = self.notes.iter().map(|note| &note.text).chain(&self.page_notes);
        notes.chain(&self.filter_note).cloned().collect()
    }

    /// Returns the sentences of the answer, then those about what was read.
    fn opening_text(&self, width: usize) -> String {
        let lines = words::count(self.table.rows_len(), "line", "lines");
        let counted = match self.table.is_empty() {
            true => self.nothing.clone(),
            false => format!("{}, {}: {lines}.", self.title, clean_text(&self.organization)),
        };
        let answer = [&*counted].into_iter().chain(self.answer.as_deref());
        sentences_text(answer.chain(self.notes_at(NotePlace::Answer)), width)
            + &sentences_text([&*self.source].into_iter().chain(self.notes_at(NotePlace::Source)), width)
    }

    fn notes_at(&self, place: NotePlace) -> impl Iterator<Item = &str> {
        self.notes.iter().filter(move |note| note.place == place).map(|note| &*note.text)
    }
}

impl Report for TableReport<'_> {
    fn text(&self, width: usize) -> String {
        if let Some(terminal) = &self.terminal {
            return terminal(width);
        }
        let mut text = self.opening_text(width);
        if !self.table.is_empty() {
            text += &format!("\n{}", self.table.text(&self.products, &self.beneath, width));
        }
        text + &notes_text(self.notes_at(NotePlace::Below).chain(self.filter_note.as_deref()), width)
    }

    fn csv(&self) -> String {
        self.sheet.as_ref().unwrap_or(&self.table).csv()
    }

    fn json(&self) -> String {
        (self.json)()
    }

    fn markdown(&self) -> String {
        let mut out = format!(
            "### {}\n\n{}\n\n",
            sentence_markdown(&self.whole_title()),
            sentence_markdown(&self.source)
        );
        out += &if self.table.is_empty() {
            format!("{}\n", sentence_markdown(&self.nothing))
        } else {
            MarkdownTable { table: self.table.clean_table(), beneath: &self.beneath }.markdown()
        };
        let notes: String =
            self.notes.iter().map(|note| format!("- {}\n", sentence_markdown(&note.text))).collect();
        if notes.is_empty() { out } else { format!("{out}\n{notes}") }
    }

    fn html(&self) -> String {
        let CleanTable { columns, rows } = self.table.clean_table();
        let (drawn, notes) = ((self.figures)(), self.all_notes());
        let figures = drawn.iter().map(|figure| ReportHtmlFigure {
            heading: &figure.heading,
            lead: &figure.lead,
            drawings: figure.drawings.iter().map(Drawing::svg).collect(),
            machines: words::count(figure.who.len(), "machine", "machines"),
            who: figure.who.join("\n"),
        });
        let widths = columns.iter().map(|column| column.width + GAP);
        let page = ReportHtml {
            title: &self.title,
            organization: clean_text(&self.organization).into_owned(),
            source: &self.source,
            nothing: &self.nothing,
            notes: &notes,
            widths: widths.clone().map(|width| format!("{width}fr")).collect::<Vec<_>>().join(" "),
            least_width: widths.map(|width| width * LETTER).sum::<usize>() + MARGINS,
            columns: columns.into_iter().map(html_column).collect(),
            piece_height: rows.len().min(PIECE) * ROW,
            rows,
            figures: figures.collect(),
        };
        // Only a template can fail, and this one never does.
        page.render().unwrap_or_default()
    }

    fn pdf(&self) -> Vec<u8> {
        let (title, read) = (self.whole_title(), words::minute(self.now));
        let mut blocks = vec![PaperBlock::Title(title.clone()), PaperBlock::Text(self.source.clone())];
        blocks.push(if self.table.is_empty() {
            PaperBlock::Text(self.nothing.clone())
        } else {
            PaperBlock::Table(paper_table(&self.table))
        });
        blocks.extend(self.all_notes().into_iter().map(PaperBlock::Text));
        for Figure { heading, lead, drawings, who } in (self.figures)() {
            blocks.push(PaperBlock::Figure { heading, text: lead, drawings });
            blocks.extend(names_on_paper(&who).map(PaperBlock::Text));
        }
        paper::pdf_bytes(&title, &format!("{title}, {read}"), &blocks)
    }
}

fn html_column(column: CleanColumn) -> ReportHtmlColumn {
    ReportHtmlColumn { title: column.page_title(), is_number: column.align == Align::Right }
}

fn names_on_paper(who: &[String]) -> Option<String> {
    let more = who.len().saturating_sub(MOST_ON_PAPER);
    let more = (more > 0).then(|| format!("and {} more", words::number(more)));
    let named = who.iter().take(MOST_ON_PAPER).cloned().chain(more).collect::<Vec<_>>().join(", ");
    (!named.is_empty()).then(|| format!("Who was there: {named}"))
}

fn paper_table(table: &ReportTable) -> paper::PaperTable {
    let CleanTable { columns, rows } = table.clean_table();
    let columns = columns.into_iter().map(|CleanColumn { title, align, .. }| paper::PaperColumn {
        title,
        width: paper::ColumnWidth::Fitted,
        align,
    });
    let rows = rows.into_iter().map(|row| row.into_iter().map(PaperCell::plain_text).collect());
    paper::PaperTable { columns: columns.collect(), rows: rows.collect() }
}
