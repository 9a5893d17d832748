//! Renders plans, findings, answers and reports for people and for machines, and exports a live organization
//! as a policy.
//!
//! Renderers decide nothing and cannot fail: values go in, text comes out. All renderers share the words of
//! [`words`]; the core has no words for users. Text from the organization or the policy is made harmless by
//! [`clean`] first.

mod access_rows;
pub mod answers;
pub mod clean;
pub mod code_annotations;
mod columns;
pub mod comparison;
pub mod confirm;
mod csv_sheet;
mod drawing;
pub mod drift;
pub mod export;
pub mod findings;
pub mod history;
mod history_json;
pub mod history_report;
pub mod inert;
pub mod line_history;
mod look_alike;
mod markdown_text;
pub mod outline;
mod paper;
pub mod patch;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod problem_documents;
pub mod problems;
pub mod product_names;
pub mod prose;
pub mod report;
mod report_notes;
mod report_table;
pub mod review;
pub mod table_report;
mod terminal_table;
pub mod usage;
pub mod words;
pub mod work_order;
pub mod yaml;
