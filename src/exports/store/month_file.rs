//! A month's file, opened for any number of threads, with its content at the time of opening.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader};
use parquet::schema::types::Type;

use super::columns::schema;
use super::{UsageStoreError, read_error};
use crate::disk::open_regular_file;

/// An open file of the store. Writing the month again replaces the file, so the open one stays the same.
#[derive(Clone)]
pub(super) struct MonthFile {
    pub(super) path: Arc<PathBuf>,
    reader: Arc<SerializedFileReader<SharedFile>>,
}

impl MonthFile {
    /// Opens the file at `path`, and checks that it has the store's columns.
    pub(super) fn open(path: &Path) -> Result<Self, UsageStoreError> {
        let file = open_regular_file(path).map_err(read_error(path))?;
        let length = file.metadata().map_err(read_error(path))?.len();
        let shared = SharedFile { file: Arc::new(file), length };
        let reader = catch_panic(|| SerializedFileReader::new(shared))
            .map_err(|source| UsageStoreError::Parquet { path: path.to_owned(), source })?;
        let opened = Self { path: Arc::new(path.to_owned()), reader: Arc::new(reader) };
        opened.is_ours().then_some(opened).ok_or_else(|| UsageStoreError::Foreign {
            path: path.to_owned(),
            what: "it has other columns".to_owned(),
        })
    }

    /// Whether the file has the store's columns with the same types.
    fn is_ours(&self) -> bool {
        let (expected, found) = (schema(), self.reader.metadata().file_metadata().schema());
        let shape = |fields: &[Arc<Type>]| -> Vec<_> {
            let of = |field: &Arc<Type>| {
                let kind = field.is_primitive().then(|| field.get_physical_type());
                (field.name().to_owned(), field.is_optional(), kind)
            };
            fields.iter().map(of).collect()
        };
        shape(expected.get_fields()) == shape(found.get_fields())
    }

    /// Returns the number of row groups.
    pub(super) fn count_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// Returns the row group at index `at`.
    pub(super) fn group(&self, at: usize) -> Result<Box<dyn RowGroupReader + '_>, ParquetError> {
        self.reader.get_row_group(at)
    }
}

/// Returns the result of `act`, or an error where it panics: parquet panics on a damaged file whose parts
/// contradict each other.
pub(super) fn catch_panic<R>(act: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, ParquetError> {
    // The values that `act` worked on are dropped with the error, whatever state they are in.
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(ParquetError::General("its contents contradict each other".to_owned())))
}

/// A file that is read at given offsets, so that threads do not move each other's position.
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
        // The length comes from the file, so it is checked before memory is allocated for it.
        let is_within = start.checked_add(length as u64).is_some_and(|end| end <= self.length);
        if !is_within {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} lie beyond the end")));
        }
        let mut bytes = vec![0; length];
        FileCursor { file: Arc::clone(&self.file), at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads a file from an offset on.
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
