//! A journal that keeps nothing, where a run is not resumed.

use seatwise::apply::journal::JournalMedium;

pub(crate) struct NullMedium;

impl JournalMedium for NullMedium {
    fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
