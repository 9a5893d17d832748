//! `seatwise usage advise`.

mod edits;

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::usage_inputs::UsageInputArgs;
use crate::model::Email;
use crate::policy::{Policy, Presence};
use crate::render::usage::{self, PatchedAdvice};
use crate::usage::{Advice, Adviser, Remedy, UsageCounter, UsageWithoutUsers};

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
    #[arg(long, value_enum, value_name = "WHICH", conflicts_with_all = ["format", "out"])]
    patch: Option<PatchChoice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PatchChoice {
    /// Of what is cheapest
    Cheapest,
    /// Take the product from some people
    Release,
    /// Close the product to all who are not selected
    Restrict,
}

/// Reports what is cheapest where more is used than is owned, or prints it as a patch of the policy.
pub(super) fn run_usage_advise(args: &UsageAdviseArgs, context: &Context) -> Result<Exit, CliError> {
    let form = args.inputs.form()?;
    let mut known = args.inputs.require_usage_context(context)?;
    let mut register = std::mem::take(&mut known.register);
    let (settings, assigned) = (known.settings(), &known.assigned);
    let terms = known.terms().ok_or_else(|| {
        CliError::Usage(
            "advice holds all use against the contracts: it is not for some people alone, nor \
            where contracts are unread"
                .to_owned(),
        )
    })?;
    let reading =
        args.inputs.read(&known, &mut register, || UsageCounter::new(settings, assigned, known.window))?;
    let counted = reading.taken.inner.finish(&register);
    let declared = declared_users(&known.sides.policy);
    let today = context.moment(None).as_of;
    let live = &known.sides.scoped.live.0;
    let outlay = Adviser { live, terms, settings, declared: &declared, today, periods: args.periods };
    let pools = outlay.exceeded_pools(&counted);
    let crowd = || UsageWithoutUsers::new(settings, assigned, known.window, &register, &pools);
    let mut stays = args.inputs.read_again(&known, &register, crowd)?.finish();
    let advice: Vec<Advice> = pools
        .iter()
        .map(|pool| outlay.advice(pool, &counted, &stays.remove(pool).unwrap_or_default()))
        .collect();
    let edits = PolicyEdits::new(&args.inputs.workspace(context)?, &known.sides, today)?;
    match args.patch {
        Some(which) => print_patch(which, &advice, &edits, context)?,
        None => {
            let patches = advice
                .iter()
                .map(|advice| advice.choices.iter().map(|choice| edits.patch(&[(advice, choice)])).collect())
                .collect();
            let counsel = PatchedAdvice {
                advice,
                patches,
                periods: args.periods,
                break_even: outlay.break_even_periods(),
            };
            args.inputs.write(
                &usage::advice_report(&counsel, settings, &args.inputs.scope(&known, context), form),
                context,
            )?;
        }
    }
    Ok(args.inputs.report_damages(&reading.damages, context))
}

/// Returns the people that the policy declares as present, whose entries can be edited.
fn declared_users(policy: &Policy) -> BTreeSet<Email> {
    let present = policy.users.iter().filter(|(_, user)| user.presence == Presence::Present);
    present.map(|(email, _)| email.clone()).collect()
}

fn print_patch(
    which: PatchChoice,
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

fn choice_index(which: PatchChoice, advice: &Advice) -> Option<usize> {
    let of = |act: Remedy| advice.choices.iter().position(|choice| choice.act == act);
    match which {
        PatchChoice::Cheapest => advice.cheapest,
        PatchChoice::Release => of(Remedy::Release),
        PatchChoice::Restrict => of(Remedy::Restrict),
    }
}
