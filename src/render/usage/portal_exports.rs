//! Renders use in the format of the portal's exports, for an organization without a portal.

use super::minute;
use crate::model::{OrganizationFacts, ProductId, Timestamp};
use crate::render::csv_sheet::CsvSheet;
use crate::render::report_table::text_or_empty;
use crate::usage::{ReportedUse, StartMethod, TimeOfUse, details_of_use};

/// The texts of the three exports.
pub struct PortalUsageExports {
    /// Intervals of use, with the first interval of each session removed.
    pub details: String,
    /// Sessions with their start and end.
    pub sessions: String,
    /// Licences that were checked out for use offline.
    pub checkouts: String,
}

const USE_COLUMNS: [&str; 7] =
    ["Country", "Product", "Feature String", "Machine Name", "Email", "Usage Type", "Server Type"];

/// Renders `uses` as the portal would export them.
pub fn portal_exports(uses: &[ReportedUse], facts: &OrganizationFacts) -> PortalUsageExports {
    let sheet = |when: &[&str]| CsvSheet::new(&[&USE_COLUMNS[..], when].concat());
    let (mut details, mut sessions) =
        (sheet(&["First Interval", "Last Interval"]), sheet(&["Session Start", "Session End"]));
    let mut checkouts = sheet(&["Checked Out", "Checked In", "Expires"]);
    for one in uses {
        let what = use_cells(one, facts);
        let row = |sheet: &mut CsvSheet, when: &[String]| {
            let cells: Vec<&str> = what.iter().chain(when).map(String::as_str).collect();
            sheet.add_row(&cells);
        };
        match one.used {
            TimeOfUse::Session(span) => {
                row(&mut sessions, &[second(span.start()), second(span.end())]);
                details_of_use(&one.used)
                    .into_iter()
                    .for_each(|(first, last)| row(&mut details, &[minute(first), minute(last)]));
            }
            TimeOfUse::Trimmed { first, last } => row(&mut details, &[minute(first), minute(last)]),
            TimeOfUse::Checkout(span) => {
                row(&mut checkouts, &[second(span.start()), String::new(), second(span.end())])
            }
            TimeOfUse::Returned(span) => {
                row(&mut checkouts, &[second(span.start()), second(span.end()), String::new()])
            }
        }
    }
    PortalUsageExports {
        details: details.into_text(),
        sessions: sessions.into_text(),
        checkouts: checkouts.into_text(),
    }
}

fn use_cells(one: &ReportedUse, facts: &OrganizationFacts) -> [String; 7] {
    let ReportedUse { source, machine, user: name, used: _ } = one;
    let server = match source.through {
        StartMethod::SignIn => "SES",
        StartMethod::ActivationKey => "Hosted",
        StartMethod::Unknown => "",
    };
    [
        text_or_empty(source.country),
        product(&source.product, facts),
        text_or_empty(source.feature.as_ref()),
        machine.to_string(),
        text_or_empty(name.as_ref()),
        source.usage_type.as_str().to_owned(),
        server.to_owned(),
    ]
}

/// Returns `MicroStation (1017)`, or the id of a product without a number.
fn product(id: &ProductId, facts: &OrganizationFacts) -> String {
    let known = facts.products.get(id);
    known
        .and_then(|known| Some(format!("{} ({})", known.name, known.number?)))
        .unwrap_or_else(|| id.to_string())
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
