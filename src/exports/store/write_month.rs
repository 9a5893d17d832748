//! Writes one month to a Parquet file.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use super::columns::{TextColumn, schema, start_method_word};
use super::usage_fact::{Micros, UsageFact};
use crate::exports::present_columns::OptionalColumn;
use crate::model::CountryCode;
use crate::usage::{NameRegister, UserName};

/// The rows in a row group, which one thread reads at once.
const GROUP: usize = 1 << 17;

/// Engines read the writer of a file here, in this form, to work around its known mistakes.
const CREATED_BY: &str = "seatwise version 1";

/// Writes `facts` in order of their names, so that the bytes do not depend on the numbers of the names.
pub(super) fn write_month_file(
    file: impl Write + Send,
    facts: &mut [UsageFact],
    register: &NameRegister,
) -> Result<(), ParquetError> {
    let ranks = register.ranks();
    facts.sort_unstable_by_key(|fact| {
        let names =
            (ranks.source(fact.source), ranks.machine(fact.machine), fact.user.map(|user| ranks.user(user)));
        (names.0, names.1, fact.start, fact.end, names.2, fact.kind, fact.said)
    });
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(CREATED_BY.to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(file, schema(), Arc::new(properties))?;
    for facts in facts.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for column in TextColumn::ALL {
            write_texts(&mut group, facts.iter().map(|fact| column_text(fact, column, register)))?;
        }
        write_times(&mut group, facts.iter().map(|fact| fact.start))?;
        write_times(&mut group, facts.iter().map(|fact| fact.end))?;
        group.close()?;
    }
    writer.close().map(drop)
}

/// Returns the text of a column; `None` where the export did not have the column.
fn column_text<'a>(fact: &UsageFact, column: TextColumn, register: &'a NameRegister) -> Option<&'a str> {
    let source = register.source_of(fact.source);
    match column {
        TextColumn::Kind => Some(fact.kind.as_str()),
        TextColumn::Product => Some(source.product.as_str()),
        TextColumn::Machine => Some(register.machine_name(fact.machine)),
        TextColumn::Optional(optional) if !fact.said.has(optional) => None,
        TextColumn::Optional(OptionalColumn::Feature) => Some(source.feature.as_deref().unwrap_or_default()),
        TextColumn::Optional(OptionalColumn::Country) => {
            Some(source.country.as_ref().map_or("", CountryCode::as_str))
        }
        TextColumn::Optional(OptionalColumn::Site) => Some(source.site.as_deref().unwrap_or_default()),
        TextColumn::Optional(OptionalColumn::UsageType) => Some(source.usage_type.as_str()),
        TextColumn::Optional(OptionalColumn::Through) => Some(start_method_word(source.through)),
        TextColumn::Optional(OptionalColumn::User) => {
            Some(fact.user.map_or("", |user| match register.user_name(user) {
                UserName::Email(email) => email.as_str(),
                UserName::Opaque(id) => id,
            }))
        }
    }
}

fn write_texts<'a>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    texts: impl Iterator<Item = Option<&'a str>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for text in texts {
        levels.push(i16::from(text.is_some()));
        values.extend(text.map(ByteArray::from));
    }
    // A required column ignores the levels.
    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

fn write_times(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    times: impl Iterator<Item = Micros>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let values: Vec<i64> = times.map(|Micros(time)| time).collect();
    column.typed::<Int64Type>().write_batch(&values, None, None)?;
    column.close()
}
