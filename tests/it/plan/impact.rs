//! What a plan means: the projected overage.

mod exposure;
