//! Seals files of one policy folder, and checks their seals.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fault::SealFault;
use super::folder::PolicyFolderId;
use super::head::RunsHead;
use super::key::{StateKey, hex, parse_hex};
use super::known_folder::KnownFolder;

/// What a sealed file is: a seal of one kind says nothing of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    Journal,
    /// The note beside a damaged journal that its run has ended.
    JournalEnd,
    Head,
    Pack,
    SectionSizes,
    Plan,
}

impl SealedKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::JournalEnd => "journal end",
            Self::Head => "head",
            Self::Pack => "pack",
            Self::SectionSizes => "section sizes",
            Self::Plan => "plan",
        }
    }
}

/// A signature over a file, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The id of the policy folder, 32 hex digits; empty for what is of no folder, such as a saved plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    folder: String,
    /// The public half of the key, 64 hex digits.
    key: String,
    /// Ed25519 over the kind of file, the folder and the digest of the content, 128 hex digits.
    signature: String,
}

impl Seal {
    /// A seal of something that is of no policy folder, from the hex digits of its key and its signature.
    pub fn from_parts(key: String, signature: String) -> Self {
        Self { folder: String::new(), key, signature }
    }

    /// The hex digits of the key and of the signature.
    pub fn into_parts(self) -> (String, String) {
        (self.key, self.signature)
    }

    fn check(
        &self,
        key: Option<&StateKey>,
        kind: SealedKind,
        folder: &str,
        digest: &blake3::Hash,
    ) -> Result<(), SealFault> {
        let key = key.ok_or(SealFault::NoKey)?;
        if self.key != key.public().to_string() {
            return Err(SealFault::OtherKey);
        }
        if self.folder != folder {
            return Err(SealFault::OtherFolder);
        }
        let signature = parse_hex(&self.signature).ok_or(SealFault::Edited)?;
        let has_signed = key.has_signed(&message(kind, folder, digest), &signature);
        if has_signed { Ok(()) } else { Err(SealFault::Edited) }
    }

    fn make(key: &StateKey, kind: SealedKind, folder: &str, digest: &blake3::Hash) -> Option<Self> {
        let signature = key.sign(&message(kind, folder, digest))?;
        Some(Self { folder: folder.to_owned(), key: key.public().to_string(), signature: hex(&signature) })
    }
}

/// The bytes that are signed. Neither the kind nor the folder holds a zero byte.
fn message(kind: SealedKind, folder: &str, digest: &blake3::Hash) -> Vec<u8> {
    let parts = [b"seatwise state", kind.as_str().as_bytes(), folder.as_bytes(), digest.as_bytes()];
    parts.join(&0)
}

fn json_digest(record: &impl Serialize) -> blake3::Hash {
    blake3::hash(&serde_json::to_vec(record).expect("a record has string keys"))
}

impl StateKey {
    /// The seal of a file that is of no policy folder; `None` where only the public half is known.
    pub fn seal(&self, kind: SealedKind, digest: &blake3::Hash) -> Option<Seal> {
        Seal::make(self, kind, "", digest)
    }

    /// An error where `seal` is not one of this key over a file of no policy folder.
    pub fn check(&self, kind: SealedKind, digest: &blake3::Hash, seal: &Seal) -> Result<(), SealFault> {
        seal.check(Some(self), kind, "", digest)
    }
}

/// Seals the files of one policy folder and checks their seals.
#[derive(Debug, Clone, Default)]
pub struct PolicyFolderSeal {
    key: Option<Arc<StateKey>>,
    folder: Option<PolicyFolderId>,
    known: Option<KnownFolder>,
}

impl PolicyFolderSeal {
    /// Of the folder with this id, with nothing remembered of it.
    pub fn new(key: Arc<StateKey>, folder: PolicyFolderId) -> Self {
        Self { key: Some(key), folder: Some(folder), known: None }
    }

    /// Of the folder `seatwise` (`.seatwise`). `home` is the folder in which its newest run is remembered,
    /// where the key is the user's own.
    pub fn open(seatwise: &Path, key: Option<Arc<StateKey>>, home: Option<&Path>) -> Self {
        let folder = PolicyFolderId::read(seatwise);
        let known = home.zip(folder).map(|(home, folder)| KnownFolder::new(home, seatwise, folder));
        Self { key, folder, known }
    }

    /// Of the folder `seatwise`, which gets an id of its own where it has none, or has that of another
    /// folder.
    pub fn open_for_writing(seatwise: &Path, key: Arc<StateKey>, home: Option<&Path>) -> io::Result<Self> {
        let opened = Self::open(seatwise, Some(Arc::clone(&key)), home);
        if opened.folder.is_some() && opened.check_place().is_ok() {
            return Ok(opened);
        }
        PolicyFolderId::make(seatwise)?;
        Ok(Self::open(seatwise, Some(key), home))
    }

    /// Whether there is a key that seals, and a folder to seal for.
    pub fn can_seal(&self) -> bool {
        self.folder.is_some() && self.key.as_ref().is_some_and(|key| key.can_seal())
    }

    fn folder_text(&self) -> String {
        self.folder.map(|folder| folder.to_string()).unwrap_or_default()
    }

    /// The seal of content with this digest; `None` where there is no key that seals.
    pub fn seal(&self, kind: SealedKind, digest: &blake3::Hash) -> Option<Seal> {
        Seal::make(self.key.as_deref()?, kind, &self.folder_text(), digest)
    }

    /// An error where content with this digest is not sealed for this folder.
    pub fn check(
        &self,
        kind: SealedKind,
        digest: &blake3::Hash,
        seal: Option<&Seal>,
    ) -> Result<(), SealFault> {
        let seal = seal.ok_or(SealFault::Unsealed)?;
        if self.folder.is_none() {
            return Err(SealFault::OtherFolder);
        }
        seal.check(self.key.as_deref(), kind, &self.folder_text(), digest)?;
        self.check_place()
    }

    /// The seal of a record, over its JSON.
    pub fn seal_json(&self, kind: SealedKind, record: &impl Serialize) -> Option<Seal> {
        self.seal(kind, &json_digest(record))
    }

    /// An error where the record is not sealed for this folder.
    pub fn check_json(
        &self,
        kind: SealedKind,
        record: &impl Serialize,
        seal: Option<&Seal>,
    ) -> Result<(), SealFault> {
        self.check(kind, &json_digest(record), seal)
    }

    fn check_place(&self) -> Result<(), SealFault> {
        self.known.as_ref().map_or(Ok(()), KnownFolder::check_place)
    }

    /// The newest run that was seen of this folder.
    pub fn known_head(&self) -> Option<RunsHead> {
        self.known.as_ref()?.head()
    }

    /// Remembers the newest run.
    pub fn remember_head(&self, head: &RunsHead) {
        self.known.iter().for_each(|known| known.remember(head));
    }
}
