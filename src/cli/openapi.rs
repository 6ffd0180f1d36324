//! `jisr openapi`.

use super::{CommandError, output};

/// Prints the document that `/openapi.json` serves.
pub(super) fn print() -> Result<(), CommandError> {
    output::json(&crate::http::router::document())
}
