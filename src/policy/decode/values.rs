//! Schema types of single values.

#![expect(dead_code, reason = "the types are there for the schema made of them")]

use schemars::JsonSchema;

/// An e-mail address. Compared without case.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[^@\\s/]+@[^@\\s/]+$", "examples" = ["ana.silva@acme.example"]))]
#[schemars(rename = "Email")]
pub(super) struct EmailSchema(String);

/// A country: two upper-case letters of ISO 3166-1 alpha-2.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[A-Z]{2}$", "examples" = ["PT", "DE"]))]
#[schemars(rename = "CountryCode")]
pub(super) struct CountryCodeSchema(String);

/// A country or `none`: two upper-case letters of ISO 3166-1 alpha-2, or the word that takes it away.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^([A-Z]{2}|none)$", "examples" = ["DE", "none"]))]
#[schemars(rename = "CountryCodeOrNone")]
pub(super) struct OptionalCountrySchema(String);

/// A day, in UTC: `2027-03-31`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples" = ["2027-03-31"]))]
#[schemars(rename = "Date")]
pub(super) struct DateSchema(String);

/// An amount with its currency: `6000 EUR`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[0-9]+(\\.[0-9]+)? [A-Z]{3}$", "examples" = ["6000 EUR"]))]
#[schemars(rename = "Money")]
pub(super) struct MoneySchema(String);

/// A share in percent: `2%`, `0.5%`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^([0-9]{1,2}(\\.[0-9]{1,2})?|100(\\.0{1,2})?)%$", "examples" = ["10%"]))]
#[schemars(rename = "Share")]
pub(super) struct ShareSchema(String);

/// A number of days or years: `400d`, `3y`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[0-9]*[1-9][0-9]*[dy]$", "examples" = ["400d"]))]
#[schemars(rename = "KeepTime")]
pub(super) struct KeepTimeSchema(String);

/// A name: up to 200 characters, without `/` and without white space at either end.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[^/\\s]([^/\\n]*[^/\\s])?$", "maxLength" = 200))]
#[schemars(rename = "Name")]
pub(super) struct NameSchema(String);

/// A text on one line.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[^\\n]*\\S[^\\n]*$", "maxLength" = 400))]
#[schemars(rename = "Line")]
pub(super) struct TextLineSchema(String);
