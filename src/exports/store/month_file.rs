//! A month's file, open: as it was when it was opened, for as many threads as there are.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader};

use super::UsageStoreError;
use super::columns::schema;

/// A file of the store. It stays the same when the month is written anew, as that replaces it.
#[derive(Clone)]
pub(super) struct MonthFile {
    pub(super) path: Arc<PathBuf>,
    reader: Arc<SerializedFileReader<SharedFile>>,
}

impl MonthFile {
    pub(super) fn open(path: &Path) -> Result<Self, UsageStoreError> {
        let unreadable = |source| UsageStoreError::File { path: path.to_owned(), act: "read", source };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let shared = SharedFile { file: Arc::new(file), length };
        let reader = catch_panic(|| SerializedFileReader::new(shared))
            .map_err(|source| UsageStoreError::Parquet { path: path.to_owned(), source })?;
        let opened = Self { path: Arc::new(path.to_owned()), reader: Arc::new(reader) };
        opened.is_ours().then_some(opened).ok_or_else(|| UsageStoreError::Foreign {
            path: path.to_owned(),
            what: "it has other columns".to_owned(),
        })
    }

    /// Whether it has the store's columns, each of the same type.
    fn is_ours(&self) -> bool {
        let (expected, found) = (schema(), self.reader.metadata().file_metadata().schema());
        let shape = |fields: &[Arc<parquet::schema::types::Type>]| -> Vec<_> {
            let of = |field: &Arc<parquet::schema::types::Type>| {
                let is_primitive = field.is_primitive();
                (
                    field.name().to_owned(),
                    is_primitive,
                    field.is_optional(),
                    is_primitive.then(|| field.get_physical_type()),
                )
            };
            fields.iter().map(of).collect()
        };
        shape(expected.get_fields()) == shape(found.get_fields())
    }

    /// How many groups it has.
    pub(super) fn count_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    pub(super) fn group(&self, at: usize) -> Result<Box<dyn RowGroupReader + '_>, ParquetError> {
        self.reader.get_row_group(at)
    }
}

/// What `act` answers; an error where it panics, as parquet does where a damaged file is not what it says it
/// is.
pub(super) fn catch_panic<R>(act: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, ParquetError> {
    // What it was working on is dropped with the error, whatever state it is in.
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(ParquetError::General("its contents contradict each other".to_owned())))
}

/// A file that is read at places, so that threads do not move each other's.
struct SharedFile {
    file: Arc<File>,
    length: u64,
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for SharedFile {
    type T = BufReader<FileCursor>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(FileCursor { file: Arc::clone(&self.file), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // Checked before room is made for it: the length stands in the file.
        let is_within = start.checked_add(length as u64).is_some_and(|end| end <= self.length);
        if !is_within {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} lie beyond the end")));
        }
        let mut bytes = vec![0; length];
        FileCursor { file: Arc::clone(&self.file), at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A file from a place on.
struct FileCursor {
    file: Arc<File>,
    at: u64,
}

impl Read for FileCursor {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = read_at(&self.file, into, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
