//! Facts out of a Parquet file, some at a time: memory does not depend on how many there are.

use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::StoreError;
use super::columns::{END, START, Text, through};
use super::fact::{Fact, Kind, Micros};
use super::month_file::{MonthFile, unpanicked};
use crate::exports::names::{Names, Seen, utf8};
use crate::exports::said::{Optional, Said};
use crate::exports::{Catalogue, Flaw};
use crate::model::CountryCode;
use crate::usage::{Column as ExportColumn, MachineId, Source, SourceId, Through, UsageType, UserId};

/// So many rows are read at once.
const BATCH: usize = 4096;

/// Makes facts, with what one thread remembers.
pub(super) struct Facting<'a> {
    names: Names<'a>,
    catalogue: &'a Catalogue,
    machines: Seen<MachineId>,
    users: Seen<UserId>,
    sources: Seen<SourceId>,
    key: Vec<u8>,
}

/// One row: its texts in the order of [`Text::ALL`], and its times.
struct Line<'a> {
    texts: [Option<&'a [u8]>; Text::ALL.len()],
    start: i64,
    end: i64,
}

impl<'a> Line<'a> {
    fn text(&self, column: Text) -> Option<&'a [u8]> {
        self.texts[column.at()]
    }

    /// What is said in a column, if anything.
    fn said(&self, optional: Optional) -> Option<&'a [u8]> {
        self.text(Text::Optional(optional)).filter(|text| !text.is_empty())
    }

    /// The same as text.
    fn word(&self, optional: Optional) -> Result<Option<&'a str>, Flaw> {
        self.said(optional).map(utf8).transpose()
    }
}

impl<'a> Facting<'a> {
    pub(super) fn new(names: Names<'a>, catalogue: &'a Catalogue) -> Self {
        Self {
            names,
            catalogue,
            machines: Seen::default(),
            users: Seen::default(),
            sources: Seen::default(),
            key: Vec::new(),
        }
    }

    /// Reads a group of `file`, and gives `take` its facts, some at a time; those whose names are not known
    /// are left out.
    pub(super) fn read(
        &mut self,
        file: &MonthFile,
        group: usize,
        mut take: impl FnMut(&[Fact]),
    ) -> Result<(), StoreError> {
        let damaged = |source| StoreError::Parquet { path: file.path.to_path_buf(), source };
        let reader = unpanicked(|| file.group(group)).map_err(damaged)?;
        let mut columns = unpanicked(|| Columns::of(&*reader)).map_err(damaged)?;
        let mut facts = Vec::new();
        while unpanicked(|| columns.fill()).map_err(damaged)? > 0 {
            facts.clear();
            while let Some(line) = columns.next() {
                let foreign = |what| StoreError::Foreign { path: file.path.to_path_buf(), what };
                let kind = kind(&line).map_err(foreign)?;
                facts.extend(self.fact(kind, &line).map_err(|flaw| foreign(flaw.to_string()))?);
            }
            take(&facts);
        }
        Ok(())
    }

    fn fact(&mut self, kind: Kind, line: &Line<'_>) -> Result<Option<Fact>, Flaw> {
        let said = Said::of(|optional| line.text(Text::Optional(optional)).is_some());
        let source = self.source(line)?;
        let machine = self.machines.machine(line.text(Text::Machine).unwrap_or_default(), self.names)?;
        let user = line.said(Optional::User).map_or(Ok(None), |user| self.users.user(user, self.names))?;
        let (start, end) = (Micros(line.start), Micros(line.end));
        Ok(source.zip(machine).map(|(source, machine)| Fact {
            kind,
            said,
            source,
            machine,
            user,
            start,
            end,
        }))
    }

    fn source(&mut self, line: &Line<'_>) -> Result<Option<SourceId>, Flaw> {
        self.key.clear();
        for column in Text::ALL {
            if !matches!(column, Text::Kind | Text::Machine | Text::Optional(Optional::User)) {
                self.key.extend_from_slice(line.text(column).unwrap_or_default());
                self.key.push(0);
            }
        }
        let (names, catalogue) = (self.names, self.catalogue);
        self.sources.get(&self.key, || names.source(&source(line, catalogue)?))
    }
}

fn kind(line: &Line<'_>) -> Result<Kind, String> {
    let word = line.text(Text::Kind).unwrap_or_default();
    let known = Kind::ALL.into_iter().find(|kind| kind.as_str().as_bytes() == word);
    known.ok_or_else(|| format!("`{}` is no kind of use", String::from_utf8_lossy(word)))
}

fn source(line: &Line<'_>, catalogue: &Catalogue) -> Result<Source, Flaw> {
    let product = utf8(line.text(Text::Product).unwrap_or_default())?;
    let feature = line.word(Optional::Feature)?;
    let unreadable = |column, text: &str| Flaw::Unreadable(column, text.to_owned());
    let country = |code| CountryCode::new(code).map_err(|_| unreadable(ExportColumn::Country, code));
    let started = line.word(Optional::Through)?.unwrap_or_default();
    Ok(Source {
        product: catalogue
            .find(product, feature)
            .ok_or_else(|| unreadable(ExportColumn::Product, product))?,
        feature: feature.map(Into::into),
        country: line.word(Optional::Country)?.map(country).transpose()?,
        site: line.word(Optional::Site)?.map(Into::into),
        usage_type: line.word(Optional::UsageType)?.map_or_else(UsageType::production, UsageType::new),
        through: [Through::SignIn, Through::ActivationKey]
            .into_iter()
            .find(|known| through(*known) == started)
            .unwrap_or(Through::Unknown),
    })
}

/// The columns of a group, read side by side.
struct Columns {
    texts: Vec<Column<ByteArrayType>>,
    start: Column<Int64Type>,
    end: Column<Int64Type>,
}

/// One column, and what was read of it last.
struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    /// Whether each row has a value; empty where all have.
    levels: Vec<i16>,
    rows: usize,
    /// The next row, and the next value.
    row: usize,
    value: usize,
}

impl<T: DataType> Column<T> {
    fn of(group: &dyn RowGroupReader, at: usize) -> Result<Self, ParquetError> {
        let reader = get_typed_column_reader(group.get_column_reader(at)?);
        Ok(Self { reader, values: Vec::new(), levels: Vec::new(), rows: 0, row: 0, value: 0 })
    }

    /// Reads the next rows, and says how many there are.
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

    /// What the next row has, if it has anything.
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

impl Columns {
    fn of(group: &dyn RowGroupReader) -> Result<Self, ParquetError> {
        let texts = Text::ALL.into_iter().map(|column| Column::of(group, column.at()));
        Ok(Self {
            texts: texts.collect::<Result<_, _>>()?,
            start: Column::of(group, START)?,
            end: Column::of(group, END)?,
        })
    }

    /// Reads the next rows of every column, and says how many there are.
    fn fill(&mut self) -> Result<usize, ParquetError> {
        let rows = self.start.fill()?;
        let mut others = vec![self.end.fill()?];
        for text in &mut self.texts {
            others.push(text.fill()?);
        }
        let is_even = others.iter().all(|other| *other == rows);
        is_even
            .then_some(rows)
            .ok_or_else(|| ParquetError::General("the columns are of different lengths".to_owned()))
    }

    /// The next row; `None` when all that were read have been given.
    fn next(&mut self) -> Option<Line<'_>> {
        if self.start.row == self.start.rows {
            return None;
        }
        let (start, end) = (*self.start.next()?, *self.end.next()?);
        let mut texts = [None; Text::ALL.len()];
        for (text, column) in texts.iter_mut().zip(&mut self.texts) {
            *text = column.next().map(ByteArray::data);
        }
        Some(Line { texts, start, end })
    }
}
