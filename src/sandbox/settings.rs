//! Acts on the settings of the organization: defaults, restrictions, alerts, contacts.

use rusqlite::params;

use super::schema::Code;
use super::write::{Deed, Stop, Write, area_code, changed, contact_words, refused};
use crate::model::{AccessSetting, Alert, Area, Contact, CountryCode, MOST_CONTACTS, ProductId};

impl Write<'_> {
    /// Sets a country's default; `everyone` is the same as none, and is not kept.
    pub(super) fn set_default(
        &self,
        country: CountryCode,
        before: Option<AccessSetting>,
        after: Option<AccessSetting>,
    ) -> Result<Deed, Stop> {
        let stated =
            |setting: Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
        let (before, after) = (stated(before), stated(after));
        let live = self.one("SELECT setting FROM defaults WHERE country = ?", [country.as_str()], |row| {
            Ok(row.get::<_, Code<AccessSetting>>(0)?.0)
        })?;
        if live == after {
            return Ok(Deed::AlreadySo);
        }
        if live != before {
            return changed(format!("the default of {country} is {} now", words(live)));
        }
        match after {
            Some(setting) => self.run(
                "INSERT OR REPLACE INTO defaults (country, setting) VALUES (?, ?)",
                params![country.as_str(), Code(setting)],
            )?,
            None => self.run("DELETE FROM defaults WHERE country = ?", [country.as_str()])?,
        };
        Ok(Deed::Done)
    }

    /// Sets who may start a product.
    pub(super) fn set_restriction(
        &self,
        product: &ProductId,
        area: Area,
        before: Option<AccessSetting>,
        after: Option<AccessSetting>,
    ) -> Result<Deed, Stop> {
        let (key, country) = (self.product(product)?, area_code(&area));
        let sql = "SELECT setting FROM restrictions WHERE product_id = ? AND country = ?";
        let live = self.one(sql, params![key, country], |row| Ok(row.get::<_, Code<AccessSetting>>(0)?.0))?;
        if live == after {
            return Ok(Deed::AlreadySo);
        }
        if live != before {
            return changed(format!("{product} is set to {} now", words(live)));
        }
        match after {
            Some(setting) => {
                let sql =
                    "INSERT OR REPLACE INTO restrictions (product_id, country, setting) VALUES (?, ?, ?)";
                self.run(sql, params![key, country, Code(setting)])?
            }
            None => self.run(
                "DELETE FROM restrictions WHERE product_id = ? AND country = ?",
                params![key, country],
            )?,
        };
        Ok(Deed::Done)
    }

    /// Sets an alert threshold.
    pub(super) fn set_alert(
        &self,
        product: &ProductId,
        country: CountryCode,
        before: Option<Alert>,
        after: Option<Alert>,
    ) -> Result<Deed, Stop> {
        let key = self.product(product)?;
        let sql = "SELECT above, sign_in_required FROM alerts WHERE product_id = ? AND country = ?";
        let live = self.one(sql, params![key, country.as_str()], |row| {
            Ok(Alert { above: row.get(0)?, sign_in_required: row.get(1)? })
        })?;
        if live == after {
            return Ok(Deed::AlreadySo);
        }
        if live != before {
            let now =
                live.map_or_else(|| "no alert".to_owned(), |alert| format!("an alert above {}", alert.above));
            return changed(format!("there is {now} on {product} in {country}"));
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
        Ok(Deed::Done)
    }

    /// Adds a fulfilment contact.
    pub(super) fn add_contact(&self, contact: &Contact) -> Result<Deed, Stop> {
        if self.has_contact(contact)? {
            return Ok(Deed::AlreadySo);
        }
        if self.contacts()? >= MOST_CONTACTS {
            return refused(format!("there are at most {MOST_CONTACTS} fulfilment contacts"));
        }
        self.insert_contact(contact)?;
        Ok(Deed::Done)
    }

    /// Takes a fulfilment contact away.
    pub(super) fn remove_contact(&self, contact: &Contact) -> Result<Deed, Stop> {
        if !self.has_contact(contact)? {
            return Ok(Deed::AlreadySo);
        }
        self.keep_a_contact(contact)?;
        self.delete_contact(contact)?;
        Ok(Deed::Done)
    }

    /// Replaces a fulfilment contact.
    pub(super) fn replace_contact(&self, from: &Contact, to: &Contact) -> Result<Deed, Stop> {
        match (self.has_contact(from)?, self.has_contact(to)?) {
            (false, true) => return Ok(Deed::AlreadySo),
            (false, false) => return changed(format!("contact {} is not there", contact_words(from))),
            (true, true) => return changed(format!("contact {} is there already", contact_words(to))),
            (true, false) => self.insert_contact(to)?,
        }
        self.delete_contact(from)?;
        Ok(Deed::Done)
    }

    fn keep_a_contact(&self, contact: &Contact) -> Result<(), Stop> {
        if self.contacts()? == 1 {
            return refused(format!("{} is the last fulfilment contact", contact_words(contact)));
        }
        Ok(())
    }

    fn contacts(&self) -> Result<usize, Stop> {
        Ok(self.count("SELECT count(*) FROM contacts", [])? as usize)
    }

    fn has_contact(&self, contact: &Contact) -> Result<bool, Stop> {
        Ok(self.any(
            "SELECT 1 FROM contacts WHERE email = ? AND country = ?",
            [contact.email.as_str(), area_code(&contact.area)],
        )?)
    }

    fn insert_contact(&self, contact: &Contact) -> Result<(), Stop> {
        self.run(
            "INSERT INTO contacts (email, country) VALUES (?, ?)",
            [contact.email.as_str(), area_code(&contact.area)],
        )?;
        Ok(())
    }

    fn delete_contact(&self, contact: &Contact) -> Result<(), Stop> {
        self.run(
            "DELETE FROM contacts WHERE email = ? AND country = ?",
            [contact.email.as_str(), area_code(&contact.area)],
        )?;
        Ok(())
    }
}

fn words(setting: Option<AccessSetting>) -> &'static str {
    setting.map_or("unstated", AccessSetting::as_str)
}
