//! `seatwise why`.

use clap::Args;

use super::who;
use crate::audit::explanation::{AccessExplanation, ChainLine, explain_access};
use crate::cli::question::{OrganizationSides, QuestionArgs, SideAnswer, text_of_sides, unknown_name_error};
use crate::cli::{CliError, Context, Exit};
use crate::model::Email;
use crate::render::answers::{self, answer_report, json};

/// Tell why somebody can or cannot use a product
///
/// Everything that has a say, strongest first: a named licence, an assignment by name, the lists of groups,
/// the product's setting, the country's default; each with the lines of the policy that make it so, from the
/// person through includes to the list.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  seatwise why ana.silva@acme.example openroads-designer \
        examples/acme-engineering --policy")]
pub(in crate::cli) struct WhyArgs {
    /// The person's e-mail address
    user: String,
    /// The product's id in the policy's catalogue
    product: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

/// Reports why one person can or cannot use one product.
pub(super) fn run_why(args: &WhyArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = args.asking.sides(context)?;
    let product = who::product(&sides, &args.product)?;
    let email = person(&sides, &args.user)?;
    let called = sides.pictures().0.facts.products.get(&product);
    args.asking.answer(
        &sides,
        context,
        |picture| {
            let why = explain_access(picture, &email, &product);
            why.map(|why| Ok((args.asking.blame_lines(&sides, context, lines(&why))?, why))).transpose()
        },
        |answers, width| {
            text_of_sides(answers, |SideAnswer { side, found, .. }| match found {
                Some((blamed, why)) => {
                    answers::why_text(side, email.as_str(), &product, called, why, blamed, width)
                }
                None => absence_sentence(side, &email),
            })
        },
        |of_sides| answer_report::explanation_table(&email, &product, called, of_sides),
        |SideAnswer { side, found, .. }| match found {
            Some((blamed, why)) => json::why_json(side, email.as_str(), &product, why, blamed),
            None => serde_json::Value::Null,
        },
    )?;
    Ok(Exit::Done)
}

fn lines(why: &AccessExplanation) -> impl Iterator<Item = &ChainLine> {
    why.said.iter().flat_map(|said| &said.lines)
}

/// Returns the address of a person who is on either side; an error where the person is on neither.
pub(in crate::cli) fn person(sides: &OrganizationSides, address: &str) -> Result<Email, CliError> {
    let (live, desired) = sides.pictures();
    let known = || live.organization.users.keys().chain(desired.organization.users.keys());
    let email = Email::new(address).ok().filter(|email| known().any(|known| known == email));
    email.ok_or_else(|| unknown_name_error("user", address, known().map(Email::as_str)))
}

/// Returns the answer for a side that does not have the person.
pub(in crate::cli) fn absence_sentence(side: &str, email: &Email) -> String {
    format!("{email} is not in the organization, {side}\n")
}
