//! How much work conditions may take together.

/// Steps that one audit may take for all own rules and all objects. A step takes at most 25 ns (`cargo bench
/// --bench audit` measures it), so this is 2 s.
const MOST_OF_AUDIT: u64 = 80_000_000;
/// Steps that reading a policy may take for the tests of all own rules: 25 ms, as a history reads many
/// policies.
const MOST_OF_TESTS: u64 = 1_000_000;

/// The steps that are left of what conditions may take together.
#[derive(Debug)]
pub struct StepBudget {
    most: u64,
    left: u64,
}

/// Conditions would take more than they may: the figures, as a lower-case fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} million steps, and at most {} million are allowed", .wanted.div_ceil(MILLION), .most / MILLION)]
pub struct TooManySteps {
    /// What all that was charged so far would take, with the last.
    wanted: u64,
    most: u64,
}

const MILLION: u64 = 1_000_000;

impl StepBudget {
    /// What an audit may take.
    pub fn of_audit() -> Self {
        Self { most: MOST_OF_AUDIT, left: MOST_OF_AUDIT }
    }

    /// What the tests of a policy's rules may take.
    pub fn of_tests() -> Self {
        Self { most: MOST_OF_TESTS, left: MOST_OF_TESTS }
    }

    /// Whether nothing is left.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Charges `steps`, which are not taken yet.
    ///
    /// # Errors
    ///
    /// Returns how many steps that would be where too few are left. Nothing is left then, so that the next
    /// one fails at once.
    pub fn charge(&mut self, steps: u64) -> Result<(), TooManySteps> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let wanted = (self.most - self.left).saturating_add(steps);
                self.left = 0;
                Err(TooManySteps { wanted, most: self.most })
            }
        }
    }
}
