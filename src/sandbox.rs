//! The embedded organization: a service in one SQLite file.

use crate::model::Text;

/// The embedded organization could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What SQLite says.
    #[error("{0}")]
    Database(Text),
}
