//! Renders usage by user and by machine, and the assignments without use.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{NO_USE, PoolJson, UsageReportScope, pool_json, range_note};
use crate::model::Date;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::TableOfLines;
use crate::render::table_report::TableReport;
use crate::render::words;
use crate::usage::{
    IdleReport, IntervalWidth, Pool, TimeSpent, UsageGrouping, UsageSettings, UsageSubject, days_between,
};

/// The time for which a user or machine used a product.
#[derive(Serialize)]
struct UseTimeJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'a str>,
    #[serde(flatten)]
    pool: PoolJson<'a>,
    days: u32,
    minutes: u64,
    first: Date,
    last: Date,
}

/// The times of all users or all machines.
#[derive(Serialize)]
struct UseTimesJson<'a> {
    format: &'static str,
    lines: Vec<UseTimeJson<'a>>,
}

/// Renders how long each user or machine used which product.
pub fn use_time_report<'a>(
    spent: &'a BTreeMap<(UsageSubject, Pool), TimeSpent>,
    by: UsageGrouping,
    settings: &'a UsageSettings,
    scope: &UsageReportScope,
) -> TableReport<'a> {
    let (name, title, format) = match by {
        UsageGrouping::Users => ("user", "Use by people", "seatwise-usage-users/1"),
        UsageGrouping::Machines => ("machine", "Use by machines", "seatwise-usage-machines/1"),
    };
    let table = TableOfLines::new(spent)
        .left(name, |((who, _), _)| user_or_machine(who))
        .pool("place", |((_, pool), _)| pool)
        .right("days", |(_, spent)| spent.days)
        .right("D HH:MM", |(_, spent)| portal_duration(spent.intervals, settings.interval))
        .left("first", |(_, spent)| spent.first)
        .left("last", |(_, spent)| spent.last)
        .table();
    let minutes = u64::try_from(settings.interval.minutes()).unwrap_or(0);
    let json = move || UseTimesJson {
        format,
        lines: spent.iter().map(|(key, spent)| use_time_json(key, spent, minutes)).collect(),
    };
    TableReport {
        notes: range_note(scope).into_iter().collect(),
        ..TableReport::new(scope, title, scope.empty_text(NO_USE), table, json)
    }
}

/// Returns the length of a number of intervals as the portal writes durations: days, hours, minutes.
fn portal_duration(intervals: u64, width: IntervalWidth) -> String {
    let minutes = intervals.saturating_mul(u64::try_from(width.minutes()).unwrap_or(0));
    format!("{} {:02}:{:02}", minutes / 1440, minutes / 60 % 24, minutes % 60)
}

fn user_or_machine(who: &UsageSubject) -> String {
    match who {
        UsageSubject::User(name) => name.as_str().to_owned(),
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
        UsageSubject::User(name) => (Some(name.as_str()), None),
        UsageSubject::Machine(machine) => (None, Some(&**machine)),
        UsageSubject::Nobody => (None, None),
    };
    UseTimeJson {
        user: named,
        machine,
        pool: pool_json(pool),
        days: spent.days,
        minutes: spent.intervals.saturating_mul(minutes),
        first: spent.first,
        last: spent.last,
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
    last: Option<Date>,
}

/// All assignments and named licences that are not used.
#[derive(Serialize)]
struct IdleReportJson<'a> {
    format: &'static str,
    days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Date>,
    opaque_users: usize,
    lines: Vec<IdleAssignmentJson<'a>>,
}

/// Renders the assignments and named licences that are not used.
pub fn inactive_report<'a>(report: &'a IdleReport, scope: &UsageReportScope) -> TableReport<'a> {
    let nothing = format!("Every assignment and named licence was used in the last {} days.", report.days);
    let table = TableOfLines::new(&report.lines)
        .left("user", |line| &line.user)
        .product(|line| &line.product)
        .left("held as", |line| line.held.as_str())
        .left("last used", |line| line.last.map_or_else(|| "never".to_owned(), |day| day.to_string()))
        .table();
    TableReport {
        notes: idle_notes(report),
        ..TableReport::new(scope, "Not used", scope.empty_text(nothing), table, || idle_json(report))
    }
}

fn idle_json(report: &IdleReport) -> IdleReportJson<'_> {
    let lines = report.lines.iter().map(|line| IdleAssignmentJson {
        user: line.user.as_str(),
        product: line.product.as_str(),
        held: line.held.as_str(),
        last: line.last,
    });
    IdleReportJson {
        format: "seatwise-usage-inactive/1",
        days: report.days,
        since: report.since,
        opaque_users: report.opaque_users,
        lines: lines.collect(),
    }
}

fn idle_notes(report: &IdleReport) -> Vec<ReportNote> {
    let known = match report.since {
        Some(since) if since > report.from => {
            format!(
                "The exports begin on {since}: nothing is known of the {} days before it.",
                words::number(days_between(report.from, since))
            )
        }
        Some(since) => format!("`never` is as far back as the exports go: to {since}."),
        None => "The exports have no use at all.".to_owned(),
    };
    let mut said = vec![ReportNote::source(known)];
    if report.opaque_users > 0 {
        let people = words::count(report.opaque_users, "person", "people");
        said.push(ReportNote::remark(format!(
            "{people} in the exports {} only an opaque id: what they used may be among these.",
            if report.opaque_users == 1 { "is" } else { "are" }
        )));
    }
    said
}
