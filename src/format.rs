//! What stands in files and on wires in the same form: objects of the model, and the toolkit that ties each to
//! its core type. Frozen formats are made of it; it knows no format itself.

pub(crate) mod mirror;
pub(crate) mod model_objects;
pub(crate) mod scalar_text;
