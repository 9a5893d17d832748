//! Writes the tables of access and licences, before and after the plan.

use super::{Paint, PlanTextPage};
use crate::model::LicenceKind;
use crate::plan::impact::{Exposure, ExposureProjection, LicenceLine};
use crate::render::access_rows::{AccessDetail, AccessRow, access_rows};
use crate::render::columns::Align;
use crate::render::terminal_table::{TerminalRow, TerminalTable};
use crate::render::words;
use crate::usage::{Charge, Overage};

/// The most causes that are named in each row.
const CAUSES: usize = 3;

/// How far the rows of a table are indented, so that its label stands out.
const LABEL: usize = 12;

impl PlanTextPage<'_> {
    /// Writes the table of people who lose or gain access to each product.
    pub(super) fn write_access(&mut self) {
        let full = self.options.full;
        let detail = if full { AccessDetail::Full } else { AccessDetail::Abridged { causes: CAUSES } };
        let rows = access_rows(&self.plan.impact, detail);
        if rows.is_empty() {
            return;
        }
        let titles = ["Access", "people lose", "people gain", "because of"];
        self.write_table(
            titles,
            rows.into_iter().map(access_cells),
            [Align::Left, Align::Right, Align::Right, Align::Left],
        );
    }

    /// Writes the exposure of the current period, where it is known.
    pub(super) fn write_exposure(&mut self) {
        match &self.plan.impact.exposure {
            ExposureProjection::Unread | ExposureProjection::Stale(_) => {}
            ExposureProjection::Known(total) => {
                self.out.push('\n');
                self.write_labelled(2, Paint::bold, "Exposure:", &words::exposure_words(total));
            }
        }
    }

    /// Writes the table of licences.
    pub(super) fn write_licences(&mut self) {
        let licences = &self.plan.impact.licences;
        if licences.is_empty() {
            return;
        }
        let titles = ["Licences", "owned", "peak 90 d", "assigned", "exposure"];
        let aligns = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right];
        self.write_table(titles, licences.iter().map(licence_row), aligns);
    }

    /// Writes a table, with the first of the titles as its label.
    fn write_table<const N: usize>(
        &mut self,
        titles: [&str; N],
        rows: impl Iterator<Item = [String; N]>,
        aligns: [Align; N],
    ) {
        let head = titles.iter().enumerate().map(|(at, title)| {
            let colour = if at == 0 { Paint::bold } else { Paint::dim };
            self.paint_label(title, colour)
        });
        let table = TerminalTable {
            aligns: aligns.to_vec(),
            head: Some(TerminalRow { indent: 2, cells: head.collect(), beneath: Vec::new() }),
            rows: rows.map(|row| TerminalRow::plain(LABEL, row)).collect(),
        };
        self.out += &format!("\n{}", table.text(self.options.width));
    }
}

fn access_cells(row: AccessRow) -> [String; 4] {
    [
        super::clean_text(&row.subject.plain_text()).into_owned(),
        words::signed_number('−', row.lost),
        words::signed_number('+', row.gained),
        row.causes.plain_text(),
    ]
}

fn licence_row(line: &LicenceLine) -> [String; 5] {
    let kind = match line.licence {
        LicenceKind::Named => " (by name)",
        LicenceKind::Pooled => "",
    };
    let product = format!("{}{kind}", super::clean_text(line.product.as_str()));
    let assigned =
        format!("{} → {}", words::number(line.assigned_before), words::number(line.assigned_after));
    [
        product,
        number_or_unknown(line.owned),
        number_or_unknown(line.peak),
        assigned,
        exposure_text(line.exposure.as_ref()),
    ]
}

/// Returns the price of a product's excess, before and after. An unknown price is not 0.
pub(in crate::render) fn exposure_text(exposure: Option<&Exposure>) -> String {
    match exposure {
        None => "unknown".to_owned(),
        Some(Exposure { before, after }) if before == after => overage(after),
        Some(Exposure { before, after }) => format!("{} → {}", overage(before), overage(after)),
    }
}

fn overage(overage: &Overage) -> String {
    match &overage.charge {
        Charge::Nothing => "0".to_owned(),
        Charge::Due(money) => words::money(money),
        Charge::Forgiven => "forgiven".to_owned(),
        Charge::PriceUnknown => format!("{} × unknown price", words::number(overage.machines)),
        Charge::TooLarge => "too large".to_owned(),
    }
}

/// Returns a number, or words for an unknown one. Unknown is not 0.
pub(in crate::render) fn number_or_unknown(number: Option<u32>) -> String {
    number.map_or_else(|| "unknown".to_owned(), words::number)
}
