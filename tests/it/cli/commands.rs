//! The commands, as a user calls them.

mod apply;
mod audit;
mod billing;
mod damaged_runs;
mod drift;
mod echoing_service;
mod filters;
mod git_doors;
mod history;
#[cfg(unix)]
mod hostile_files;
mod import;
mod inert;
mod not_compared;
mod odd_folders;
#[cfg(unix)]
mod own_places;
mod passing_faults;
mod plan;
mod product_names;
mod renames;
mod resume;
mod review;
mod runs;
mod sandbox;
mod secrets;
mod state;
mod undo;
mod usage;
mod values;
mod what;
mod who;
mod why;
mod work_order;
