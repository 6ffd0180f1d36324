//! The settlement of one day at one account: ask, compare, write, and take the provider's word in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kit::{Error, Fault, Kind};
use payments_adapters::{BookLine, Books};
use schemas::settlement::{SettlementSource, SettlementStatus};
use schemas::{AccountId, Currency};
use serde_json::json;
use sqlx::types::Json;
use tokio::time::Instant;

use super::Settlements;
use super::compare::{Comparison, compare};
use super::keep::{Fresh, Summary, merge};
use crate::accounts::Served;
use crate::calendar;
use crate::db::settlement_lines::{self, Line as Row};
use crate::db::settlements::{self, Filter, Settlement};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, Tx};

/// What came of a day.
#[derive(Debug)]
pub enum Settled {
    /// It is compared and written.
    Done(Box<Settlement>),
    /// The provider could not be asked; where that lies with us alone, nothing is said of it.
    Unavailable {
        /// The row that says so.
        row: Option<Box<Settlement>>,
        /// Why.
        error: String,
    },
    /// The account has no books.
    NoBooks,
    /// Another worker has the task by now.
    Lost,
}

impl Settlements {
    /// Settles a day, for a task or by hand. However often: what has not changed is not written again.
    pub async fn settle_day(&self, account: AccountId, day: Date, task: Option<&Task>) -> Result<Settled, DbError> {
        let served = match self.payments.accounts.by_id(account, None).await {
            Ok(Some(served)) => served,
            Ok(None) => return Ok(Settled::NoBooks),
            Err(error) => return Ok(Settled::Unavailable { row: None, error: error.to_string() }),
        };
        let Some(books) = served.provider.books() else { return Ok(Settled::NoBooks) };
        let began = Instant::now();
        let theirs = match books.day(day).await {
            Ok(theirs) => theirs,
            Err(error) => return self.unavailable(&served, day, task, error).await,
        };
        let compared = match self.compared(&served, books, day, &theirs).await? {
            Ok(compared) => compared,
            Err(error) => return self.unavailable(&served, day, task, error).await,
        };
        let asked = began.elapsed();
        let Some((settlement, rows)) = self.write(&served, day, task, &compared).await? else {
            return Ok(Settled::Lost);
        };
        if !self.take_in(&settlement, &rows, &theirs, task).await? {
            return Ok(Settled::Lost);
        }
        let settled = self.conclude(&settlement, task).await?;
        let (asked, wrote) = (asked.as_millis(), (began.elapsed() - asked).as_millis());
        tracing::info!(settlement = %settlement.id, %day, lines = theirs.len(), asked, wrote, "a day is settled");
        Ok(settled)
    }

    /// Compares the day; where we hold what its books have not, the books of the days before are asked too.
    async fn compared(
        &self,
        served: &Served,
        books: &dyn Books,
        day: Date,
        theirs: &[BookLine],
    ) -> Result<Result<Comparison, Error>, DbError> {
        let account = served.row.id;
        let own = self.find(served, day).await?.map(|settlement| settlement.id);
        let mut held = self.held(account, day, theirs, own).await?;
        let currency = currency(served);
        let compared = compare(&held.ours, theirs, currency);
        let mut days = held.other_days(&compared.lines, day, self.settings.give_up_days);
        if days.is_empty() {
            return Ok(Ok(compared));
        }
        // What the books of a settled day have would be known by now.
        let first = days.first().map(ToString::to_string).unwrap_or_default();
        for (of, settled) in settlements::settled_since(&self.payments.db, &first).await? {
            if of == account.uuid() {
                days.retain(|day| day.to_string() != settled);
            }
        }
        for other in days.into_iter().rev() {
            match books.day(other).await {
                Ok(lines) => held.excuse(&lines),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(compare(&held.ours, theirs, currency)))
    }

    /// The settlement of a day, where there is one.
    pub(super) async fn find(&self, served: &Served, day: Date) -> Result<Option<Settlement>, DbError> {
        let filter = Filter {
            day: Some(day.to_string()),
            account: Some(served.row.id),
            source: Some(SettlementSource::Books),
            limit: 1,
            ..Filter::default()
        };
        Ok(settlements::list(&self.payments.db, served.row.store_id, served.row.livemode, &filter).await?.pop())
    }

    /// Writes what was compared, in one transaction; `None` where the task is somebody else's by now.
    async fn write(
        &self,
        served: &Served,
        day: Date,
        task: Option<&Task>,
        compared: &Comparison,
    ) -> Result<Option<(Settlement, Vec<Row>)>, DbError> {
        let mut tx = self.payments.db.begin().await?;
        if !holds(&mut tx, task).await? {
            return Ok(None);
        }
        let (mut settlement, is_new) = settlements::ensure(&mut tx, &self.blank(served, day, None), None).await?;
        let existing = settlement_lines::all(&mut tx, settlement.id).await?;
        let now = self.now();
        let mut id = || self.payments.ambient.uuid();
        let fresh = Fresh { settlement: settlement.id, owner: settlement.store_id, now, id: &mut id };
        let kept = merge(existing, &compared.lines, fresh);
        settlement_lines::delete(&mut tx, &kept.deleted).await?;
        for index in &kept.updated {
            settlement_lines::update(&mut tx, &kept.rows[*index]).await?;
        }
        let new: Vec<Row> = kept.inserted.iter().map(|index| kept.rows[*index].clone()).collect();
        settlement_lines::insert_all(&mut tx, &new).await?;
        let left_out = [("declined", compared.unapproved), ("other_accounts", compared.elsewhere)];
        let left_out = left_out.map(|(name, count)| (name.to_owned(), count as i64)).into_iter().collect();
        let told = self.tell(&mut tx, &mut settlement, &kept.rows, Some(left_out)).await?;
        tx.commit().await?;
        tracing::info!(settlement = %settlement.id, %day, is_new, news = kept.is_news() || told, "a day is compared");
        Ok(Some((settlement, kept.rows)))
    }

    /// Writes what the lines come to, if that has changed; whether it has.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        settlement: &mut Settlement,
        rows: &[Row],
        left_out: Option<BTreeMap<String, i64>>,
    ) -> Result<bool, DbError> {
        let known: Summary = serde_json::from_value(settlement.summary.0.clone()).unwrap_or_default();
        let summary = Summary::of(rows, left_out.unwrap_or(known.left_out));
        let undecided = rows.iter().filter(|row| row.is_undecided()).count() as i64;
        let status = summary.status(undecided);
        let value = serde_json::to_value(&summary).unwrap_or_default();
        let same = (settlement.status, settlement.undecided, settlement.lines) == (status, undecided, summary.lines());
        if same && settlement.summary.0 == value && settlement.error.is_none() {
            return Ok(false);
        }
        (settlement.status, settlement.undecided, settlement.lines) = (status, undecided, summary.lines());
        (settlement.summary, settlement.error) = (Json(value), None);
        if !settlements::update(tx, settlement, self.now()).await? {
            return Err(changed());
        }
        Ok(true)
    }

    /// Ends the task, with what the lines come to by now, and has operators told of what waits for a person.
    async fn conclude(&self, settlement: &Settlement, task: Option<&Task>) -> Result<Settled, DbError> {
        let mut tx = self.payments.db.begin().await?;
        if !holds(&mut tx, task).await? {
            return Ok(Settled::Lost);
        }
        let Some(mut settlement) = settlements::hold(&mut tx, settlement.id).await? else {
            return Ok(Settled::NoBooks);
        };
        let rows = settlement_lines::all(&mut tx, settlement.id).await?;
        self.tell(&mut tx, &mut settlement, &rows, None).await?;
        let told = self.alert(&mut tx, &settlement).await?;
        if let Some(task) = task {
            tasks::finish(&mut tx, task).await?;
        }
        tx.commit().await?;
        if told {
            self.alerts.wake();
        }
        Ok(Settled::Done(Box::new(settlement)))
    }

    /// Says that the books cannot be had. What was told before stays.
    async fn unavailable(
        &self,
        served: &Served,
        day: Date,
        task: Option<&Task>,
        error: Error,
    ) -> Result<Settled, DbError> {
        let text = error.to_string();
        // Not asked, because our own turn did not come: that says nothing of anybody.
        if error.origin == Fault::Us && error.kind == Kind::RateLimited {
            return Ok(Settled::Unavailable { row: None, error: text });
        }
        tracing::warn!(error = &error as &dyn std::error::Error, %day, "the books of a day cannot be had");
        let mut tx = self.payments.db.begin().await?;
        if !holds(&mut tx, task).await? {
            return Ok(Settled::Lost);
        }
        let blank = self.blank(served, day, Some(text.clone()));
        let (mut settlement, is_new) = settlements::ensure(&mut tx, &blank, None).await?;
        if !is_new && settlement.status == SettlementStatus::Unavailable && settlement.error != blank.error {
            settlement.error = blank.error;
            settlements::update(&mut tx, &mut settlement, self.now()).await?;
        }
        tx.commit().await?;
        Ok(Settled::Unavailable { row: Some(Box::new(settlement)), error: text })
    }

    fn blank(&self, served: &Served, day: Date, error: Option<String>) -> Settlement {
        let now = self.now();
        Settlement {
            id: self.payments.ambient.uuid().into(),
            store_id: served.row.store_id,
            livemode: served.row.livemode,
            account_id: served.row.id,
            provider: served.row.provider.clone(),
            day: day.to_string(),
            source: SettlementSource::Books,
            digest: String::new(),
            status: SettlementStatus::Unavailable,
            currency: currency(served),
            lines: 0,
            undecided: 0,
            summary: Json(json!({"kinds": {}, "left_out": {}})),
            reading: Json(json!({})),
            error,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    pub(super) fn now(&self) -> Time {
        self.payments.ambient.now().into()
    }

    /// The last day that is over.
    pub fn last_closed(&self) -> Date {
        calendar::last_closed(self.payments.ambient.now(), self.settings.hour)
    }
}

/// Whether the task still is ours; by hand there is none.
pub(super) async fn holds(tx: &mut Tx, task: Option<&Task>) -> Result<bool, DbError> {
    match task {
        Some(task) => tasks::hold(tx, task).await,
        None => Ok(true),
    }
}

pub(super) fn changed() -> DbError {
    DbError::Constraint("a settlement changed while it was being written".to_owned())
}

pub(super) fn currency(served: &Served) -> Currency {
    Currency::from_code(&served.row.currency).unwrap_or(Currency::Lyd)
}
