//! What is to be known of the kinds of objects without knowing plans or readers: their fields, with names,
//! nouns, texts and owners. Whoever treats the fields alike loops over them rather than name them.

pub mod profile;
