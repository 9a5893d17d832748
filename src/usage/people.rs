//! Who used what, for how long, and when last; and what the counts are without some people.

pub(super) mod attendance;
pub(super) mod idle;
pub(super) mod last_use;
pub(super) mod pool_load;
pub(super) mod time_spent;
pub(super) mod without_users;
