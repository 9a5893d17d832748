//! Decodes `usage` of `seatwise.yaml`: how use is counted and charged.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::super::problem::ProblemCode;
use super::super::yaml::YamlNodeRef;
use super::{PolicyDecoder, fields, quoted_list};
use crate::usage::{
    BoundaryStart, ContractKind, FirstInterval, IntervalWidth, PeriodKind, Pooling, PriceBook, Share,
    ShortUse, UsageColumn, UsageColumnNames, UsageSettings, UsageType,
};

/// The lengths that an interval can have, in minutes that divide the hour.
const INTERVALS: [(&str, u8); 8] =
    [("5m", 5), ("6m", 6), ("10m", 10), ("12m", 12), ("15m", 15), ("20m", 20), ("30m", 30), ("60m", 60)];

impl<'a> PolicyDecoder<'a> {
    /// Decodes `usage`. A setting that is absent or wrong keeps its default.
    pub(super) fn usage(&mut self, view: YamlNodeRef<'a>) -> UsageSettings {
        let mut settings = UsageSettings::default();
        let mut fields = self.fields(view, "`usage`");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "interval" => replace_if_some(&mut settings.interval, self.interval(value)),
                "pool" => self.word_into(
                    value,
                    "`pool`",
                    &[("country", Pooling::Country), ("site", Pooling::Site)],
                    &mut settings.pool,
                ),
                "first_interval" => {
                    let words = [("drop", FirstInterval::Drop), ("count", FirstInterval::Count)];
                    self.word_into(value, "`first_interval`", &words, &mut settings.first_interval);
                }
                "boundary_start" => {
                    let words = [("drop", BoundaryStart::Drop), ("count", BoundaryStart::Count)];
                    self.word_into(value, "`boundary_start`", &words, &mut settings.boundary_start);
                }
                "short_use" => {
                    let words = [("count", ShortUse::Count), ("free", ShortUse::Free)];
                    self.word_into(value, "`short_use`", &words, &mut settings.short_use);
                }
                "usage_types" => replace_if_some(&mut settings.usage_types, self.usage_types(value)),
                "period" => {
                    let words = [("quarter", PeriodKind::Quarter), ("month", PeriodKind::Month)];
                    self.word_into(value, "`period`", &words, &mut settings.period);
                }
                "term_share" => {
                    replace_if_some(&mut settings.term_share, self.price_share(value, "`term_share`"))
                }
                "discount" => replace_if_some(&mut settings.discount, self.price_share(value, "`discount`")),
                "forgive" => replace_if_some(&mut settings.forgive, self.number(value, "`forgive`", 0)),
                "contract" => {
                    let words = [("select", ContractKind::Select), ("e365", ContractKind::E365)];
                    self.word_into(value, "`contract`", &words, &mut settings.contract);
                }
                "price_book" => {
                    let words = [("standard", PriceBook::Standard), ("anz", PriceBook::AustraliaNewZealand)];
                    self.word_into(value, "`price_book`", &words, &mut settings.price_book);
                }
                "store" => replace_if_some(
                    &mut settings.store,
                    self.inside_path(value, "`store`", ".seatwise/usage"),
                ),
                "columns" => settings.columns = self.columns(value),
                _ => self.report_unknown_field(field, fields::USAGE),
            }
        }
        settings
    }

    fn columns(&mut self, view: YamlNodeRef<'a>) -> UsageColumnNames {
        let mut columns = UsageColumnNames::default();
        let mut fields = self.fields(view, "`columns`");
        while let Some(field) = fields.next(self) {
            match UsageColumn::ALL.into_iter().find(|column| column.as_str() == field.name) {
                Some(column) => columns.0.extend(
                    self.one_line_text(field.value, "the name of a column").map(|name| (column, name)),
                ),
                None => self.report_unknown_field(field, fields::COLUMNS),
            }
        }
        columns
    }

    fn word_into<T: Copy>(&mut self, view: YamlNodeRef<'a>, what: &str, words: &[(&str, T)], into: &mut T) {
        replace_if_some(into, self.word(view, what, ProblemCode::UnknownWord, words));
    }

    fn interval(&mut self, view: YamlNodeRef<'a>) -> Option<IntervalWidth> {
        let (word, _) = self.scalar(view, "`interval`", "minutes such as `10m`")?;
        let known = INTERVALS.iter().find(|(known, _)| *known == word).map(|(_, minutes)| *minutes);
        if known.is_none() {
            // No suggestion: the nearest word is another length, and not the one that was meant.
            let help = format!("one of {}", quoted_list(&INTERVALS.map(|(known, _)| known)));
            self.report_problem(
                ProblemCode::UnknownWord,
                view,
                format!("`interval` cannot be `{word}`"),
                &help,
            );
        }
        known.and_then(IntervalWidth::from_minutes)
    }

    fn price_share(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<Share> {
        let hundredths = self.share(view, what)?;
        Share::from_percent(Decimal::new(hundredths.into(), 2))
    }

    fn usage_types(&mut self, view: YamlNodeRef<'a>) -> Option<BTreeSet<UsageType>> {
        let items = self.items(view, "`usage_types`")?;
        if items.is_empty() {
            self.report_problem(
                ProblemCode::EmptyItems,
                view,
                "without usage types nothing is ever charged",
                "name them, such as `production`, or remove the key",
            );
        }
        Some(
            items
                .filter_map(|item| self.one_line_text(item, "a usage type"))
                .map(|name| UsageType::new(&name))
                .collect(),
        )
    }
}

/// Replaces `into` where a value was read. Where none was read, the problem is reported already and the
/// default stays.
fn replace_if_some<T>(into: &mut T, read: Option<T>) {
    if let Some(value) = read {
        *into = value;
    }
}
