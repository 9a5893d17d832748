//! `usage`: the usage reports, as a user calls them.

mod advise;
mod collect;
mod daily;
mod damaged_exports;
mod forecast;
mod inactive;
mod peaks;
mod sql;
