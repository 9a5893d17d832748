//! Who was there when, in eight bytes a stay: for many keys, the positions of a period that each occupies.

/// For each key (a machine, a persona) the positions (intervals, days) it occupies, as runs in any order.
///
/// A run is one number: key, first and last position from its highest bits down, so that sorting numbers puts the runs of a key beside
/// each other. Runs that overlap or touch become one whenever space runs out, so memory follows what is different, not how many rows
/// say it.
#[derive(Debug, Clone, Default)]
pub(super) struct Occupancy {
    packed: Vec<u64>,
}

/// Less than this is not worth sorting to make room.
const LEAST_ROOM: usize = 64;

impl Occupancy {
    /// `key` occupies `first` to `last`, both included.
    pub(super) fn add(&mut self, key: u32, first: u16, last: u16) {
        let run = pack(key, first, last);
        // Exports are mostly in order, so that the last run often goes on.
        if let Some(joined) = self.packed.last().and_then(|before| join(*before, run)) {
            if let Some(before) = self.packed.last_mut() {
                *before = joined;
            }
            return;
        }
        if self.packed.len() == self.packed.capacity() {
            self.make_room();
        }
        self.packed.push(run);
    }

    /// Takes over what `other` holds.
    pub(super) fn absorb(&mut self, mut other: Self) {
        if self.packed.len() < other.packed.len() {
            std::mem::swap(self, &mut other);
        }
        self.packed.append(&mut other.packed);
    }

    /// The runs of every key, joined: `(first, last)` in order of keys.
    pub(super) fn runs(&mut self) -> impl Iterator<Item = (u16, u16)> {
        self.join_all();
        self.packed.iter().map(|run| ends(*run))
    }

    /// The runs of every key with it, joined, in order of keys.
    pub(super) fn keyed(&mut self) -> Vec<(u32, u16, u16)> {
        self.join_all();
        self.packed
            .iter()
            .map(|run| {
                let (first, last) = ends(*run);
                ((run >> 32) as u32, first, last)
            })
            .collect()
    }

    /// How many different positions all keys occupy, together.
    pub(super) fn occupied(&mut self) -> u64 {
        self.runs().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Grows by half where joining does not free a quarter: each run is then sorted a bounded number of times, and a copy while growing
    /// stays small.
    fn make_room(&mut self) {
        if self.packed.len() >= LEAST_ROOM {
            self.join_all();
        }
        let held = self.packed.len();
        if held > self.packed.capacity() / 4 * 3 || held < LEAST_ROOM {
            self.packed.reserve_exact((held / 2).max(LEAST_ROOM));
        }
    }

    fn join_all(&mut self) {
        self.packed.sort_unstable();
        self.packed.dedup_by(|run, before| match join(*before, *run) {
            Some(joined) => {
                *before = joined;
                true
            }
            None => false,
        });
    }
}

fn pack(key: u32, first: u16, last: u16) -> u64 {
    u64::from(key) << 32 | u64::from(first) << 16 | u64::from(last)
}

fn ends(run: u64) -> (u16, u16) {
    ((run >> 16) as u16, run as u16)
}

/// Both as one run, where `after` is of the same key and begins within `run` or right after it.
fn join(run: u64, after: u64) -> Option<u64> {
    let ((first, last), (next, end)) = (ends(run), ends(after));
    let touches = run >> 32 == after >> 32 && first <= next && u32::from(next) <= u32::from(last) + 1;
    touches.then(|| pack((run >> 32) as u32, first, last.max(end)))
}
