//! The wire formats compared with their own description.

pub(super) mod openapi;
