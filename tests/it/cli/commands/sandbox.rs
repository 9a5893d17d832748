//! The commands of the embedded organization.

mod generate_usage;
mod serve;
