//! Writes the tables of access and licences, before and after the plan.

use super::{Paint, PlanTextPage};
use crate::model::{LicenceKind, ProductId};
use crate::plan::impact::{AccessCause, Exposure, ExposureProjection, LicenceLine, ProductImpact};
use crate::render::columns::Align;
use crate::render::terminal_table::{TerminalRow, TerminalTable};
use crate::render::words::{self, MarkedText};
use crate::usage::{Charge, Overage};

/// The most causes that are named for each product.
const CAUSES: usize = 3;

/// How far the rows of a table are indented, so that its label stands out.
const LABEL: usize = 12;

impl PlanTextPage<'_> {
    /// Writes the table of people who lose or gain access to each product.
    pub(super) fn write_access(&mut self) {
        let products = &self.plan.impact.products;
        if products.is_empty() {
            return;
        }
        let most = if self.options.full { usize::MAX } else { CAUSES };
        let rows = products.iter().map(|(product, impact)| access_row(product, impact, most));
        let titles = ["Access", "people lose", "people gain", "because of"];
        self.write_table(titles, rows, [Align::Left, Align::Right, Align::Right, Align::Left]);
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

fn access_row(product: &ProductId, impact: &ProductImpact, most: usize) -> [String; 4] {
    let name = super::clean_text(product.as_str()).into_owned();
    [
        name,
        words::signed_number('−', impact.lost),
        words::signed_number('+', impact.gained),
        largest_causes(impact, most).plain_text(),
    ]
}

/// Lists the largest causes with their numbers, then the people who leave and the newcomers.
pub(in crate::render) fn largest_causes(impact: &ProductImpact, most: usize) -> MarkedText {
    let mut causes: Vec<(&AccessCause, usize)> = impact
        .causes
        .iter()
        .map(|(cause, (lost, gained))| (cause, lost + gained))
        .filter(|(_, count)| *count > 0)
        .collect();
    causes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let said =
        causes.iter().take(most).map(|(cause, count)| words::cause_words(cause).say(format!(" ({count})")));
    let others = [
        (causes.len().saturating_sub(most), "more cause", "more causes", " (--full)"),
        (impact.lost_by_leaving, "person leaves", "people leave", ""),
        (impact.gained_by_newcomers, "newcomer", "newcomers", ""),
    ];
    let others = others.into_iter().filter(|(number, ..)| *number > 0);
    let others =
        others.map(|(number, one, many, how)| MarkedText::new(words::count(number, one, many) + how));
    said.chain(others).fold(MarkedText::default(), MarkedText::join)
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
