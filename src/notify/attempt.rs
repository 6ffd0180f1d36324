//! One try: signed now, sent, and read for what it means.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::channel::{Parcel, Receipt, Verdict};
use super::health::Sign;
use super::live::{Live, Ready};
use super::outcome::Tried;
use super::{Notify, schedule};
use crate::config::Notify as Settings;
use crate::db::Time;
use crate::db::deliveries::Load;
use crate::db::delivery_attempts::DeliveryAttempt;

/// How much of what the other side says is kept.
const LONGEST: usize = 16 * 1024;

/// Tries once.
pub(super) async fn try_once(notify: &Notify, live: &Live, ready: &Ready, load: &Load) -> Tried {
    let settings = &notify.settings;
    let now = notify.now();
    let parcel = parcel(ready, load, now);
    let began = Instant::now();
    let timeout = Duration::from_millis(settings.timeout_ms);
    let sending = tokio::time::timeout(timeout, ready.channel.deliver(&parcel));
    tokio::pin!(sending);
    let answered = tokio::select! {
        answered = &mut sending => answered,
        () = tokio::time::sleep(Duration::from_millis(settings.overdue_ms)) => {
            let _overdue = live.overdue();
            sending.await
        }
    };
    let took = began.elapsed();
    let receipt = answered
        .unwrap_or_else(|_| Receipt::failed("timeout", format!("no answer within {} seconds", timeout.as_secs_f32())));
    let (sign, reason) = meaning(receipt.verdict, settings);
    let attempt = DeliveryAttempt {
        id: notify.ambient.uuid(),
        delivery_id: load.id.into(),
        notification_id: load.notification_id,
        store_id: ready.store,
        livemode: ready.livemode,
        endpoint_id: ready.id,
        number: load.attempts + 1,
        event: load.event.clone(),
        order_no: load.order_no.clone(),
        succeeded: receipt.verdict == Verdict::Arrived,
        reason: reason.map(str::to_owned),
        response_status: receipt.status.map(i32::from),
        response_body: receipt.body.map(clean),
        error: receipt.error.map(clean),
        duration_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
        started_at: now,
    };
    Tried { attempt, sign, took }
}

fn meaning(verdict: Verdict, settings: &Settings) -> (Sign, Option<&'static str>) {
    let rest = |asked| schedule::rest(asked, settings);
    match verdict {
        Verdict::Arrived => (Sign::Well, None),
        Verdict::Failed(reason) => (Sign::Ill, Some(reason)),
        Verdict::Busy("rate_limited", asked) => (Sign::Busy(rest(asked)), Some("rate_limited")),
        Verdict::Busy(reason, asked) => (Sign::Down(rest(asked)), Some(reason)),
        Verdict::Gone => (Sign::Gone, Some("gone")),
    }
}

/// A text of the other side as a database keeps it: without NUL, and no longer than it may be.
fn clean(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

fn parcel(ready: &Ready, load: &Load, now: Time) -> Parcel {
    let (id, timestamp) = (load.notification_id.to_string(), now.second());
    let body = Bytes::from(load.payload.clone());
    let valid = ready.signers.iter().filter(|(_, until)| until.is_none_or(|until| until > now));
    let signatures: Vec<String> = valid.map(|(signer, _)| signer.sign(&id, timestamp, &body)).collect();
    let (url, event) = (ready.url.clone(), load.event.clone());
    Parcel { url, id, event, timestamp, signature: signatures.join(" "), body }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn whatever_the_other_side_says_can_be_kept() {
        assert_eq!(clean("a\0b".to_owned()), "a\u{fffd}b");
        let long = "ش".repeat(10_000);
        let kept = clean(long);
        assert!(kept.len() <= 16 * 1024 && kept.chars().all(|letter| letter == 'ش'));
    }
}
