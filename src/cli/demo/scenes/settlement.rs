//! What the provider's own books say of a day, beside what we hold.

use mocks::{Outcome, Pay};
use serde_json::Value;

use super::Played;
use crate::cli::CommandError;
use crate::cli::demo::stage::Store;

/// One sale that both know of, one that we were never told of, one of another amount, and one that is nobody's.
pub(super) async fn differences(store: &Store<'_>) -> Played {
    store.paid().await?;
    let quiet = store.card("ORD-2").await?;
    let short = store.card("ORD-3").await?;
    let stranger = "STRANGER-0001".to_owned();
    for (reference, amount) in [(&quiet.wire, "12.500"), (&short.wire, "12.000"), (&stranger, "3.000")] {
        let act = Pay::new("moamalat", reference, Outcome::Approved, amount);
        let act = Pay { notify: Some(false), terminal: Some(store.terminal.clone()), ..act };
        store.stage.mocks.pay(act).await.map_err(CommandError::Refused)?;
    }
    let account = store.get(&format!("/v1/stores/{}/accounts/moamalat", store.key)).await?.text("/id");
    store.stage.settle_today(&account).await?;
    let settled = store.get(&format!("/v1/settlements?account={account}")).await?;
    let late = store.until(&quiet.id, "paid").await?;
    let doubted = store.until(&short.id, "needs_review").await?;
    Ok(format!("{}: {late}, {doubted}, nobody's", counts(&settled.body["data"][0]["totals"])))
}

/// How many lines of each kind, by the kind's name.
fn counts(totals: &Value) -> String {
    let mut kinds: Vec<String> =
        totals.as_object().into_iter().flatten().map(|(kind, total)| format!("{kind} {}", total["count"])).collect();
    kinds.sort();
    kinds.join(", ")
}
