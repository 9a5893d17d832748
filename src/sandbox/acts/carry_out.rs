//! Carries out one step in one transaction: the answer to a repeated key, the check of identities, the act
//! itself, its records.

use rusqlite::{Connection, TransactionBehavior, params};

use super::audit_record::record_act;
use super::write_transaction::{
    ActOutcome, ActResult, WriteStop, WriteTransaction, stop_changed, stop_refused,
};
use crate::change::{Change, Edit};
use crate::connector::Receipt;
use crate::model::{LiveId, Timestamp};
use crate::object::ChangeFacts;
use crate::plan::{Act, Identity, Step};

/// A step that a caller wants carried out.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct StepRequest<'a> {
    pub(in crate::sandbox) now: Timestamp,
    pub(in crate::sandbox) step: &'a Step,
    /// The idempotency key: a repeated request for the same step has the same key.
    pub(in crate::sandbox) key: &'a str,
    /// The version that the step's user or group must be at; `None` accepts any.
    pub(in crate::sandbox) version: Option<u32>,
}

/// Carries out a step under its idempotency key. Returns the receipt and the revision of the organization
/// after the step.
pub(in crate::sandbox) fn carry_out_step(
    conn: &mut Connection,
    asked: StepRequest<'_>,
) -> ActResult<(Receipt, u64)> {
    let StepRequest { now, step, key, version } = asked;
    // `Immediate`, because a deferred transaction that turns into a write can fail halfway when another
    // process has written in between.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let receipt = WriteTransaction { conn: &tx, now, key }.run_step(step, version)?;
    let revision = crate::sandbox::store::pages::revision(&tx)?;
    tx.commit()?;
    Ok((receipt, revision))
}

impl WriteTransaction<'_> {
    fn run_step(&self, step: &Step, version: Option<u32>) -> ActResult<Receipt> {
        let act = record_act(&step.act).to_string();
        if let Some(receipt) = self.earlier_answer(&act)? {
            return Ok(receipt);
        }
        version.map_or(Ok(()), |version| self.check_version(&step.act, version))?;
        self.check_identities(step)?;
        let receipt = match self.perform_step(step)? {
            ActOutcome::AlreadySo => Receipt::AlreadySo,
            ActOutcome::Done => Receipt::Done { created: None },
            ActOutcome::Created(live) => Receipt::Done { created: Some(live) },
        };
        self.store_answer(&act, &receipt)?;
        Ok(receipt)
    }

    /// Returns the receipt that an earlier request with this key got, if there was one.
    fn earlier_answer(&self, act: &str) -> ActResult<Option<Receipt>> {
        let sql = "SELECT act, done, created FROM answers WHERE key = ?";
        let answer = self.first_row(sql, [self.key], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?))
        })?;
        match answer {
            None => Ok(None),
            Some((known, _, _)) if known != act_digest(act) => {
                stop_refused(format!("key {} was used for another step", self.key))
            }
            Some((_, false, _)) => Ok(Some(Receipt::AlreadySo)),
            Some((_, true, created)) => {
                let created = created
                    .map(|live| LiveId::new(&live))
                    .transpose()
                    .map_err(crate::sandbox::store::schema::damage_error)?;
                Ok(Some(Receipt::Done { created }))
            }
        }
    }

    fn store_answer(&self, act: &str, receipt: &Receipt) -> ActResult<()> {
        let (done, created) = match receipt {
            Receipt::Done { created } => (true, created.as_ref().map(LiveId::as_str)),
            Receipt::AlreadySo => (false, None),
        };
        if done {
            self.append_audit(act)?;
        }
        let row = params![self.key, act_digest(act), done, created];
        self.insert("answers", "key, act, done, created", row)?;
        Ok(())
    }

    fn check_version(&self, act: &Act, expected: u32) -> ActResult<()> {
        let ChangeFacts { user, group, .. } = act.facts();
        let (name, sql) = match (user, group) {
            (Some(user), _) => (user.as_str(), "SELECT version FROM users WHERE email = ?"),
            (None, Some(group)) => (group.as_str(), "SELECT version FROM groups WHERE name = ?"),
            (None, None) => return Err(WriteStop::Version("what the change is about has no version".into())),
        };
        match self.first_row(sql, [name], |row| row.get::<_, u32>(0))? {
            Some(version) if version == expected => Ok(()),
            Some(version) => Err(WriteStop::Version(format!("{name} is at version {version}").into())),
            None => Err(WriteStop::Version(format!("{name} is not there").into())),
        }
    }

    /// Stops the step if a name now belongs to another object than the one that was read. A name without any
    /// object is left to the act: a rename or a removal may be done already.
    fn check_identities(&self, step: &Step) -> ActResult<()> {
        for identity in &step.identities {
            let (name, expected, live) = match identity {
                Identity::User(email, live) => (
                    email.as_str(),
                    live,
                    self.live_id("SELECT live FROM users WHERE email = ?", email.as_str())?,
                ),
                Identity::Group(name, live) => (
                    name.as_str(),
                    live,
                    self.live_id("SELECT live FROM groups WHERE name = ?", name.as_str())?,
                ),
            };
            match live {
                Some(live) if live != expected.as_str() => {
                    return stop_changed(format!("{name} is another one now"));
                }
                None if !may_be_gone(&step.act) => return stop_changed(format!("{name} is not there")),
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    fn live_id(&self, sql: &str, name: &str) -> ActResult<Option<String>> {
        Ok(self.first_row(sql, [name], |row| row.get(0))?)
    }

    fn perform_step(&self, step: &Step) -> ActResult {
        let identity = step.identities.first().map(|identity| match identity {
            Identity::User(_, live) | Identity::Group(_, live) => live,
        });
        self.perform(&step.act, identity)
    }

    /// Performs an act. `identity` is the identity of the act's object, by which the object is found if it
    /// already has its new name.
    pub(in crate::sandbox) fn perform(&self, act: &Act, identity: Option<&LiveId>) -> ActResult {
        match act {
            Act::Change(change) => self.make_change(change, identity),
            Act::SwapAllocation { user, from, to } => self.swap_group(user, from, to),
            Act::SetList { group, before, after } => self.set_list(group, before, after),
        }
    }

    fn make_change(&self, change: &Change, identity: Option<&LiveId>) -> ActResult {
        match change {
            Change::User { edit, .. } => match edit {
                Edit::Create(profile) => self.invite(profile),
                Edit::Update { before, after } => self.update_user(before, after, identity),
                Edit::Delete(profile) => self.remove_user(profile),
            },
            Change::State { user, before, after } => self.set_state(user, *before, *after),
            Change::Group { edit, .. } => match edit {
                Edit::Create(facts) => self.create_group(facts),
                Edit::Update { before, after } => self.update_group(before, after, identity),
                Edit::Delete(facts) => self.delete_group(facts),
            },
            Change::Membership { user, group, edit } => match edit.after() {
                Some(()) => self.join_group(user, group),
                None => self.leave_group(user, group),
            },
            Change::Role { user, role, edit } => match edit.after() {
                Some(()) => self.grant_role(user, role),
                None => self.revoke_role(user, role),
            },
            Change::Exception { user, product, edit } => self.set_exception(user, product, edit),
            Change::Licence { user, product, edit } => match edit.after() {
                Some(()) => self.assign_licence(user, product),
                None => self.release_licence(user, product),
            },
            Change::Checkout { user, checkout } => self.end_checkout(user, checkout),
            Change::Listing { group, .. } => stop_refused(format!("the list of {group} changes as a whole")),
            Change::Default { country, edit } => self.set_default(*country, edit),
            Change::Restriction { product, area, edit } => self.set_restriction(product, *area, edit),
            Change::Alert { product, country, edit } => self.set_alert(product, *country, edit),
            Change::Contact { edit } => match edit {
                Edit::Create(contact) => self.add_contact(contact),
                Edit::Update { before, after } => self.replace_contact(before, after),
                Edit::Delete(contact) => self.remove_contact(contact),
            },
        }
    }
}

/// Whether an object that the act names may be gone once the act is done.
fn may_be_gone(act: &Act) -> bool {
    let Some(change) = act.change() else { return false };
    if let Change::User { edit, .. } = change {
        edit.before().is_some()
    } else if let Change::Group { edit, .. } = change {
        edit.before().is_some()
    } else {
        matches!(change, Change::Membership { edit: Edit::Delete(()), .. })
    }
}

fn act_digest(act: &str) -> [u8; 16] {
    let hash = blake3::hash(act.as_bytes());
    let (half, _) = hash.as_bytes().split_first_chunk().expect("the hash is 32 bytes");
    *half
}
