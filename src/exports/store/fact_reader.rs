//! Reads facts from a Parquet file in batches, so that memory does not depend on their number.

use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::UsageStoreError;
use super::columns::{END, START, TextColumn, start_method_word};
use super::month_file::{MonthFile, catch_panic};
use super::usage_fact::{FactKind, Micros, UsageFact};
use crate::exports::name_cache::{NameCaches, SharedRegister, parse_utf8};
use crate::exports::present_columns::{OptionalColumn, PresentColumns};
use crate::exports::{LineFlaw, ProductCatalogue};
use crate::model::CountryCode;
use crate::usage::{SourceId, StartMethod, UsageColumn as ExportColumn, UsageSource, UsageType};

/// The number of rows read at once.
const BATCH: usize = 4096;

/// Reads facts, with the caches of one thread.
pub(super) struct FactReader<'a> {
    names: NameCaches<'a>,
    catalogue: &'a ProductCatalogue,
}

/// One row: its texts in the order of [`TextColumn::ALL`], and its times.
struct StoredRow<'a> {
    texts: [Option<&'a [u8]>; TextColumn::ALL.len()],
    start: i64,
    end: i64,
}

impl<'a> StoredRow<'a> {
    fn text(&self, column: TextColumn) -> Option<&'a [u8]> {
        self.texts[column.index()]
    }

    /// Returns the text of an optional column if it is not empty.
    fn filled_text(&self, optional: OptionalColumn) -> Option<&'a [u8]> {
        self.text(TextColumn::Optional(optional)).filter(|text| !text.is_empty())
    }

    /// Returns the text of an optional column as UTF-8 if it is not empty.
    fn utf8_text(&self, optional: OptionalColumn) -> Result<Option<&'a str>, LineFlaw> {
        self.filled_text(optional).map(parse_utf8).transpose()
    }
}

impl<'a> FactReader<'a> {
    /// Builds a reader with empty caches.
    pub(super) fn new(names: SharedRegister<'a>, catalogue: &'a ProductCatalogue) -> Self {
        Self { names: NameCaches::new(names), catalogue }
    }

    /// Reads a row group of `file`, and passes its facts to `take` in batches; facts whose names a fixed
    /// register does not have are left out.
    pub(super) fn read(
        &mut self,
        file: &MonthFile,
        group: usize,
        mut take: impl FnMut(&[UsageFact]),
    ) -> Result<(), UsageStoreError> {
        let damaged = |source| UsageStoreError::Parquet { path: file.path.to_path_buf(), source };
        let reader = catch_panic(|| file.group(group)).map_err(damaged)?;
        let mut columns = catch_panic(|| GroupColumns::from_group(&*reader)).map_err(damaged)?;
        let mut facts = Vec::new();
        while catch_panic(|| columns.fill()).map_err(damaged)? > 0 {
            facts.clear();
            while let Some(line) = columns.next() {
                let foreign = |what| UsageStoreError::Foreign { path: file.path.to_path_buf(), what };
                let kind = fact_kind(&line).map_err(foreign)?;
                facts.extend(self.fact(kind, &line).map_err(|flaw| foreign(flaw.to_string()))?);
            }
            take(&facts);
        }
        Ok(())
    }

    fn fact(&mut self, kind: FactKind, line: &StoredRow<'_>) -> Result<Option<UsageFact>, LineFlaw> {
        let said = PresentColumns::from_fn(|optional| line.text(TextColumn::Optional(optional)).is_some());
        let source = self.source_id(line)?;
        let machine = self.names.machine_id(line.text(TextColumn::Machine).unwrap_or_default())?;
        let user =
            line.filled_text(OptionalColumn::User).map_or(Ok(None), |user| self.names.user_id(user))?;
        let (start, end) = (Micros(line.start), Micros(line.end));
        Ok(source.zip(machine).map(|(source, machine)| UsageFact {
            kind,
            said,
            source,
            machine,
            user,
            start,
            end,
        }))
    }

    fn source_id(&mut self, line: &StoredRow<'_>) -> Result<Option<SourceId>, LineFlaw> {
        let columns = TextColumn::ALL.into_iter().filter(|column| column.is_of_source());
        let texts = columns.map(|column| line.text(column).unwrap_or_default());
        self.names.source_id(texts, || parse_source(line, self.catalogue))
    }
}

fn fact_kind(line: &StoredRow<'_>) -> Result<FactKind, String> {
    let word = line.text(TextColumn::Kind).unwrap_or_default();
    let known = FactKind::ALL.into_iter().find(|kind| kind.as_str().as_bytes() == word);
    known.ok_or_else(|| format!("`{}` is no kind of use", String::from_utf8_lossy(word)))
}

fn parse_source(line: &StoredRow<'_>, catalogue: &ProductCatalogue) -> Result<UsageSource, LineFlaw> {
    let product = parse_utf8(line.text(TextColumn::Product).unwrap_or_default())?;
    let feature = line.utf8_text(OptionalColumn::Feature)?;
    let unreadable = |column, text: &str| LineFlaw::Unreadable(column, text.to_owned());
    let country = |code| CountryCode::new(code).map_err(|_| unreadable(ExportColumn::Country, code));
    let started = line.utf8_text(OptionalColumn::Through)?.unwrap_or_default();
    Ok(UsageSource {
        product: catalogue
            .find(product, feature)
            .ok_or_else(|| unreadable(ExportColumn::Product, product))?,
        feature: feature.map(Into::into),
        country: line.utf8_text(OptionalColumn::Country)?.map(country).transpose()?,
        site: line.utf8_text(OptionalColumn::Site)?.map(Into::into),
        usage_type: line
            .utf8_text(OptionalColumn::UsageType)?
            .map_or_else(UsageType::production, UsageType::new),
        through: [StartMethod::SignIn, StartMethod::ActivationKey]
            .into_iter()
            .find(|known| start_method_word(*known) == started)
            .unwrap_or(StartMethod::Unknown),
    })
}

/// The columns of a row group, read side by side.
struct GroupColumns {
    texts: Vec<StoredColumn<ByteArrayType>>,
    start: StoredColumn<Int64Type>,
    end: StoredColumn<Int64Type>,
}

/// One column with the batch that was read last.
struct StoredColumn<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    /// 1 for each row with a value and 0 for each without; empty where all rows have one.
    levels: Vec<i16>,
    rows: usize,
    /// The index of the next row; `value` is the index of the next value.
    row: usize,
    value: usize,
}

impl<T: DataType> StoredColumn<T> {
    fn from_group(group: &dyn RowGroupReader, at: usize) -> Result<Self, ParquetError> {
        let reader = get_typed_column_reader(group.get_column_reader(at)?);
        Ok(Self { reader, values: Vec::new(), levels: Vec::new(), rows: 0, row: 0, value: 0 })
    }

    /// Reads the next batch, and returns its number of rows.
    fn fill(&mut self) -> Result<usize, ParquetError> {
        self.values.clear();
        self.levels.clear();
        (self.rows, self.row, self.value) = (0, 0, 0);
        while self.rows < BATCH {
            let (read, ..) = self.reader.read_records(
                BATCH - self.rows,
                Some(&mut self.levels),
                None,
                &mut self.values,
            )?;
            if read == 0 {
                break;
            }
            self.rows += read;
        }
        Ok(self.rows)
    }

    /// Returns the value of the next row, if it has one.
    fn next(&mut self) -> Option<&T::T> {
        let is_there = self.levels.get(self.row).is_none_or(|level| *level > 0);
        self.row += 1;
        if !is_there {
            return None;
        }
        self.value += 1;
        self.values.get(self.value - 1)
    }
}

impl GroupColumns {
    fn from_group(group: &dyn RowGroupReader) -> Result<Self, ParquetError> {
        let texts = TextColumn::ALL.into_iter().map(|column| StoredColumn::from_group(group, column.index()));
        Ok(Self {
            texts: texts.collect::<Result<_, _>>()?,
            start: StoredColumn::from_group(group, START)?,
            end: StoredColumn::from_group(group, END)?,
        })
    }

    /// Reads the next batch of every column, and returns its number of rows.
    fn fill(&mut self) -> Result<usize, ParquetError> {
        let rows = self.start.fill()?;
        let mut is_even = self.end.fill()? == rows;
        for text in &mut self.texts {
            is_even &= text.fill()? == rows;
        }
        let uneven = || ParquetError::General("the columns are of different lengths".to_owned());
        is_even.then_some(rows).ok_or_else(uneven)
    }

    /// Returns the next row; `None` at the end of the batch.
    fn next(&mut self) -> Option<StoredRow<'_>> {
        if self.start.row == self.start.rows {
            return None;
        }
        let (start, end) = (*self.start.next()?, *self.end.next()?);
        let mut texts = [None; TextColumn::ALL.len()];
        for (text, column) in texts.iter_mut().zip(&mut self.texts) {
            *text = column.next().map(ByteArray::data);
        }
        Some(StoredRow { texts, start, end })
    }
}
