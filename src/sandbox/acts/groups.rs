//! Acts on groups, their members and their lists.

use rusqlite::params;

use super::write_transaction::{
    ActOutcome, ActResult, StoredGroup, WriteTransaction, listed_products, stop_changed, stop_refused,
};
use crate::model::{Email, FlatSet, GroupFacts, GroupKind, GroupName, LiveId, ProductId};
use crate::sandbox::store::schema::ColumnCode;

impl WriteTransaction<'_> {
    /// Creates a group with an empty product list.
    pub(super) fn create_group(&self, facts: &GroupFacts) -> ActResult {
        if let Some(group) = self.find_group(&facts.name)? {
            return if group.facts == *facts {
                Ok(ActOutcome::AlreadySo)
            } else {
                stop_changed(format!("there is another group {} already", facts.name))
            };
        }
        let live = self.next_identity("groups", 'g')?;
        let GroupFacts { name, kind, country, description } = facts;
        let country = country.as_ref().map(|country| country.as_str());
        let row = params![live.as_str(), name.as_str(), ColumnCode(*kind), country, description];
        self.insert("groups", "live, name, kind, country, description", row)?;
        Ok(ActOutcome::Created(live))
    }

    /// Changes a group's name, kind, country or description.
    pub(super) fn update_group(
        &self,
        before: &GroupFacts,
        after: &GroupFacts,
        identity: Option<&LiveId>,
    ) -> ActResult {
        let found = match self.find_group(&before.name)? {
            None => self.find_group(&after.name)?.filter(|group| identity == Some(&group.live)),
            found @ Some(_) => found,
        };
        let Some(group) = found else {
            return stop_changed(format!("group {} is not there", before.name));
        };
        if group.facts == *after {
            return Ok(ActOutcome::AlreadySo);
        }
        if let Some(what) = differing_fact(&group.facts, before) {
            return stop_changed(format!("the {what} of group {} has changed", group.facts.name));
        }
        if after.name != before.name
            && self.has_row("SELECT 1 FROM groups WHERE name = ?", [after.name.as_str()])?
        {
            return stop_refused(format!("{} is the name of another group", after.name));
        }
        self.check_kind(&group, after.kind)?;
        let GroupFacts { name, kind, country, description } = after;
        let country = country.as_ref().map(|country| country.as_str());
        let sql = "UPDATE groups SET name = ?, kind = ?, country = ?, description = ?, version = version + 1 \
            WHERE id = ?";
        self.run(sql, params![name.as_str(), ColumnCode(*kind), country, description, group.id])?;
        Ok(ActOutcome::Done)
    }

    fn check_kind(&self, group: &StoredGroup, after: GroupKind) -> ActResult<()> {
        let name = &group.facts.name;
        if group.facts.kind == after {
            return Ok(());
        }
        if after != GroupKind::Entitlement
            && self.has_row("SELECT 1 FROM lists WHERE group_id = ?", [group.id])?
        {
            return stop_refused(format!(
                "group {name} has a product list, which only an entitlement group can have"
            ));
        }
        if after == GroupKind::Allocation
            && let Some(email) = self.member_allocated_elsewhere(group.id)?
        {
            return stop_refused(format!("{email}, a member of {name}, is in another allocation group"));
        }
        Ok(())
    }

    fn member_allocated_elsewhere(&self, group: i64) -> ActResult<Option<String>> {
        let sql =
            "SELECT email FROM memberships AS mine JOIN memberships AS other ON other.user_id = mine.user_id \
                AND other.group_id <> mine.group_id
            JOIN groups ON groups.id = other.group_id JOIN users ON users.id = mine.user_id
            WHERE mine.group_id = ? AND groups.kind = ? ORDER BY email LIMIT 1";
        Ok(self.first_row(sql, params![group, ColumnCode(GroupKind::Allocation)], |row| row.get(0))?)
    }

    /// Adds a member.
    pub(super) fn join_group(&self, email: &Email, name: &GroupName) -> ActResult {
        let (user, (group, kind)) = (self.user_key(email)?, self.group_key_and_kind(name)?);
        if self.is_member(user, group)? {
            return Ok(ActOutcome::AlreadySo);
        }
        self.insert_member(user, email, group, kind)?;
        self.touch_group(group)?;
        self.user_changed(user)
    }

    /// Removes a member.
    pub(super) fn leave_group(&self, email: &Email, name: &GroupName) -> ActResult {
        let user = self.user_key(email)?;
        // A group that is gone has no members.
        let Some(StoredGroup { id: group, .. }) = self.find_group(name)? else {
            return Ok(ActOutcome::AlreadySo);
        };
        if !self.delete_member(user, group)? {
            return Ok(ActOutcome::AlreadySo);
        }
        self.touch_group(group)?;
        self.user_changed(user)
    }

    /// Moves a member from one group to another.
    pub(super) fn swap_group(&self, email: &Email, from: &GroupName, to: &GroupName) -> ActResult {
        let (user, (old, _), (new, kind)) =
            (self.user_key(email)?, self.group_key_and_kind(from)?, self.group_key_and_kind(to)?);
        match (self.is_member(user, old)?, self.is_member(user, new)?) {
            (true, false) => {
                self.delete_member(user, old)?;
                self.insert_member(user, email, new, kind)?;
            }
            (false, true) => return Ok(ActOutcome::AlreadySo),
            (false, false) => return stop_changed(format!("{email} is not in {from}")),
            (true, true) => return stop_changed(format!("{email} is in {to} already")),
        }
        self.touch_user(user)?;
        self.touch_group(old)?;
        self.touch_group(new)?;
        Ok(ActOutcome::Done)
    }

    fn is_member(&self, user: i64, group: i64) -> ActResult<bool> {
        Ok(self.has_row("SELECT 1 FROM memberships WHERE user_id = ? AND group_id = ?", [user, group])?)
    }

    fn insert_member(&self, user: i64, email: &Email, group: i64, kind: GroupKind) -> ActResult<()> {
        if kind == GroupKind::Allocation {
            let sql = "SELECT name FROM memberships JOIN groups ON groups.id = group_id WHERE user_id = ? \
                AND kind = ?";
            if let Some(other) =
                self.first_row(sql, params![user, ColumnCode(kind)], |row| row.get::<_, String>(0))?
            {
                return stop_refused(format!(
                    "{email} is in allocation group {other} already, and a user is in at most one"
                ));
            }
        }
        self.insert("memberships", "user_id, group_id", [user, group])?;
        Ok(())
    }

    fn delete_member(&self, user: i64, group: i64) -> ActResult<bool> {
        Ok(self.run("DELETE FROM memberships WHERE user_id = ? AND group_id = ?", [user, group])? > 0)
    }

    /// Replaces a group's product list.
    pub(super) fn set_list(
        &self,
        name: &GroupName,
        before: &FlatSet<ProductId>,
        after: &FlatSet<ProductId>,
    ) -> ActResult {
        let (group, kind) = self.group_key_and_kind(name)?;
        let live: Vec<String> = listed_products(self.conn, group)?;
        if live.iter().eq(after.keys().map(ProductId::as_str)) {
            return Ok(ActOutcome::AlreadySo);
        }
        if !live.iter().eq(before.keys().map(ProductId::as_str)) {
            return stop_changed(format!(
                "the list of {name} is {} now",
                if live.is_empty() { "empty".to_owned() } else { live.join(", ") }
            ));
        }
        if kind != GroupKind::Entitlement && !after.is_empty() {
            return stop_refused(format!(
                "group {name} is no entitlement group, so it cannot have a product list"
            ));
        }
        self.run("DELETE FROM lists WHERE group_id = ?", [group])?;
        for product in after.keys() {
            self.insert("lists", "group_id, product_id", [group, self.product_key(product)?])?;
        }
        self.touch_group(group)?;
        Ok(ActOutcome::Done)
    }

    /// Deletes a group that has neither members nor a product list.
    pub(super) fn delete_group(&self, before: &GroupFacts) -> ActResult {
        let Some(group) = self.find_group(&before.name)? else {
            return Ok(ActOutcome::AlreadySo);
        };
        let name = &before.name;
        if let Some(what) = differing_fact(&group.facts, before) {
            return stop_changed(format!("the {what} of group {name} has changed"));
        }
        if self.has_row("SELECT 1 FROM memberships WHERE group_id = ?", [group.id])? {
            return stop_refused(format!("group {name} still has members"));
        }
        if self.has_row("SELECT 1 FROM lists WHERE group_id = ?", [group.id])? {
            return stop_refused(format!("group {name} still has a product list"));
        }
        self.run("DELETE FROM groups WHERE id = ?", [group.id])?;
        Ok(ActOutcome::Done)
    }
}

/// Returns the name of the first fact in which the two groups differ.
fn differing_fact(live: &GroupFacts, before: &GroupFacts) -> Option<&'static str> {
    let GroupFacts { name, kind, country, description } = before;
    let facts = [
        ("name", live.name == *name),
        ("kind", live.kind == *kind),
        ("country", live.country == *country),
        ("description", live.description == *description),
    ];
    facts.into_iter().find(|(_, same)| !same).map(|(fact, _)| fact)
}
