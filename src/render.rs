//! From values to what people and machines read. Nothing here fails, and nothing here decides.

pub mod problems;
