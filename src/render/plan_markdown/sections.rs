//! Sections of a page of limited size: what must stay gets its room first, and a cut is counted.

use std::collections::BTreeMap;

use super::mark_up;
use crate::render::words::{self, MarkedText};

/// Which section gets its room first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SectionRank {
    /// What the guards refuse.
    Refusals,
    /// Short lines that nobody may miss: what cannot be undone, guards that are off, what it costs.
    Warnings,
    /// Who becomes a Co-Administrator, and who is none any more.
    Administrators,
    Access,
    Licences,
    /// Further remarks.
    Remarks,
    /// Lists of everything. Short ones get their room before long ones.
    Lists,
}

/// A section of the page: as many of its rows as fit, between a beginning and an end.
pub(super) struct MarkdownSection {
    pub(super) rank: SectionRank,
    /// What the rows are, for the count of those that are left out: `removals`.
    pub(super) noun: &'static str,
    pub(super) begin: String,
    pub(super) rows: Vec<String>,
    pub(super) end: String,
}

/// Characters that the line takes which says how many rows a section lacks.
const CUT: usize = 60;

impl MarkdownSection {
    fn frame(&self) -> usize {
        self.begin.chars().count() + self.end.chars().count()
    }

    /// Returns how many rows fit into `room`; `None` where not even the first does.
    fn fit(&self, room: usize) -> Option<FittedSection> {
        let mut used = self.frame();
        if self.rows.is_empty() {
            return (used <= room).then_some(FittedSection { rows: 0, used });
        }
        let mut sizes = self.rows.iter().map(|row| row.chars().count());
        let whole = used + sizes.clone().sum::<usize>();
        if whole <= room {
            return Some(FittedSection { rows: self.rows.len(), used: whole });
        }
        used += CUT;
        let mut rows = 0;
        while let Some(size) = sizes.next().filter(|size| used + size <= room) {
            used += size;
            rows += 1;
        }
        (rows > 0).then_some(FittedSection { rows, used })
    }

    fn markdown(&self, rows: usize) -> String {
        let shown = self.rows[..rows].concat();
        let cut = match self.rows.len() - rows {
            0 => String::new(),
            left_out => format!("\n{} more are left out.\n", words::number(left_out)),
        };
        format!("{}{shown}{cut}{}", self.begin, self.end)
    }
}

/// How much of a section fits.
struct FittedSection {
    rows: usize,
    used: usize,
}

/// Sections as one text, and what had no room.
pub(super) struct SectionLayout {
    pub(super) text: String,
    /// The number of rows that are left out.
    pub(super) left_out: usize,
    /// For each kind of rows that is cut: `468 of 900 removals`.
    pub(super) cuts: Vec<String>,
}

/// Writes `sections` in their order, in at most `room` characters.
pub(super) fn lay_out_sections(sections: &[MarkdownSection], mut room: usize) -> SectionLayout {
    let mut order: Vec<usize> = (0..sections.len()).collect();
    let is_list = |section: &MarkdownSection| section.rank == SectionRank::Lists;
    order.sort_by_key(|at| {
        let section = &sections[*at];
        (section.rank, if is_list(section) { section.rows.len() } else { 0 })
    });
    let mut fitted: Vec<Option<usize>> = vec![None; sections.len()];
    for at in order {
        if let Some(FittedSection { rows, used }) = sections[at].fit(room) {
            room -= used;
            fitted[at] = Some(rows);
        }
    }
    let mut text = String::new();
    let mut cuts: BTreeMap<&str, CutCount> = BTreeMap::new();
    for (section, rows) in sections.iter().zip(fitted) {
        text += &rows.map(|rows| section.markdown(rows)).unwrap_or_default();
        let cut = cuts.entry(section.noun).or_default();
        cut.all += section.rows.len();
        cut.left_out += section.rows.len() - rows.unwrap_or(0);
    }
    cuts.retain(|_, cut| cut.left_out > 0);
    let left_out = cuts.values().map(|cut| cut.left_out).sum();
    let said = |(noun, CutCount { left_out, all }): (&str, CutCount)| {
        format!("{} of {} {noun}", words::number(left_out), words::number(all))
    };
    SectionLayout { text, left_out, cuts: cuts.into_iter().map(said).collect() }
}

/// How many rows of one kind are left out, of how many.
#[derive(Default)]
struct CutCount {
    left_out: usize,
    all: usize,
}

/// Returns the row of a list of remarks.
pub(super) fn remark_row(said: MarkedText) -> String {
    format!("- {}\n", mark_up(&said))
}
