//! Decodes `keep` of `seatwise.yaml`.

use super::super::problem::ProblemCode;
use super::super::settings::KeepTimes;
use super::super::yaml::YamlNodeRef;
use super::values::KeepTimeSchema;
use super::{KnownField, PolicyDecoder, replace_if_some};

mapping! {
    /// How long what seatwise keeps of its own is kept.
    KeepSchema "Keep", fn keep_field(self, field, keep: &mut KeepTimes) {
        /// Journals, plans and snapshots of runs: `seatwise runs prune` removes older ones. `400d` where it
        /// is left out.
        optional runs: KeepTimeSchema =>
            replace_if_some(&mut keep.run_days, self.days(field.value, field.what)),
    }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes how long things are kept.
    pub(super) fn keep(&mut self, field: KnownField<'a>) -> KeepTimes {
        let mut keep = KeepTimes::default();
        self.each_field(field.value, field.what, |decoder, field| decoder.keep_field(field, &mut keep));
        keep
    }

    /// Decodes a time such as `400d` or `3y` into days.
    fn days(&mut self, view: YamlNodeRef<'a>, what: &str) -> Option<u32> {
        let (word, _) = self.scalar(view, what, "a time such as `400d`")?;
        let days = days_of(word);
        if days.is_none() {
            self.report_problem(
                ProblemCode::BadKeepTime,
                view,
                format!("`{word}` is not a time to keep something"),
                "a time is written as `400d` or `3y`",
            );
        }
        days
    }
}

/// The number of days that a word such as `400d` or `3y` says; at least one.
fn days_of(word: &str) -> Option<u32> {
    let at = word.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u32 = word[..at].parse().ok()?;
    let days = match &word[at..] {
        "d" => number,
        "y" => number.checked_mul(366)?,
        _ => return None,
    };
    (days > 0).then_some(days)
}
