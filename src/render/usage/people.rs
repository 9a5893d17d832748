//! Renders usage by user and by machine, and the assignments without use.

use std::collections::BTreeMap;

use serde::Serialize;

use super::tabular_report::TabularReport;
use super::{UsageReportFormat, UsageReportScope, feature, place, pretty_json, range_note, user};
use crate::model::Date;
use crate::render::report_table::{Align, ReportTable};
use crate::render::words;
use crate::usage::{
    IdleHolding, IdleReport, IntervalWidth, Pool, TimeSpent, UsageGrouping, UsageSettings, UsageSubject,
};

/// The time for which a user or machine used a product.
#[derive(Serialize)]
struct UseTimeJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'a str>,
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
    days: u32,
    minutes: u64,
    first: String,
    last: String,
}

/// The times of all users or all machines.
#[derive(Serialize)]
struct UseTimesJson<'a> {
    format: &'static str,
    lines: Vec<UseTimeJson<'a>>,
}

/// Renders how long each user or machine used which product.
pub fn use_time_report(
    spent: &BTreeMap<(UsageSubject, Pool), TimeSpent>,
    by: UsageGrouping,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let (name, title, format) = match by {
        UsageGrouping::Users => ("user", "Use by people", "seatwise-usage-users/1"),
        UsageGrouping::Machines => ("machine", "Use by machines", "seatwise-usage-machines/1"),
    };
    let tabular = || TabularReport {
        title,
        nothing: "No use that counts.".to_owned(),
        table: use_time_table(spent, name, settings),
        beneath: Vec::new(),
        notes: range_note(scope).into_iter().collect(),
        figures: Vec::new(),
    };
    let minutes = u64::try_from(settings.interval.minutes()).unwrap_or(0);
    match form {
        UsageReportFormat::Text => tabular().text().into(),
        UsageReportFormat::Csv => tabular().table.csv().into(),
        UsageReportFormat::Json => pretty_json(&UseTimesJson {
            format,
            lines: spent.iter().map(|(key, spent)| use_time_json(key, spent, minutes)).collect(),
        })
        .into(),
        UsageReportFormat::Html => tabular().html(scope).into(),
        UsageReportFormat::Pdf => tabular().pdf(scope),
    }
}

fn use_time_table(
    spent: &BTreeMap<(UsageSubject, Pool), TimeSpent>,
    title: &'static str,
    settings: &UsageSettings,
) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        (title, Left),
        ("product", Left),
        ("feature", Left),
        ("place", Left),
        ("days", Right),
        ("D HH:MM", Right),
        ("first", Left),
        ("last", Left),
    ];
    let mut table = ReportTable::new(&head);
    for ((who, pool), spent) in spent {
        let (days, time) = (spent.days.to_string(), portal_duration(spent.intervals, settings.interval));
        let (first, last) = (spent.first.to_string(), spent.last.to_string());
        table.add_row([
            user_or_machine(who),
            pool.product.to_string(),
            feature(pool),
            place(pool),
            days,
            time,
            first,
            last,
        ]);
    }
    table
}

/// Returns the length of a number of intervals as the portal writes durations: days, hours, minutes.
fn portal_duration(intervals: u64, width: IntervalWidth) -> String {
    let minutes = intervals.saturating_mul(u64::try_from(width.minutes()).unwrap_or(0));
    format!("{} {:02}:{:02}", minutes / 1440, minutes / 60 % 24, minutes % 60)
}

fn user_or_machine(who: &UsageSubject) -> String {
    match who {
        UsageSubject::User(name) => user(name),
        UsageSubject::Machine(machine) => machine.to_string(),
        UsageSubject::Nobody => "(not named)".to_owned(),
    }
}

fn use_time_json<'a>(
    (who, pool): &'a (UsageSubject, Pool),
    spent: &TimeSpent,
    minutes: u64,
) -> UseTimeJson<'a> {
    let (named, machine) = match who {
        UsageSubject::User(name) => (Some(user(name)), None),
        UsageSubject::Machine(machine) => (None, Some(&**machine)),
        UsageSubject::Nobody => (None, None),
    };
    UseTimeJson {
        user: named,
        machine,
        product: pool.product.as_str(),
        feature: pool.feature.as_deref(),
        place: place(pool),
        days: spent.days,
        minutes: spent.intervals.saturating_mul(minutes),
        first: spent.first.to_string(),
        last: spent.last.to_string(),
    }
}

/// An assignment or named licence that is not used.
#[derive(Serialize)]
struct IdleAssignmentJson<'a> {
    user: &'a str,
    product: &'a str,
    #[serde(rename = "as")]
    held: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

/// All assignments and named licences that are not used.
#[derive(Serialize)]
struct IdleReportJson<'a> {
    format: &'static str,
    days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    opaque_users: usize,
    lines: Vec<IdleAssignmentJson<'a>>,
}

/// Renders the assignments and named licences that are not used.
pub fn inactive_report(report: &IdleReport, scope: &UsageReportScope, form: UsageReportFormat) -> Vec<u8> {
    let tabular = || TabularReport {
        title: "Not used",
        nothing: format!("Every assignment and named licence was used in the last {} days.", report.days),
        table: idle_table(report),
        beneath: Vec::new(),
        notes: idle_notes(report),
        figures: Vec::new(),
    };
    match form {
        UsageReportFormat::Text => tabular().text().into(),
        UsageReportFormat::Csv => tabular().table.csv().into(),
        UsageReportFormat::Json => idle_json(report).into(),
        UsageReportFormat::Html => tabular().html(scope).into(),
        UsageReportFormat::Pdf => tabular().pdf(scope),
    }
}

fn idle_table(report: &IdleReport) -> ReportTable {
    use Align::Left;
    let mut table =
        ReportTable::new(&[("user", Left), ("product", Left), ("held as", Left), ("last used", Left)]);
    for IdleHolding { user, product, held, last } in &report.lines {
        let last = last.map_or_else(|| "never".to_owned(), |day: Date| day.to_string());
        table.add_row([user.to_string(), product.to_string(), held.as_str().to_owned(), last]);
    }
    table
}

fn idle_json(report: &IdleReport) -> String {
    let lines = report.lines.iter().map(|line| IdleAssignmentJson {
        user: line.user.as_str(),
        product: line.product.as_str(),
        held: line.held.as_str(),
        last: line.last.map(|day| day.to_string()),
    });
    let (since, opaque_users) = (report.since.map(|day| day.to_string()), report.opaque_users);
    pretty_json(&IdleReportJson {
        format: "seatwise-usage-inactive/1",
        days: report.days,
        since,
        opaque_users,
        lines: lines.collect(),
    })
}

fn idle_notes(report: &IdleReport) -> Vec<String> {
    let mut said = vec![match report.since {
        Some(since) if since > report.from => {
            format!(
                "The exports begin on {since}: nothing is known of the {} days before it.",
                words::number(gap(report.from, since))
            )
        }
        Some(since) => format!("`never` is as far back as the exports go: to {since}."),
        None => "The exports have no use at all.".to_owned(),
    }];
    if report.opaque_users > 0 {
        let people = words::count(report.opaque_users, "person", "people");
        said.push(format!(
            "{people} in the exports {} only an opaque id: what they used may be among these.",
            if report.opaque_users == 1 { "is" } else { "are" }
        ));
    }
    said
}

fn gap(from: Date, to: Date) -> usize {
    usize::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(0)
}
