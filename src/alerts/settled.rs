//! What operators are told of settlement: lines wait for a person, and nobody else will look at them.

use std::time::Duration;

use serde_json::json;
use sqlx::types::Json;

use super::{Alerts, LANE, follow_up};
use crate::db::alerts::{self, Alert};
use crate::db::{DbError, Tx};
use crate::notify::ALERT;
use crate::work::run_after_response;

/// The kind of alert.
const KIND: &str = "settlement.differences";

impl Alerts {
    /// Tells of a settlement's undecided lines, in the transaction that wrote them, and not again within the quiet time;
    /// without any it is over. Whether there is something to send.
    pub async fn tell_of_settlement(
        &self,
        tx: &mut Tx,
        settlement: &str,
        account: &str,
        day: &str,
        undecided: i64,
        livemode: bool,
    ) -> Result<bool, DbError> {
        let (key, now) = (format!("settlement:{settlement}"), self.now());
        let over = undecided == 0;
        let data = json!({"alert": KIND, "key": key, "account": account, "day": day, "differences": undecided,
            "livemode": livemode, "at": now.to_string(), "resolved": over});
        let told = if over {
            alerts::resolve(tx, &key, now).await?
        } else {
            let (kind, outcome) = (KIND.to_owned(), "waiting".to_owned());
            let data = Json(data.clone());
            let row = Alert { key: key.clone(), kind, data, outcome, told_at: now, resolved_at: None };
            let quiet = Duration::from_millis(self.thresholds.quiet_ms);
            alerts::may_tell(tx, &row, now.before(quiet)).await?
        };
        if told {
            run_after_response(tx, &self.ambient, ALERT, follow_up(&self.ambient, &key, data)).await?;
        }
        Ok(told)
    }

    /// Something is to be sent.
    pub fn wake(&self) {
        self.waker.wake(ALERT, LANE);
    }
}
