//! Decodes `usage` of `seatwise.yaml`: how use is counted and charged.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::super::problem::ProblemCode;
use super::super::yaml::YamlNodeRef;
use super::values::{ShareSchema, TextLineSchema};
use super::{KnownField, PolicyDecoder, quoted_list, replace_if_some};
use crate::usage::{
    BoundaryStart, ContractKind, FirstInterval, IntervalWidth, PeriodKind, Pooling, PriceBook, Share,
    ShortUse, UsageColumn, UsageColumnNames, UsageSettings, UsageType,
};

mapping! {
    /// How use is counted and charged. Every point has a default.
    UsageSettingsSchema "Usage", fn usage_field(self, field, usage: &mut UsageSettings) {
        /// How long an interval is. `10m` where it is left out.
        optional interval: IntervalSchema => replace_if_some(&mut usage.interval, self.interval(field.value)),
        /// Whose machines are counted together. `country` where it is left out.
        optional pool: PoolingSchema => self.word_into(field, PoolingSchema::WORDS, &mut usage.pool),
        /// The first, partial interval of a session. `drop` where it is left out.
        optional first_interval: FirstIntervalSchema =>
            self.word_into(field, FirstIntervalSchema::WORDS, &mut usage.first_interval),
        /// The interval that begins exactly when a session does. `drop` where it is left out.
        optional boundary_start: BoundaryStartSchema =>
            self.word_into(field, BoundaryStartSchema::WORDS, &mut usage.boundary_start),
        /// Sessions shorter than an interval. `count` where it is left out.
        optional short_use: ShortUseSchema =>
            self.word_into(field, ShortUseSchema::WORDS, &mut usage.short_use),
        /// The usage types that are charged, compared without case. `[production]` where it is left out.
        #[schemars(length(min = 1))]
        optional usage_types: Vec<TextLineSchema> =>
            replace_if_some(&mut usage.usage_types, self.usage_types(field.value)),
        /// What one charge is for. `quarter` where it is left out.
        optional period: PeriodKindSchema =>
            self.word_into(field, PeriodKindSchema::WORDS, &mut usage.period),
        /// The share of the list price that a term licence costs. `16%` where it is left out.
        optional term_share: ShareSchema => replace_if_some(&mut usage.term_share, self.price_share(field)),
        /// What is taken off the term licence's price. `0%` where it is left out.
        optional discount: ShareSchema => replace_if_some(&mut usage.discount, self.price_share(field)),
        /// So many days of overuse in a period are free; with more, everything is charged. 0 where it is left
        /// out.
        optional forgive: u32 => replace_if_some(&mut usage.forgive, self.number(field.value, field.what, 0)),
        /// What is counted. `select` where it is left out.
        optional contract: ContractKindSchema =>
            self.word_into(field, ContractKindSchema::WORDS, &mut usage.contract),
        /// Where the day of an E365 contract begins. `standard` where it is left out.
        optional price_book: PriceBookSchema =>
            self.word_into(field, PriceBookSchema::WORDS, &mut usage.price_book),
        /// The folder in which `seatwise usage collect` keeps what it has read, below the policy's.
        /// `.seatwise/usage` where it is left out.
        optional store: TextLineSchema => {
            let store = self.inside_path(field.value, field.what, ".seatwise/usage");
            replace_if_some(&mut usage.store, store);
        },
        /// What columns of usage exports are called, where it is not as usual.
        optional columns: UsageColumnsSchema => usage.columns = self.columns(field),
    }
}

mapping! {
    /// Names of columns, compared by letters and digits without case.
    UsageColumnsSchema "Columns", fn column_field(self, field, columns: &mut UsageColumnNames) {
        /// The product: its number, its name, or both.
        optional product: TextLineSchema => self.column(field, UsageColumn::Product, columns),
        /// Its feature string.
        optional feature: TextLineSchema => self.column(field, UsageColumn::Feature, columns),
        /// The country that the use belongs to.
        optional country: TextLineSchema => self.column(field, UsageColumn::Country, columns),
        /// The site that it belongs to.
        optional site: TextLineSchema => self.column(field, UsageColumn::Site, columns),
        /// Production, trial, evaluation, …
        optional usage_type: TextLineSchema => self.column(field, UsageColumn::UsageType, columns),
        /// The machine.
        optional machine: TextLineSchema => self.column(field, UsageColumn::Machine, columns),
        /// The user's address, or an opaque id.
        optional email: TextLineSchema => self.column(field, UsageColumn::Email, columns),
        /// The user's name on the machine; counts where there is no address.
        optional user: TextLineSchema => self.column(field, UsageColumn::User, columns),
        /// The UTC day, where other columns have only clock times.
        optional date: TextLineSchema => self.column(field, UsageColumn::Date, columns),
        /// The first interval of a row of Usage Details.
        optional first: TextLineSchema => self.column(field, UsageColumn::First, columns),
        /// Its last interval.
        optional last: TextLineSchema => self.column(field, UsageColumn::Last, columns),
        /// The start of a session.
        optional start: TextLineSchema => self.column(field, UsageColumn::Start, columns),
        /// Its end.
        optional end: TextLineSchema => self.column(field, UsageColumn::End, columns),
        /// How long it was: days, hours and minutes as `0 02:30`.
        optional duration: TextLineSchema => self.column(field, UsageColumn::Duration, columns),
        /// When a licence was checked out.
        optional checked_out: TextLineSchema => self.column(field, UsageColumn::CheckedOut, columns),
        /// When it was given back.
        optional checked_in: TextLineSchema => self.column(field, UsageColumn::CheckedIn, columns),
        /// When it expires; counts where it was not given back.
        optional expires: TextLineSchema => self.column(field, UsageColumn::Expires, columns),
        /// The activation key that the product was started with.
        optional activation_key: TextLineSchema => self.column(field, UsageColumn::ActivationKey, columns),
        /// How it was licensed: by signing in (SES), or by a hosted or deployed server of the old kind.
        optional server_type: TextLineSchema => self.column(field, UsageColumn::ServerType, columns),
    }
}

words! {
    /// Minutes that divide the hour, so that every day begins with an interval.
    IntervalSchema "Interval" of IntervalSchema {
        "5m" Five,
        "6m" Six,
        "10m" Ten,
        "12m" Twelve,
        "15m" Fifteen,
        "20m" Twenty,
        "30m" Thirty,
        "60m" Sixty,
    }
    PoolingSchema "Pooling" of Pooling {
        /// Those of one country.
        "country" Country,
        /// Those of one site.
        "site" Site,
    }
    FirstIntervalSchema "FirstInterval" of FirstInterval {
        /// It does not count.
        "drop" Drop,
        /// It counts.
        "count" Count,
    }
    BoundaryStartSchema "BoundaryStart" of BoundaryStart {
        /// It is lost like any first interval.
        "drop" Drop,
        /// It is not partial, and counts.
        "count" Count,
    }
    ShortUseSchema "ShortUse" of ShortUse {
        /// They count, in what is left of them.
        "count" Count,
        /// They never count.
        "free" Free,
    }
    PeriodKindSchema "Period" of PeriodKind {
        /// The calendar's quarter.
        "quarter" Quarter,
        /// The calendar's month: with a cloud services subscription.
        "month" Month,
    }
    ContractKindSchema "Contract" of ContractKind {
        /// Machines at once.
        "select" Select,
        /// Persona-days as well.
        "e365" E365,
    }
    PriceBookSchema "PriceBook" of PriceBook {
        /// At midnight UTC.
        "standard" Standard,
        /// Twelve hours earlier: the day of Australia and New Zealand.
        "anz" AustraliaNewZealand,
    }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `usage`. A setting that is absent or wrong keeps its default.
    pub(super) fn usage(&mut self, field: KnownField<'a>) -> UsageSettings {
        let mut usage = UsageSettings::default();
        self.each_field(field.value, field.what, |decoder, field| decoder.usage_field(field, &mut usage));
        usage
    }

    fn columns(&mut self, field: KnownField<'a>) -> UsageColumnNames {
        let mut columns = UsageColumnNames::default();
        self.each_field(field.value, field.what, |decoder, field| decoder.column_field(field, &mut columns));
        columns
    }

    fn column(&mut self, field: KnownField<'a>, column: UsageColumn, columns: &mut UsageColumnNames) {
        let name = self.one_line_text(field.value, "the name of a column");
        columns.0.extend(name.map(|name| (column, name)));
    }

    fn word_into<T: Copy>(&mut self, field: KnownField<'a>, words: &[(&str, T)], into: &mut T) {
        replace_if_some(into, self.word(field.value, field.what, words));
    }

    fn interval(&mut self, view: YamlNodeRef<'a>) -> Option<IntervalWidth> {
        let (word, _) = self.scalar(view, "`interval`", "minutes such as `10m`")?;
        let known: Vec<&str> = IntervalSchema::WORDS.iter().map(|(word, _)| *word).collect();
        if !known.contains(&word) {
            // No suggestion: the nearest word is another length, and not the one that was meant.
            self.report_problem(
                ProblemCode::UnknownWord,
                view,
                format!("`interval` cannot be `{word}`"),
                &format!("one of {}", quoted_list(&known)),
            );
            return None;
        }
        IntervalWidth::from_minutes(word.trim_end_matches('m').parse().ok()?)
    }

    fn price_share(&mut self, field: KnownField<'a>) -> Option<Share> {
        let hundredths = self.share(field.value, field.what)?;
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
