//! Which people used which products, for how long, and when last.

pub(super) mod attendance;
pub(super) mod last_use;
pub(super) mod pool_load;
pub(super) mod time_spent;
