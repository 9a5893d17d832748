//! What makes the files below `.seatwise` believable: each carries a signature over its content, the kind of
//! file and the policy folder that it is of.
//!
//! The key that signs is made at the first run, in the user's own state folder, or is given by the
//! environment where people or runners share a store. Whoever has only its public half can check seals. A
//! file that came with a commit, from another folder or from somebody else has no seal of that key, and what
//! it says is not believed.

mod fault;
mod folder;
mod head;
mod key;
mod known_folder;
mod seal;

pub use fault::SealFault;
pub use folder::PolicyFolderId;
pub use head::RunsHead;
pub use key::{PublicStateKey, StateKey, StateKeyError};
pub use seal::{PolicyFolderSeal, Seal, SealedKind};
