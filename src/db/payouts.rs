//! Payouts: the lines of settlements, added up by store and account.

use schemas::{AccountId, StoreId};
use uuid::Uuid;

use super::backend::read;
use super::{Db, Result, Time};

/// What an account has brought a store in some days, in minor units.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayoutRow {
    /// Whose money it is.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who serves it.
    pub provider: String,
    /// The account.
    #[sqlx(try_from = "Uuid")]
    pub account_id: AccountId,
    /// ISO 4217.
    pub currency: String,
    /// How many days or statements.
    pub settlements: i64,
    /// How many sales count.
    pub sales: i64,
    /// What they come to.
    pub sales_amount: i64,
    /// How many refunds count.
    pub refunds: i64,
    /// What they come to.
    pub refunds_amount: i64,
    /// What the provider keeps.
    pub fees: i64,
    /// Lines that wait for a person.
    pub undecided: i64,
    /// What we hold of these.
    pub undecided_ours: i64,
    /// What the other side holds of these.
    pub undecided_theirs: i64,
    /// When the first line was written.
    pub created_at: Time,
    /// When the last one changed.
    pub updated_at: Time,
}

/// The figure of a line that counts: the other side's, unless a person has decided for ours.
const COUNTED: &str = "CASE WHEN l.decision = 'ours' THEN l.ours ELSE l.theirs END";
const UNDECIDED: &str = "l.decision IS NULL AND l.kind <> 'matched'";

/// What accounts have brought in some days: to one store in one mode, or to all of them.
pub async fn payouts(db: &Db, of: Option<(StoreId, bool)>, from: &str, to: &str) -> Result<Vec<PayoutRow>> {
    let sum = |what: &str, when: &str| format!("CAST(COALESCE(SUM(CASE WHEN {when} THEN {what} END), 0) AS BIGINT)");
    let one = |when: &str| sum("1", when);
    let (sale, refund) = ("l.direction = 'sale'", "l.direction = 'refund'");
    let (sold, back) = (format!("{sale} AND {COUNTED} IS NOT NULL"), format!("{refund} AND {COUNTED} IS NOT NULL"));
    let sql = format!(
        "SELECT l.store_id, s.livemode, s.provider, s.account_id, s.currency, COUNT(DISTINCT s.id) AS settlements,
            {} AS sales, {} AS sales_amount, {} AS refunds, {} AS refunds_amount, {} AS fees,
            {} AS undecided, {} AS undecided_ours, {} AS undecided_theirs,
            MIN(l.created_at) AS created_at, MAX(l.updated_at) AS updated_at
        FROM settlement_lines l JOIN settlements s ON s.id = l.settlement_id
        WHERE NOT l.superseded AND l.kind <> 'repeated' AND s.day >= ",
        one(&sold),
        sum(COUNTED, sale),
        one(&back),
        sum(COUNTED, refund),
        sum("l.fee", &sold),
        one(UNDECIDED),
        sum("l.ours", UNDECIDED),
        sum("l.theirs", UNDECIDED),
    );
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new(sql);
        builder.push_bind(from).push(" AND s.day <= ").push_bind(to);
        if let Some((store, livemode)) = of {
            builder.push(" AND l.store_id = ").push_bind(store.uuid());
            builder.push(" AND s.livemode = ").push_bind(livemode);
        }
        builder.push(
            " GROUP BY l.store_id, s.livemode, s.provider, s.account_id, s.currency
            ORDER BY l.store_id, s.livemode, s.provider, s.account_id",
        );
        builder.build_query_as().fetch_all(pool).await
    })?)
}
