//! Reads and writes of the organization API over HTTP.

pub(crate) mod faults;
pub(crate) mod lists;
pub(crate) mod round_trip;
