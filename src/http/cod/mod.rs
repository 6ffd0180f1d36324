//! The paths of cash on delivery: carriers' statements, and what carriers owe.

pub mod change;
pub mod read;
