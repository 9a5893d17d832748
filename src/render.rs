//! What a person or a machine reads of a plan, and a live organization as a policy.
//!
//! Nothing here decides anything, and nothing can fail: values go in, text comes out. Words are made in
//! [`words`], in one place for all renderers; the core carries none. Whatever comes from the organization or
//! the policy is made harmless by [`clean`] first.

pub mod answers;
pub mod clean;
pub mod confirm;
mod csv_sheet;
mod drawing;
pub mod export;
pub mod findings;
pub mod history;
pub mod outline;
mod paper;
pub mod patch;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod problems;
pub mod report_table;
pub mod review;
pub mod usage;
pub mod words;
pub mod work_order;
pub mod yaml;
