//! What a person does: prove with evidence whether the money of a service has left.

use std::time::Duration;

use schemas::service::{ServiceStatus, SettleService};
use schemas::{ServiceId, Text};
use serde_json::json;

use super::{ASK, WalletServices, place, standing};
use crate::caller::{Caller, Idempotency, claim, claim_in};
use crate::db::events::PUBLISH;
use crate::db::tasks;
use crate::db::wallet_services::{self as rows, WalletService};
use crate::fields;
use crate::refusal::Refusal;

impl WalletServices {
    /// Takes a person's proof of what became of a service that waits for one.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: ServiceId,
        idempotency: Idempotency,
        request: SettleService,
    ) -> Result<WalletService, Refusal> {
        self.read(caller, id).await?;
        fields::evidence(&request.evidence)?;
        let text = json!({"evidence": request.evidence, "at": self.now().to_string()}).to_string();
        let mut tx = self.db.begin().await?;
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        if claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        // Tasks come before services, as everywhere.
        tasks::drop_key(&mut tx, ASK, &id.to_string()).await?;
        let mut service = rows::lock(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        if service.status != ServiceStatus::NeedsReview {
            return Err(Refusal::Conflict(Text::new(
                format!("a service that is {} is not settled by hand", service.status),
                format!("خدمة حالتها {} لا تُسوّى يدوياً", service.status),
            )));
        }
        let longest = Duration::from_millis(self.settings.answer_ms);
        if !request.moved && self.now() < service.created_at.after(longest) {
            return Err(Refusal::Conflict(Text::new(
                "the provider may still be answering; wait for its answer",
                "قد يكون المزود قيد الإجابة؛ انتظر جوابه",
            )));
        }
        let before = service.clone();
        let sealed = self.vault.seal(place(service.store_id, id, "evidence"), text.as_bytes());
        standing::settle(&mut service, request.moved, sealed);
        self.keep(&mut tx, &before, service).await?;
        tx.commit().await?;
        self.waker.wake(PUBLISH, &caller.store.to_string());
        self.read(caller, id).await
    }
}
