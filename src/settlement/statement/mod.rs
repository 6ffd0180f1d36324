//! Banks' statements: taken in whole, kept as they came, and matched one to one with transfers that are waited for.

mod import;
pub mod read;

use std::time::Duration;

use schemas::payment::Method;
use schemas::settlement::{SettlementSource, SettlementStatus};
use schemas::{AccountId, Currency};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use self::read::{Entry, Row};
use super::Settlements;
use super::export::original_place;
use crate::db::provider_accounts::{self, ProviderAccount};
use crate::db::settlements::{self, Settlement};
use crate::db::tasks::{self, Task};
use crate::payments::Caller;
use crate::refusal::Refusal;

pub use import::Statements;

/// The kind of task that matches a statement.
pub const STATEMENT: &str = "settlement.statement";
/// The largest statement.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// How long whoever hands a statement in waits for what comes of it.
const PATIENCE: Duration = Duration::from_secs(10);

impl Settlements {
    /// Takes a statement of a store's own bank account. The same bytes again are the same settlement; whether it is new.
    pub async fn submit(
        &self,
        caller: &Caller,
        account: AccountId,
        decimal: char,
        bytes: &[u8],
    ) -> Result<(Settlement, bool), Refusal> {
        let account = self.bank_account(caller, account).await?;
        let currency = Currency::from_code(&account.currency).unwrap_or(Currency::Lyd);
        let rows = read::read(bytes, &self.settings.columns, decimal, currency).map_err(|fault| {
            let text = fault.text(read::needed());
            Refusal::field("body", text.en, text.ar)
        })?;
        let new = self.statement(&account, currency, decimal, bytes, &rows);
        let sealed = self.payments.vault.seal(original_place(&new), bytes);
        let mut tx = self.payments.db.begin().await?;
        let (settlement, is_new) = settlements::ensure(&mut tx, &new, Some(&sealed)).await?;
        let lane = account.id.to_string();
        let processing = settlement.status == SettlementStatus::Processing;
        if processing {
            let task =
                Task::new(self.payments.ambient.uuid(), STATEMENT, lane.clone(), settlement.id.to_string(), self.now());
            tasks::ensure(&mut tx, &[&task]).await?;
        }
        tx.commit().await?;
        if processing {
            self.payments.waker.wake(STATEMENT, &lane);
        }
        Ok((self.awaited(caller, settlement).await?, is_new))
    }

    /// The account, if it is one that transfers are waited for on, of this store and mode.
    async fn bank_account(&self, caller: &Caller, id: AccountId) -> Result<ProviderAccount, Refusal> {
        let found = provider_accounts::by_id(&self.payments.db, id).await?;
        let own = |row: &ProviderAccount| {
            let card = payments_adapters::registry::card(&row.provider);
            let bank = card.is_some_and(|card| card.method() == Method::BankTransfer);
            row.store_id == caller.store && row.livemode == caller.mode.is_live() && bank
        };
        found.filter(own).ok_or_else(|| {
            let en = "the store has no such account for bank transfers";
            Refusal::field("account", en, "لا يملك المتجر حساباً مصرفياً بهذا المعرّف")
        })
    }

    fn statement(
        &self,
        account: &ProviderAccount,
        currency: Currency,
        decimal: char,
        bytes: &[u8],
        rows: &[Row],
    ) -> Settlement {
        let now = self.now();
        let days = rows.iter().filter_map(|row| match &row.entry {
            Entry::Credit(credit) => Some(credit.date),
            Entry::Debit(date) => Some(*date),
            Entry::Unreadable(_) => None,
        });
        Settlement {
            id: self.payments.ambient.uuid().into(),
            store_id: account.store_id,
            livemode: account.livemode,
            account_id: account.id,
            provider: account.provider.clone(),
            day: days.max().map(|day| day.to_string()).unwrap_or_default(),
            source: SettlementSource::Statement,
            digest: hex::encode(Sha256::digest(bytes)),
            status: SettlementStatus::Processing,
            currency,
            lines: 0,
            undecided: 0,
            summary: Json(json!({"kinds": {}, "left_out": {}})),
            reading: Json(json!({"decimal": decimal.to_string()})),
            error: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The settlement once its lines are written, or as it is after a while: the work goes on without whoever asked.
    async fn awaited(&self, caller: &Caller, settlement: Settlement) -> Result<Settlement, Refusal> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let (mut settlement, mut pause) = (settlement, Duration::from_millis(20));
        while settlement.status == SettlementStatus::Processing && tokio::time::Instant::now() < until {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
            settlement = self.read(caller, settlement.id).await?;
        }
        Ok(settlement)
    }
}
