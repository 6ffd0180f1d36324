//! RefundTransaction: a void of the whole sale before the day is closed, a refund of any part afterwards.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Transaction, TransactionKind,
    accounts::Account,
    book::Entry,
    request::{RefundRequest, Refusal},
};

/// The answer; the fields that Moamalat leaves empty are there, for its clients read them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RefundAnswer {
    message: String,
    success: bool,
    action_code: Option<&'static str>,
    auth_code: Option<&'static str>,
    decimal_fraction: u8,
    external_txn_id: Option<&'static str>,
    is_enable_refund: bool,
    merchant_reference: Option<String>,
    network_reference: Option<String>,
    receipt_number: Option<String>,
    receiver_account_number: Option<&'static str>,
    receiver_name: Option<&'static str>,
    receiver_scheme: Option<&'static str>,
    ref_number: Option<String>,
    status_code: Option<&'static str>,
    system_reference: u8,
    system_txn_id: u8,
    txn_date: Option<&'static str>,
}

impl RefundAnswer {
    fn new(message: String, refund: Option<&Transaction>) -> Self {
        Self {
            message,
            success: refund.is_some(),
            action_code: refund.map(|_| "00"),
            auth_code: None,
            decimal_fraction: 3,
            external_txn_id: None,
            is_enable_refund: false,
            merchant_reference: None,
            network_reference: None,
            receipt_number: None,
            receiver_account_number: None,
            receiver_name: None,
            receiver_scheme: None,
            ref_number: refund.map(|entry| entry.transaction_id.clone()),
            status_code: refund.map(|_| "00"),
            system_reference: 0,
            system_txn_id: 0,
            txn_date: None,
        }
    }

    /// The answer of a refund that was not made.
    pub(crate) fn failure(message: &str) -> Self {
        Self::new(message.to_owned(), None)
    }
}

/// Makes the refund of a call that was let in.
pub(crate) fn refund(
    account: &mut Account,
    request: &RefundRequest,
    number: u64,
    at: Timestamp,
) -> Result<RefundAnswer, Refusal> {
    let (system, network, amount) = read(request).map_err(|reason| Refusal::new(StatusCode::BAD_REQUEST, reason))?;
    let sale = account.book.sale_mut(system, network).ok_or_else(|| declined("Transaction not found"))?;
    take(sale, amount).map_err(declined)?;
    let (reference, original, card) = (sale.reference.clone(), sale.transaction_id.clone(), sale.card);
    let refund = account.book.write(Entry {
        merchant_id: &account.merchant.merchant_id,
        terminal_id: &account.merchant.terminal_id,
        reference: &reference,
        kind: TransactionKind::Refund,
        approved: true,
        amount,
        original: Some(original),
        card,
        at,
        number,
    });
    Ok(RefundAnswer::new("Approved".to_owned(), Some(refund)))
}

/// The one reference and the amount in dirham.
fn read(request: &RefundRequest) -> Result<(Option<&str>, Option<&str>, i64), &'static str> {
    let system = request.system_reference.as_ref().map(|text| text.0.as_str()).filter(|text| !text.is_empty());
    let network = request.network_reference.as_deref().filter(|text| !text.is_empty());
    if system.is_some() == network.is_some() {
        return Err("Exactly one of SystemReference and NetworkReference is needed");
    }
    let amount = request.amount_trxn.0.parse::<i64>().ok().filter(|amount| *amount > 0);
    Ok((system, network, amount.ok_or("AmountTrxn is not a whole number of dirham above 0")?))
}

/// Takes the amount from what can still go back. The first message is Moamalat's, the other two are assumed.
fn take(sale: &mut Transaction, amount: i64) -> Result<(), &'static str> {
    if sale.remaining == 0 {
        return Err("CUBEEX5250616:Transaction Already Refunded");
    }
    if amount > sale.remaining {
        return Err("Refund amount exceeds the remaining amount");
    }
    if !sale.settled && amount != sale.amount {
        return Err("Transaction is not settled: the total amount must be voided");
    }
    sale.remaining -= amount;
    Ok(())
}

fn declined(message: &str) -> Refusal {
    let body = serde_json::to_vec(&RefundAnswer::failure(message)).unwrap_or_default().into();
    Refusal { status: StatusCode::OK, reason: message.to_owned(), body }
}
