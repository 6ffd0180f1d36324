//! The life of a payment, through the facade.

mod card;
