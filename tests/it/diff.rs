//! The law of the diff, on generated worlds.

use seatwise::diff::diff;
use seatwise::model::Live;

use crate::worlds::law::for_each_world;

#[test]
fn organization_compared_with_itself_has_no_changes() {
    for_each_world(2000, |world| {
        let live = Live(world.live.clone());
        assert_eq!(diff(&live, &seatwise::model::Desired(world.live.clone())), []);
    });
}
