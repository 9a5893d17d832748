//! A report that can be rendered in every format: a table, notes, and figures.

use askama::Template;

use super::{UsageReportScope, notes_text};
use crate::render::clean::clean_text;
use crate::render::drawing::Drawing;
use crate::render::paper::{self, PaperBlock, PaperCell};
use crate::render::report_table::{Align, CleanTable, ReportTable};
use crate::render::words;

/// A report as a table, with notes and figures.
pub(super) struct TabularReport {
    pub(super) title: &'static str,
    /// The text where the table has no rows.
    pub(super) nothing: String,
    pub(super) table: ReportTable,
    /// The line below each row on a terminal; an empty text adds no line.
    pub(super) beneath: Vec<String>,
    /// Sentences below the table.
    pub(super) notes: Vec<String>,
    /// Figures for HTML and paper; a terminal does not show them.
    pub(super) figures: Vec<Figure>,
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
/// The number of rows that a browser lays out together, the same as in `page.html`.
const PIECE: usize = 50;
/// The most machines of one peak that are named on paper.
const MOST_ON_PAPER: usize = 200;

/// The values of the template `usage/page.html`.
#[derive(Template)]
#[template(path = "usage/page.html")]
struct ReportHtml<'a> {
    title: &'a str,
    organization: String,
    read: String,
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

impl TabularReport {
    /// Renders the report for a terminal.
    pub(super) fn text(&self) -> String {
        let table = if self.table.is_empty() {
            self.nothing.clone() + "\n"
        } else {
            self.table.text(|at| {
                self.beneath.get(at).filter(|line| !line.is_empty()).into_iter().cloned().collect()
            })
        };
        table + &notes_text(&self.notes)
    }

    /// Renders the report as one HTML page, which needs no network.
    pub(super) fn html(&self, scope: &UsageReportScope) -> String {
        let shown = self.table.clean_table();
        let figures = self.figures.iter().map(|figure| ReportHtmlFigure {
            heading: &figure.heading,
            lead: &figure.lead,
            drawings: figure.drawings.iter().map(Drawing::svg).collect(),
            machines: words::count(figure.who.len(), "machine", "machines"),
            who: figure.who.join("\n"),
        });
        let page = ReportHtml {
            title: self.title,
            organization: clean_text(&scope.organization).into_owned(),
            read: words::minute(scope.now),
            nothing: &self.nothing,
            notes: &self.notes,
            widths: shown
                .columns
                .iter()
                .map(|column| format!("{}fr", column.width + GAP))
                .collect::<Vec<_>>()
                .join(" "),
            least_width: shown.columns.iter().map(|column| (column.width + GAP) * LETTER).sum::<usize>()
                + MARGINS,
            columns: shown
                .columns
                .iter()
                .map(|column| ReportHtmlColumn {
                    title: if column.title.is_empty() { "note" } else { column.title },
                    is_number: column.align == Align::Right,
                })
                .collect(),
            piece_height: shown.rows.len().min(PIECE) * ROW,
            rows: shown.rows,
            figures: figures.collect(),
        };
        // Only a template can fail, and this one never does.
        page.render().unwrap_or_default()
    }

    /// Renders the report for paper.
    pub(super) fn pdf(self, scope: &UsageReportScope) -> Vec<u8> {
        let title = format!("{}: {}", self.title, clean_text(&scope.organization));
        let read = format!("Read {}.", words::minute(scope.now));
        let mut blocks = vec![PaperBlock::Title(title.clone()), PaperBlock::Text(read.clone())];
        blocks.push(if self.table.is_empty() {
            PaperBlock::Text(self.nothing)
        } else {
            PaperBlock::Table(paper_table(&self.table))
        });
        blocks.extend(self.notes.into_iter().map(PaperBlock::Text));
        for Figure { heading, lead, drawings, who } in self.figures {
            blocks.push(PaperBlock::Figure { heading, text: lead, drawings });
            blocks.extend(names_on_paper(&who).map(PaperBlock::Text));
        }
        paper::pdf_bytes(&title, &format!("{title}, {}", words::minute(scope.now)), &blocks)
    }
}

fn names_on_paper(who: &[String]) -> Option<String> {
    let more = who.len().saturating_sub(MOST_ON_PAPER);
    let more = (more > 0).then(|| format!("and {} more", words::number(more)));
    let named = who.iter().take(MOST_ON_PAPER).cloned().chain(more).collect::<Vec<_>>().join(", ");
    (!named.is_empty()).then(|| format!("Who was there: {named}"))
}

fn paper_table(table: &ReportTable) -> paper::PaperTable {
    let CleanTable { columns, rows } = table.clean_table();
    let columns = columns.iter().map(|column| paper::PaperColumn {
        title: column.title,
        width: paper::ColumnWidth::Fitted,
        align: column.align,
    });
    let rows = rows.into_iter().map(|row| row.into_iter().map(PaperCell::plain_text).collect());
    paper::PaperTable { columns: columns.collect(), rows: rows.collect() }
}
