//! `seatwise who`.

use clap::{Args, Subcommand};

use crate::audit::holders::{group_members, product_users, role_holders};
use crate::audit::{OrganizationView, holders};
use crate::cli::known_names::NamedOrganization;
use crate::cli::question::{OrganizationSides, QuestionArgs, SideAnswer, text_of_sides};
use crate::cli::{CliError, Context, Exit};
use crate::model::{GroupName, LiveId, RoleId};
use crate::render::answers::{self, answer_report, json};
use crate::render::words::MarkedText;

/// Tell who can use a product, has a role, or is in a group
///
/// Each person with the reason and the lines of the policy that make it so: `not in the policy` is what was
/// set up by hand. Whether somebody can use a product is decided as the organization does it: a named
/// licence, an assignment by name, group lists, the product's setting, the country's default.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise -C examples/acme-engineering who can use openroads-designer
  seatwise who can use openroads-designer --compare        (what would the policy change?)
  seatwise who has co-administrator
  seatwise who is in lisbon-design --policy
  seatwise who can use openroads-designer --out who.pdf    (to be filed)")]
pub(in crate::cli) struct WhoArgs {
    #[command(subcommand)]
    question: WhoCommand,
}

#[derive(Debug, Subcommand)]
enum WhoCommand {
    /// Who can use a product
    Can(WhoCanArgs),
    /// Who has a role
    Has(WhoHasArgs),
    /// Who is in a group
    Is(WhoIsArgs),
}

#[derive(Debug, Args)]
struct WhoCanArgs {
    #[command(subcommand)]
    question: WhoCanCommand,
}

#[derive(Debug, Subcommand)]
enum WhoCanCommand {
    /// Who can use a product
    Use(WhoCanUseArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise who can use \"OpenRoads Designer\" --compare")]
struct WhoCanUseArgs {
    /// The product: its id, name or number
    product: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise who has co-administrator --at 2026-09")]
struct WhoHasArgs {
    /// The role: its id, such as `co-administrator`, or the portal's name for it
    role: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

#[derive(Debug, Args)]
struct WhoIsArgs {
    #[command(subcommand)]
    question: WhoIsCommand,
}

#[derive(Debug, Subcommand)]
enum WhoIsCommand {
    /// Who is in a group
    In(WhoIsInArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise who is in lisbon-design --policy --out lisbon.csv")]
struct WhoIsInArgs {
    /// The group's name
    group: String,
    #[command(flatten)]
    asking: QuestionArgs,
}

/// Reports who can use a product, has a role, or is in a group.
pub(super) fn run_who(args: &WhoArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.question {
        WhoCommand::Can(WhoCanArgs { question: WhoCanCommand::Use(asked) }) => run_who_can(asked, context),
        WhoCommand::Has(asked) => run_who_has(asked, context),
        WhoCommand::Is(WhoIsArgs { question: WhoIsCommand::In(asked) }) => run_who_is(asked, context),
    }
}

fn count_people(picture: OrganizationView<'_>) -> usize {
    picture.organization.users.len()
}

fn run_who_can(asked: &WhoCanUseArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = asked.asking.sides(context)?;
    let product = NamedOrganization::from_sides(&sides).require_product(&asked.product)?;
    let called = sides.pictures().0.facts.products.get(&product);
    let find = |picture: OrganizationView<'_>| product_users(picture, &product);
    asked.asking.answer(
        &sides,
        context,
        |picture| Ok(find(picture)),
        |answers, width| match answers {
            [live, desired] => {
                answers::compare_who_can_use(&product, called, &live.found, &desired.found, width)
            }
            of_one_side => text_of_sides(of_one_side, |SideAnswer { side, picture, found }| {
                answers::who_can_use_text(side, &product, called, found, count_people(*picture), width)
            }),
        },
        |sides| answer_report::who_can_use_table(&product, called, sides),
        |SideAnswer { side, picture, found }| {
            json::who_can_use_json(side, &product, found, count_people(*picture))
        },
    )
}

fn run_who_has(asked: &WhoHasArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = asked.asking.sides(context)?;
    let role = NamedOrganization::from_sides(&sides).require_role(&asked.role)?;
    let question = MarkedText::new("Who has the role ").name(&role);
    answer_holders(&asked.asking, &sides, context, &question, HeldThing::Role(&role), |picture| {
        role_holders(picture, &role)
    })
}

fn run_who_is(asked: &WhoIsInArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = asked.asking.sides(context)?;
    let group = NamedOrganization::from_sides(&sides).require_group(&asked.group)?;
    let question = MarkedText::new("Who is in the group ").name(&group);
    answer_holders(&asked.asking, &sides, context, &question, HeldThing::Group(&group), |picture| {
        group_members(picture, &group)
    })
}

/// What somebody has or is in.
#[derive(Clone, Copy)]
enum HeldThing<'a> {
    Role(&'a RoleId),
    Group(&'a GroupName),
}

impl<'a> HeldThing<'a> {
    /// Returns the identity that the organization gave a group.
    fn identity(self, picture: OrganizationView<'a>) -> Option<&'a LiveId> {
        match self {
            Self::Role(_) => None,
            Self::Group(name) => picture.organization.groups.get(name)?.id.as_ref(),
        }
    }

    fn json(self) -> json::PeopleQuestionJson<'a> {
        match self {
            Self::Role(role) => json::PeopleQuestionJson::Role(role.as_str()),
            Self::Group(group) => json::PeopleQuestionJson::Group(group.as_str()),
        }
    }
}

fn answer_holders(
    asking: &QuestionArgs,
    sides: &OrganizationSides,
    context: &Context,
    question: &MarkedText,
    held: HeldThing<'_>,
    found: impl Fn(OrganizationView<'_>) -> Vec<holders::GrantHolder>,
) -> Result<Exit, CliError> {
    asking.answer(
        sides,
        context,
        |picture| Ok(found(picture)),
        |answers, width| match answers {
            [live, desired] => answers::compare_holders(question, &live.found, &desired.found, width),
            of_one_side => text_of_sides(of_one_side, |SideAnswer { side, picture, found }| {
                let id = held.identity(*picture).map(|id| id.as_str());
                answers::holders_text(question, side, id, found, count_people(*picture), width)
            }),
        },
        |sides| answer_report::holders_table(question, sides),
        |SideAnswer { side, picture, found }| {
            let id = held.identity(*picture);
            json::holders_json(side, held.json(), id, found, count_people(*picture))
        },
    )
}
