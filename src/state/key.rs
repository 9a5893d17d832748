//! The key that seals state.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::disk;

/// The name of the key's file in the user's state folder.
const FILE: &str = "state-key";

/// The longest key file that is read, in bytes.
const LONGEST_FILE: u64 = 1 << 10;

/// An Ed25519 key that seals state, or only its public half, which checks seals.
pub struct StateKey {
    pair: Option<Ed25519KeyPair>,
    public: PublicStateKey,
}

/// The public half of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicStateKey([u8; 32]);

/// A key could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum StateKeyError {
    #[error("it is no key: 64 hex digits, or `public:` and 64 hex digits")]
    Form,
    #[error("{} is no key of seatwise", .0.display())]
    FileForm(PathBuf),
    #[error("{} could be read by others", .0.display())]
    Open(PathBuf),
    #[error("{} could not be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{} could not be written", .0.display())]
    Write(PathBuf, #[source] io::Error),
    #[error("there is no folder for the key that seals runs, as `HOME` is not set")]
    NoFolder,
}

impl StateKey {
    /// The key whose private half is `seed`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are a seed");
        let public = pair.public_key().as_ref().try_into().expect("a public key has 32 bytes");
        Self { pair: Some(pair), public: PublicStateKey(public) }
    }

    /// Parses 64 hex digits, or `public:` and the 64 hex digits of a public half.
    pub fn parse(text: &str) -> Result<Self, StateKeyError> {
        match text.strip_prefix("public:") {
            Some(digits) => {
                let public = PublicStateKey(parse_hex(digits).ok_or(StateKeyError::Form)?);
                Ok(Self { pair: None, public })
            }
            None => Ok(Self::from_seed(&parse_hex(text).ok_or(StateKeyError::Form)?)),
        }
    }

    /// Reads the key in the folder `home`; `None` where there is none yet.
    pub fn read(home: &Path) -> Result<Option<Self>, StateKeyError> {
        let path = home.join(FILE);
        let unread = |error| StateKeyError::Read(path.clone(), error);
        let there = match fs::metadata(&path) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unread(error)),
        };
        if !there.is_file() || there.len() > LONGEST_FILE {
            return Err(StateKeyError::FileForm(path));
        }
        if is_open_to_others(&there) {
            return Err(StateKeyError::Open(path));
        }
        let text = fs::read_to_string(&path).map_err(unread)?;
        let seed = parse_hex(text.trim_end()).ok_or(StateKeyError::FileForm(path))?;
        Ok(Some(Self::from_seed(&seed)))
    }

    /// Reads the key in the folder `home`, and makes one where there is none.
    pub fn read_or_make(home: &Path) -> Result<Self, StateKeyError> {
        if let Some(key) = Self::read(home)? {
            return Ok(key);
        }
        let path = home.join(FILE);
        let unwritten = |error| StateKeyError::Write(path.clone(), error);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| unwritten(io::Error::other(error)))?;
        disk::create_private_folder(home).map_err(unwritten)?;
        // Two first runs may do this at once: the key that is there first stays.
        let made = disk::create_private_file(&path, format!("{}\n", hex(&seed)).as_bytes());
        match made {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unwritten(error)),
            Ok(()) | Err(_) => Self::read(home)?.ok_or(StateKeyError::FileForm(path)),
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicStateKey {
        self.public
    }

    /// Whether the key makes seals, and not only checks them.
    pub fn can_seal(&self) -> bool {
        self.pair.is_some()
    }

    /// The signature over `message`; `None` where only the public half is known.
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        let signature = self.pair.as_ref()?.sign(message);
        Some(signature.as_ref().try_into().expect("a signature has 64 bytes"))
    }

    /// Whether `signature` is one of this key over `message`.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public.0).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateKey({})", self.public)
    }
}

impl fmt::Display for PublicStateKey {
    /// 64 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicStateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses exactly `2 * N` hex digits.
pub(super) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
