//! One integration binary; modules mirror `src/`.

#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, unreachable_pub)]

mod apply;

mod audit;
mod browser;
mod cli;
mod connector;
mod dice;
mod diff;
mod examples;
mod exports;
mod folders;
mod invariants;
mod load;
mod model;
mod object;
mod pdf_text;
mod plain_act;
mod plan;
mod plan_builder;
mod policy;
mod reach;
mod readme;
mod render;
mod run;
mod sandbox;
mod state_home;
mod trust_page;
mod usage;
mod wire;
mod worlds;
