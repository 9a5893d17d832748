//! seatwise reconciles the people, roles, product assignments and access restrictions of a Bentley Systems
//! customer organization with a policy in Git. This page is for maintainers; users read the README.
//!
//! # One idea
//!
//! Everything interesting is a pure function from values to a value. Input and output only fetch the inputs
//! and carry out the result.
//!
//! ```text
//! policy folder ─ load ─► PolicyDocument ─ resolve(as_of) ─► Desired ┐
//!                                                                    ├ scope ─ diff ─► changes
//! live organization ─ fetch ─► Snapshot (Live + unread) ─────────────┘
//! changes ─ order ─► Plan ─ impact: access, licences, exposure ─ guards ─► Approved ─ apply ─► RunOutcome
//! Live or Desired, and the policy's lines ─ audit ─► who, what, why, history, findings
//! rows of usage ─ usage ─► machines at once, peaks, excess, charges
//! Plan ─ work order ─► files and steps for a person
//! Plan and Snapshot ─ sightings ─► which steps are done, whether by seatwise or by a person
//! ```
//!
//! [`model::Live`] and [`model::Desired`] wrap the same [`model::Organization`], so swapping the two sides,
//! the worst bug this program can have, does not compile. Exceptions (ignored, unmanaged, unread, protected)
//! are made in [`policy::scope`] by editing the inputs; [`diff::diff`] has no special case.
//!
//! # Invariants
//!
//! `tests/it/invariants.rs`, which reads these sources, and the laws over generated worlds enforce them.
//!
//! 1. Pure modules name no file system, network, environment, clock, randomness, thread or async. Time is a
//!    parameter.
//! 2. [`diff`], [`usage`], [`audit`] and [`render`] cannot fail: problems are values in the result.
//! 3. Only [`apply`] writes, and only an [`Approved`](plan::Approved) plan. There is no flag for a preview:
//!    preview is not calling apply.
//! 4. [`apply`] decides nothing. Server ids never enter the core, except for an opaque
//!    [`LiveId`](model::LiveId) that is only compared.
//! 5. Unread is not empty: nothing is removed because a section could not be read.
//! 6. Core types are not serialized: files, wire and JSON have their own structs with conversions.
//! 7. Ordered maps near output; the same inputs give the same bytes.
//! 8. Only the command line prints: stdout is the report, stderr progress and diagnostics.
//!
//! # Threat model
//!
//! - **Hostile YAML.** A policy comes from a pull request, and CI reads it before anybody has looked at it.
//!   Budgets limit its bytes, depth, nodes and the expansion of aliases ([`policy::yaml`]); whatever a file
//!   contains ends in a problem with a place, quickly and in bounded memory.
//! - **Hostile files.** Links out of the folder or in a circle, and entries that are not regular files, are
//!   refused by name and never opened. A sandbox path stays inside the policy's folder.
//! - **Nothing executes.** A policy holds no command, address or credential, so a merge can neither run code
//!   nor send a token elsewhere. seatwise runs Git only to read, without the hooks and filters of the
//!   repository ([`git`]).
//! - **Secrets are never in output.** The policy, plans, journals and snapshots contain none. A token is
//!   wrapped so that it cannot be printed, and is sent only to the host it is kept for, and only over TLS or
//!   on this machine ([`connector::transport`]).
//! - **Services that fail, lie or die.** Pages that do not belong together count as unread. A write whose
//!   answer was lost is sent again under its key ([`connector::http`]), or looked up before it is sent again
//!   where there are no keys ([`connector::scim`]).
//! - **Hostile names.** Text from the organization or the policy is stripped of control characters before a
//!   terminal shows it ([`render::clean`]), and escaped in Markdown.
//! - **Edited plans.** A saved plan carries the digest of its content. A plan that was changed, is too old or
//!   is not the approved one is refused as a whole.
//! - **Death at any moment.** Each write is in the journal, on disk, before it is sent ([`apply::journal`]).
//!
//! # Reading order
//!
//! The modules below, from the top: what an organization is, what a policy says about it, how the two differ,
//! what to do about the differences, and how the result is shown. One table in `tests/it/invariants.rs` lists
//! which module may use which.

// ── pure ──

pub mod model;

pub mod policy;

pub mod change;

pub mod object;

pub mod diff;

pub mod usage;

pub mod plan;

pub mod audit;

pub mod render;

pub mod format;

pub mod wire;

// ── effects ──

pub mod disk;

pub mod state;

pub mod load;

pub mod git;

pub mod exports;

pub mod connector;

pub mod sandbox;

pub mod reach;

pub mod apply;

pub mod cli;
