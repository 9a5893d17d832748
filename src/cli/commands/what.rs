//! `seatwise what`.

use clap::Args;

use super::why::absence_sentence;
use crate::audit::user_holdings::user_holdings;
use crate::cli::known_names::NamedOrganization;
use crate::cli::question::{QuestionArgs, SideAnswer, text_of_sides};
use crate::cli::{CliError, Context, Exit};
use crate::render::answers::{self, answer_report, json};

/// Tell what one person has: roles, groups, and the products they can use
///
/// Each with the lines of the policy that make it so. A product that nobody has named is in no list and in no
/// restriction, and is not shown: the country's default decides over it.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Example:\n  seatwise -C examples/acme-engineering what ana.silva@acme.example --policy"
)]
pub(in crate::cli) struct WhatArgs {
    /// The person: an address, or a name such as `Ana Silva`
    user: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

/// Reports the roles, groups and usable products of one person.
pub(super) fn run_what(args: &WhatArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = args.asking.sides(context)?;
    let email = NamedOrganization::from_sides(&sides).require_person(&args.user)?;
    args.asking.answer(
        &sides,
        context,
        |picture| Ok(user_holdings(picture, &email)),
        |answers, width| {
            text_of_sides(answers, |SideAnswer { side, picture, found }| {
                let called = |product: &_| picture.facts.products.get(product).cloned();
                let portrait = found.as_ref().map(|found| answers::portrait_text(side, found, called, width));
                portrait.unwrap_or_else(|| absence_sentence(side, &email))
            })
        },
        |of_sides| {
            let called = |product: &_| sides.pictures().0.facts.products.get(product).cloned();
            answer_report::portrait_table(&email, of_sides, called)
        },
        |SideAnswer { side, found, .. }| {
            found.as_ref().map(|found| json::portrait_json(side, found)).unwrap_or_default()
        },
    )?;
    Ok(sides.exit())
}
