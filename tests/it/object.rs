//! What is known of the kinds of objects reaches whoever shows, stores and sends them.

mod profile;
