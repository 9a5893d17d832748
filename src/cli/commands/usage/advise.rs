//! `seatwise usage advise`.

mod edits;

use std::collections::BTreeSet;

use clap::Args;

use crate::cli::option_words::{OptionWord, words_parser};
use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::model::Email;
use crate::policy::{Policy, Presence};
use crate::render::usage::{self, PatchedAdvice};
use crate::usage::{Advice, Adviser, Remedy, UsageWithoutUsers};

use edits::PolicyEdits;

/// Show what is cheapest where more is used than is owned: to release, to restrict, or to buy licences
///
/// Judged by the periods that have passed, as if it had been done already: what each comes to in money over
/// the periods to come, and whom it touches. What is an edit of the policy is printed as a patch.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage advise                                             (of what was collected)
  seatwise usage advise --product openroads-designer --patch release | git apply
  seatwise usage advise usage-*.csv --out advice.html")]
pub(super) struct UsageAdviseArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
    /// Look at so many periods to come
    #[arg(long, value_name = "N", default_value_t = 12,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    periods: u32,
    /// Print the edit of the policy instead, as a patch for `git apply`
    #[arg(long, value_parser = words_parser(&PATCHES), value_name = "WHICH",
        conflicts_with_all = ["format", "out"])]
    patch: Option<PatchedRemedy>,
}

/// The remedy that a patch carries out; `None` for the cheapest.
type PatchedRemedy = Option<Remedy>;

const PATCHES: [OptionWord<PatchedRemedy>; 3] = [
    ("cheapest", "Of what is cheapest", None),
    ("release", "Take the product from some people", Some(Remedy::Release)),
    ("restrict", "Close the product to all who are not selected", Some(Remedy::Restrict)),
];

/// Reports what is cheapest where more is used than is owned, or prints it as a patch of the policy.
pub(super) fn run_usage_advise(args: &UsageAdviseArgs, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = args.inputs.require_usage_context(context)?;
    let (settings, assigned) = (known.settings(), &known.assigned);
    let terms = known.terms().ok_or_else(|| {
        CliError::Usage("advice holds all use against the contracts, and they were not read".to_owned())
    })?;
    let (counted, damages) = args.inputs.count(&known, &mut register)?;
    let declared = declared_users(&known.sides.policy);
    let today = context.moment(None).as_of;
    let live = &known.sides.scoped.live.0;
    let outlay = Adviser { live, terms, settings, declared: &declared, today, periods: args.periods };
    let selection = args.inputs.selection(&known, &register)?;
    let mut pools = outlay.exceeded_pools(&counted);
    pools.retain(|pool| selection.has_pool(pool));
    let crowd = || UsageWithoutUsers::new(settings, assigned, known.window, &register, &pools);
    let mut stays = args.inputs.read_again(&known, &register, crowd)?.finish();
    let advice: Vec<Advice> = pools
        .iter()
        .map(|pool| outlay.advice(pool, &counted, &stays.remove(pool).unwrap_or_default()))
        .collect();
    let edits = PolicyEdits::new(&args.inputs.workspace(context)?, &known.sides, today)?;
    if let Some(which) = &args.patch {
        print_patch(which.as_ref(), &advice, &edits, context)?;
        return Ok(args.inputs.report_damages(&damages, context));
    }
    let patches = advice
        .iter()
        .map(|advice| advice.choices.iter().map(|choice| edits.patch(&[(advice, choice)])).collect())
        .collect();
    let (periods, break_even) = (args.periods, outlay.break_even_periods());
    let counsel = PatchedAdvice { advice, patches, periods, break_even };
    args.inputs.write(&usage::advice_report(&counsel, settings, &known.scope), &damages, context)
}

/// Returns the people that the policy declares as present, whose entries can be edited.
fn declared_users(policy: &Policy) -> BTreeSet<Email> {
    let present = policy.users.iter().filter(|(_, user)| user.presence == Presence::Present);
    present.map(|(email, _)| email.clone()).collect()
}

fn print_patch(
    which: Option<&Remedy>,
    advice: &[Advice],
    edits: &PolicyEdits<'_>,
    context: &Context,
) -> Result<(), CliError> {
    let chosen =
        advice.iter().filter_map(|advice| Some((advice, advice.choices.get(choice_index(which, advice)?)?)));
    let chosen: Vec<_> = chosen.filter(|(_, choice)| choice.act.is_policy_edit()).collect();
    let patch = edits.patch(&chosen);
    if patch.is_empty() {
        let why = if chosen.is_empty() {
            "nothing of what is asked for is an edit of the policy"
        } else {
            "the policy has no place for it that can be edited safely: edit it by hand"
        };
        context.note(&format!("note: {why}"));
    }
    context.report(&patch)
}

fn choice_index(which: Option<&Remedy>, advice: &Advice) -> Option<usize> {
    match which {
        None => advice.cheapest,
        Some(act) => advice.choices.iter().position(|choice| choice.act == *act),
    }
}
