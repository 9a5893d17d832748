//! Records that files and wires share: objects of the model, and the toolkit that ties each record to its
//! core type. The frozen formats are built from these records; this module knows no format itself.

pub(crate) mod mirror;
pub(crate) mod model_objects;
pub(crate) mod scalar_text;
