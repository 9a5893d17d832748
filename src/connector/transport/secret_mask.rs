//! Blanks secrets in what a service says: some services, and proxies before them, answer with what they were
//! sent.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
const BLANK: &str = "[secret]";
/// A shorter secret is part of other words, and could be guessed.
const SHORTEST: usize = 6;

/// The forms in which a secret could come back.
#[derive(Debug, Clone, Default)]
pub(super) struct SecretMask(Vec<SecretString>);

impl SecretMask {
    /// Adds a secret: as it is, as JSON and addresses may write it, and in Base64.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let coded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut forms = vec![secret.to_owned(), secret.replace('/', "\\/"), coded];
        forms.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|base| base.encode(secret)));
        // The longest form first: where one is part of another, nothing of it is left.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        self.0.extend(forms.into_iter().map(SecretString::from));
    }

    /// Returns the text without the secrets.
    pub(super) fn blank<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.blank_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(blanked) => Cow::Owned(String::from_utf8_lossy(&blanked).into_owned()),
        }
    }

    /// Returns the bytes without the secrets.
    pub(super) fn blank_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut blanked = Cow::Borrowed(text);
        for secret in &self.0 {
            let secret = secret.expose_secret().as_bytes();
            let found: Vec<usize> = memmem::find_iter(&blanked, secret).collect();
            if found.is_empty() {
                continue;
            }
            let (mut rest, mut without) = (0, Vec::with_capacity(blanked.len()));
            for at in found {
                without.extend_from_slice(&blanked[rest..at]);
                without.extend_from_slice(BLANK.as_bytes());
                rest = at + secret.len();
            }
            without.extend_from_slice(&blanked[rest..]);
            blanked = Cow::Owned(without);
        }
        blanked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_blank_in_every_form() {
        let mut mask = SecretMask::default();
        mask.add("s3cret/of+mine==");
        for form in [
            "s3cret/of+mine==",
            "s3cret\\/of+mine==",
            "s3cret%2Fof%2Bmine%3D%3D",
            "czNjcmV0L29mK21pbmU9PQ==",
            "czNjcmV0L29mK21pbmU9PQ",
        ] {
            assert_eq!(mask.blank(&format!("a {form}b {form}")), "a [secret]b [secret]");
        }
        assert!(matches!(mask.blank("s3cret"), Cow::Borrowed("s3cret")));
    }

    #[test]
    fn secret_that_is_hardly_one_changes_nothing() {
        let mut mask = SecretMask::default();
        mask.add("admin");
        mask.add("");
        assert_eq!(mask.blank("admin@firm.example"), "admin@firm.example");
    }
}
