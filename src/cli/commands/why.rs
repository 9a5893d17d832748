//! `seatwise why`.

use clap::Args;

use crate::audit::explanation::{AccessExplanation, ChainLine, explain_access};
use crate::cli::known_names::NamedOrganization;
use crate::cli::question::{OrganizationSides, QuestionArgs, SideAnswer, text_of_sides};
use crate::cli::{CliError, Context, Exit};
use crate::model::{Email, ProductId};
use crate::render::answers::{self, answer_report, json};

/// Tell why somebody can or cannot use a product
///
/// Everything that has a say, strongest first: a named licence, an assignment by name, the lists of groups,
/// the product's setting, the country's default; each with the lines of the policy that make it so, from the
/// person through includes to the list.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  seatwise -C examples/acme-engineering why ana.silva@acme.example \
        openroads-designer --policy")]
pub(in crate::cli) struct WhyArgs {
    /// The person: an address, or a name such as `Ana Silva`
    user: String,
    /// The product: its id, name or number
    product: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

/// Reports why one person can or cannot use one product.
pub(super) fn run_why(args: &WhyArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = args.asking.sides(context)?;
    let (email, product) = person_and_product(&sides, &args.user, &args.product)?;
    let called = sides.pictures().0.facts.products.get(&product);
    args.asking.answer(
        &sides,
        context,
        |picture| {
            let why = explain_access(picture, &email, &product);
            why.map(|why| Ok((args.asking.line_history(&sides, context, lines(&why))?, why))).transpose()
        },
        |answers, width| {
            text_of_sides(answers, |SideAnswer { side, found, .. }| match found {
                Some((history, why)) => {
                    answers::why_text(side, email.as_str(), &product, called, why, history, width)
                }
                None => absence_sentence(side, &email),
            })
        },
        |of_sides| answer_report::explanation_table(&email, &product, called, of_sides),
        |SideAnswer { side, found, .. }| match found {
            Some((history, why)) => json::why_json(side, email.as_str(), &product, why, history),
            None => serde_json::Value::Null,
        },
    )?;
    Ok(sides.exit())
}

fn lines(why: &AccessExplanation) -> impl Iterator<Item = &ChainLine> {
    why.said.iter().flat_map(|said| &said.lines)
}

/// Returns the person and the product that the words stand for, in the other order too where they can only be
/// meant so.
fn person_and_product(
    sides: &OrganizationSides,
    first: &str,
    second: &str,
) -> Result<(Email, ProductId), CliError> {
    let organization = NamedOrganization::from_sides(sides);
    let (people, products) = (organization.people([]), organization.products([]));
    match (people.require_one(first), products.require_one(second)) {
        (Ok(email), Ok(product)) => Ok((email, product)),
        (Err(error), Err(_)) => people.find_one(second).zip(products.find_one(first)).ok_or(error),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Returns the answer for a side that does not have the person.
pub(in crate::cli) fn absence_sentence(side: &str, email: &Email) -> String {
    format!("{email} is not in the organization, {side}\n")
}
