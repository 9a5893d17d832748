//! `seatwise who`.

use clap::{Args, Subcommand};

use super::asking::{Asking, Sides, unknown};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::audit::what::known_products;
use crate::audit::who::{ProductUser, group_members, product_users, role_holders};
use crate::audit::{OrganizationView, who};
use crate::model::{GroupName, Interner, ProductId, RoleId};
use crate::render::answers::{self, json};
use crate::render::words::MarkedText;

/// Tell who can use a product, has a role, or is in a group
///
/// Each person with the reason and the lines of the policy that make it so: `not in the policy` is what was
/// set up by hand. Whether somebody can use a product is decided as the organization does it: a named
/// licence, an assignment by name, group lists, the product's setting, the country's default.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise who can use openroads-designer examples/acme-engineering
  seatwise who can use openroads-designer --compare        (what would the policy change?)
  seatwise who has co-administrator
  seatwise who is in lisbon-design --policy")]
pub(super) struct Who {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Who can use a product
    Can(Can),
    /// Who has a role
    Has(Has),
    /// Who is in a group
    Is(Is),
}

#[derive(Debug, Args)]
struct Can {
    #[command(subcommand)]
    question: Use,
}

#[derive(Debug, Subcommand)]
enum Use {
    /// Who can use a product
    Use(Product),
}

#[derive(Debug, Args)]
struct Product {
    /// The product's id in the policy's catalogue
    product: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
struct Has {
    /// The role's id, such as `co-administrator`
    role: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
struct Is {
    #[command(subcommand)]
    question: In,
}

#[derive(Debug, Subcommand)]
enum In {
    /// Who is in a group
    In(Group),
}

#[derive(Debug, Args)]
struct Group {
    /// The group's name
    group: String,
    #[command(flatten)]
    asking: Asking,
}

pub(super) fn run(args: &Who, context: &Context) -> Result<Exit, CliError> {
    match &args.question {
        Question::Can(Can { question: Use::Use(asked) }) => can(asked, context)?,
        Question::Has(asked) => has(asked, context)?,
        Question::Is(Is { question: In::In(asked) }) => is(asked, context)?,
    }
    Ok(Exit::Done)
}

fn people(picture: OrganizationView<'_>) -> usize {
    picture.organization.users.len()
}

/// The product of this id, if anybody has named it.
pub(super) fn product(sides: &Sides, id: &str) -> Result<ProductId, CliError> {
    let (live, desired) = sides.both();
    let known = || known_products(live).into_iter().chain(known_products(desired));
    known()
        .find(|known| known.as_str() == id)
        .cloned()
        .ok_or_else(|| unknown("product", id, known().map(ProductId::as_str)))
}

fn can(asked: &Product, context: &Context) -> Result<(), CliError> {
    let names = Interner::default();
    let sides = asked.asking.sides(context, &names)?;
    let product = product(&sides, &asked.product)?;
    let called = sides.both().0.facts.products.get(&product);
    if asked.asking.compares_in_text() {
        let (live, desired) = sides.both();
        let of = |picture: OrganizationView<'_>| -> Vec<ProductUser> { product_users(picture, &product) };
        return context.report(&answers::compare_who_can_use(&product, called, &of(live), &of(desired)));
    }
    asked.asking.answer(
        &sides,
        context,
        |side, picture| {
            Ok(answers::who_can_use_text(
                side,
                &product,
                called,
                &product_users(picture, &product),
                people(picture),
            ))
        },
        |side, picture| {
            Ok(json::who_can_use_json(side, &product, &product_users(picture, &product), people(picture)))
        },
    )
}

fn has(asked: &Has, context: &Context) -> Result<(), CliError> {
    let sides = asked.asking.sides(context, &Interner::default())?;
    let (live, desired) = sides.both();
    let held = [live, desired]
        .into_iter()
        .flat_map(|picture| picture.organization.users.values())
        .flat_map(|user| user.roles.keys());
    let portal = RoleId::PORTAL.iter().map(|(id, _)| *id);
    let known: std::collections::BTreeSet<&str> =
        held.chain(live.policy.roles.keys()).map(RoleId::as_str).chain(portal).collect();
    let role = RoleId::new(&asked.role)
        .ok()
        .filter(|role| known.contains(role.as_str()))
        .ok_or_else(|| unknown("role", &asked.role, known))?;
    let question = MarkedText::new("Who has the role ").name(&role);
    holders(&asked.asking, &sides, context, &question, json::RoleOrGroup::Role(role.as_str()), |picture| {
        role_holders(picture, &role)
    })
}

fn is(asked: &Group, context: &Context) -> Result<(), CliError> {
    let sides = asked.asking.sides(context, &Interner::default())?;
    let (live, desired) = sides.both();
    let known = || live.organization.groups.keys().chain(desired.organization.groups.keys());
    let group = known().find(|known| known.as_str() == asked.group).cloned();
    let group = group.ok_or_else(|| unknown("group", &asked.group, known().map(GroupName::as_str)))?;
    let question = MarkedText::new("Who is in the group ").name(&group);
    holders(&asked.asking, &sides, context, &question, json::RoleOrGroup::Group(group.as_str()), |picture| {
        group_members(picture, &group)
    })
}

fn holders(
    asking: &Asking,
    sides: &Sides,
    context: &Context,
    question: &MarkedText,
    held: json::RoleOrGroup<'_>,
    found: impl Fn(OrganizationView<'_>) -> Vec<who::GrantHolder>,
) -> Result<(), CliError> {
    if asking.compares_in_text() {
        let (live, desired) = sides.both();
        return context.report(&answers::compare_holders(question, &found(live), &found(desired)));
    }
    asking.answer(
        sides,
        context,
        |side, picture| Ok(answers::holders_text(question, side, &found(picture), people(picture))),
        |side, picture| Ok(json::holders_json(side, held, &found(picture), people(picture))),
    )
}
