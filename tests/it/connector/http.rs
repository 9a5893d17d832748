//! The organization API as a connector reads and writes it.

pub(crate) mod faults;
pub(crate) mod lists;
pub(crate) mod round_trip;
