//! Acts on the settings of the organization: defaults, restrictions, alerts, contacts.

use rusqlite::params;

use super::write_transaction::{
    ActOutcome, ActResult, WriteTransaction, area_code, contact_words, stop_changed, stop_refused,
};
use crate::change::Edit;
use crate::model::{AccessSetting, Alert, Area, Contact, CountryCode, MOST_CONTACTS, ProductId};
use crate::sandbox::store::schema::{ColumnCode, code_column};

impl WriteTransaction<'_> {
    /// Sets a country's default. `everyone` means the same as no default, so it is not stored.
    pub(super) fn set_default(&self, country: CountryCode, edit: &Edit<AccessSetting>) -> ActResult {
        let stated = |setting: Option<&AccessSetting>| {
            setting.copied().filter(|setting| *setting == AccessSetting::Nobody)
        };
        let (before, after) = (stated(edit.before()), stated(edit.after()));
        let live =
            self.first_row("SELECT setting FROM defaults WHERE country = ?", [country.as_str()], |row| {
                code_column(row, 0)
            })?;
        if live == after {
            return Ok(ActOutcome::AlreadySo);
        }
        if live != before {
            return stop_changed(format!("the default of {country} is {} now", setting_words(live)));
        }
        match after {
            Some(setting) => self.run(
                "INSERT OR REPLACE INTO defaults (country, setting) VALUES (?, ?)",
                params![country.as_str(), ColumnCode(setting)],
            )?,
            None => self.run("DELETE FROM defaults WHERE country = ?", [country.as_str()])?,
        };
        Ok(ActOutcome::Done)
    }

    /// Sets who may start a product in an area.
    pub(super) fn set_restriction(
        &self,
        product: &ProductId,
        area: Area,
        edit: &Edit<AccessSetting>,
    ) -> ActResult {
        let (before, after) = (edit.before().copied(), edit.after().copied());
        let (key, country) = (self.product_key(product)?, area_code(&area));
        let sql = "SELECT setting FROM restrictions WHERE product_id = ? AND country = ?";
        let live = self.first_row(sql, params![key, country], |row| code_column(row, 0))?;
        if live == after {
            return Ok(ActOutcome::AlreadySo);
        }
        if live != before {
            return stop_changed(format!("{product} is set to {} now", setting_words(live)));
        }
        match after {
            Some(setting) => {
                let sql =
                    "INSERT OR REPLACE INTO restrictions (product_id, country, setting) VALUES (?, ?, ?)";
                self.run(sql, params![key, country, ColumnCode(setting)])?
            }
            None => self.run(
                "DELETE FROM restrictions WHERE product_id = ? AND country = ?",
                params![key, country],
            )?,
        };
        Ok(ActOutcome::Done)
    }

    /// Sets a product's alert threshold in a country.
    pub(super) fn set_alert(
        &self,
        product: &ProductId,
        country: CountryCode,
        edit: &Edit<Alert>,
    ) -> ActResult {
        let (before, after) = (edit.before().copied(), edit.after().copied());
        let key = self.product_key(product)?;
        let sql = "SELECT above, sign_in_required FROM alerts WHERE product_id = ? AND country = ?";
        let live = self.first_row(sql, params![key, country.as_str()], |row| {
            Ok(Alert { above: row.get(0)?, sign_in_required: row.get(1)? })
        })?;
        if live == after {
            return Ok(ActOutcome::AlreadySo);
        }
        if live != before {
            let now =
                live.map_or_else(|| "no alert".to_owned(), |alert| format!("an alert above {}", alert.above));
            return stop_changed(format!("there is {now} on {product} in {country}"));
        }
        match after {
            Some(Alert { above, sign_in_required }) => {
                let sql = "INSERT OR REPLACE INTO alerts (product_id, country, above, sign_in_required) \
                    VALUES (?, ?, ?, ?)";
                self.run(sql, params![key, country.as_str(), above, sign_in_required])?
            }
            None => self.run(
                "DELETE FROM alerts WHERE product_id = ? AND country = ?",
                params![key, country.as_str()],
            )?,
        };
        Ok(ActOutcome::Done)
    }

    /// Adds a fulfilment contact.
    pub(super) fn add_contact(&self, contact: &Contact) -> ActResult {
        if self.has_contact(contact)? {
            return Ok(ActOutcome::AlreadySo);
        }
        if self.contact_count()? >= MOST_CONTACTS {
            return stop_refused(format!("there are at most {MOST_CONTACTS} fulfilment contacts"));
        }
        self.insert_contact(contact)
    }

    /// Removes a fulfilment contact.
    pub(super) fn remove_contact(&self, contact: &Contact) -> ActResult {
        if !self.has_contact(contact)? {
            return Ok(ActOutcome::AlreadySo);
        }
        self.keep_a_contact(contact)?;
        self.delete_contact(contact)
    }

    /// Replaces a fulfilment contact.
    pub(super) fn replace_contact(&self, from: &Contact, to: &Contact) -> ActResult {
        match (self.has_contact(from)?, self.has_contact(to)?) {
            (false, true) => return Ok(ActOutcome::AlreadySo),
            (false, false) => return stop_changed(format!("contact {} is not there", contact_words(from))),
            (true, true) => return stop_changed(format!("contact {} is there already", contact_words(to))),
            (true, false) => self.insert_contact(to)?,
        };
        self.delete_contact(from)
    }

    fn keep_a_contact(&self, contact: &Contact) -> ActResult<()> {
        if self.contact_count()? == 1 {
            return stop_refused(format!("{} is the last fulfilment contact", contact_words(contact)));
        }
        Ok(())
    }

    fn contact_count(&self) -> ActResult<usize> {
        Ok(self.count("SELECT count(*) FROM contacts", [])? as usize)
    }

    fn has_contact(&self, contact: &Contact) -> ActResult<bool> {
        Ok(self.has_row("SELECT 1 FROM contacts WHERE email = ? AND country = ?", contact_key(contact))?)
    }

    fn insert_contact(&self, contact: &Contact) -> ActResult {
        self.insert("contacts", "email, country", contact_key(contact))?;
        Ok(ActOutcome::Done)
    }

    fn delete_contact(&self, contact: &Contact) -> ActResult {
        self.run("DELETE FROM contacts WHERE email = ? AND country = ?", contact_key(contact))?;
        Ok(ActOutcome::Done)
    }
}

fn contact_key(contact: &Contact) -> [&str; 2] {
    [contact.email.as_str(), area_code(&contact.area)]
}

fn setting_words(setting: Option<AccessSetting>) -> &'static str {
    setting.map_or("unstated", AccessSetting::as_str)
}
