//! FilterTransactions: finds, sorts, pages and groups by day.

use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Serialize;

use super::{
    Transaction, TransactionKind,
    book::Book,
    request::{FilterRequest, Refusal, Text},
};
use crate::clock::tripoli;

/// The length of a page that names none. Assumed.
const PAGE: usize = 10;

/// The answer. It is serialized while the book is locked, so nothing in it is copied.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FilterAnswer<'a> {
    message: Option<&'static str>,
    success: bool,
    total_amount_all_transaction: i64,
    total_amount_tips_transaction: i64,
    total_count_all_transaction: usize,
    transactions: Vec<Day<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Day<'a> {
    date: String,
    date_total_amount: String,
    date_transactions: Vec<Row<'a>>,
    #[serde(skip)]
    day: Date,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    transaction_channel: &'static str,
    card_no: &'a str,
    sender_name: &'static str,
    card_type: &'static str,
    amnt: String,
    amount_trxn: String,
    fee_amnt: String,
    tip_amnt: &'static str,
    status: &'static str,
    currency: &'static str,
    trans_type: &'static str,
    #[serde(rename = "STAN")]
    stan: &'a str,
    #[serde(rename = "RRN")]
    rrn: &'a str,
    merchant_reference: &'a str,
    receipt_no: &'a str,
    mobile_number: Option<&'static str>,
    transaction_id: &'a str,
    external_txn_id: Option<&'static str>,
    txn_date_time: String,
    is_refund_enabled: bool,
    is_refund: bool,
    remaining_refund_amount: String,
    refund_reason: &'static str,
    refund_source: &'static str,
    refund_user_creator: &'static str,
    original_txn_id: &'a str,
    is_must_void_total_amount: bool,
    res_code_desc: &'static str,
    terminal_id: &'a str,
    has_token: bool,
}

/// Answers a call that was let in.
pub(crate) fn filter<'a>(book: &'a Book, request: &FilterRequest) -> Result<FilterAnswer<'a>, Refusal> {
    let wrong = |reason: &str| Refusal::new(StatusCode::BAD_REQUEST, reason);
    let from = read_date(request.date_from.as_deref()).map_err(wrong)?;
    let to = read_date(request.date_to.as_deref()).map_err(wrong)?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(wrong("DateFrom is after DateTo"));
    }
    let length = read_count(request.display_length.as_ref(), PAGE).filter(|length| *length > 0);
    let length = length.ok_or_else(|| wrong("DisplayLength is not a number above 0"))?;
    let start = read_count(request.display_start.as_ref(), 0).ok_or_else(|| wrong("DisplayStart is not a number"))?;
    let reference = request.merchant_reference.as_deref().filter(|text| !text.is_empty());
    if reference.is_some_and(|text| !(10..=36).contains(&text.len()) || !is_plain(text)) {
        return Err(wrong("MerchantReference is not 10 to 36 letters, digits, '.', '_' or '-'"));
    }
    let network = request.network_reference.as_deref().filter(|text| !text.is_empty());

    let mut found: Vec<&Transaction> = match (network, reference) {
        (Some(network), _) => book.of_network(network).into_iter().collect(),
        (None, Some(reference)) => book.of_reference(reference),
        (None, None) => book.between(from, to).iter().collect(),
    };
    found.retain(|entry| {
        reference.is_none_or(|text| entry.reference == text)
            && from.is_none_or(|day| entry.date >= day)
            && to.is_none_or(|day| entry.date <= day)
    });
    sort(&mut found, request.sort_col.as_deref(), request.sort_dir.as_deref()).map_err(wrong)?;
    Ok(answer(&found, start, length))
}

/// Letters, digits and the three signs that no client encodes.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn read_date(text: Option<&str>) -> Result<Option<Date>, &'static str> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    // The parser alone would take fewer digits.
    let date = if text.len() == 8 { Date::strptime("%Y%m%d", text).ok() } else { None };
    date.map(Some).ok_or("DateFrom and DateTo must be days, yyyyMMdd")
}

fn read_count(text: Option<&Text>, default: usize) -> Option<usize> {
    text.map_or(Some(default), |text| text.0.parse().ok())
}

/// Newest first unless told otherwise. The names of columns are those of the answer; assumed.
fn sort(found: &mut [&Transaction], column: Option<&str>, direction: Option<&str>) -> Result<(), &'static str> {
    let descending = match direction.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "desc" => true,
        "asc" => false,
        _ => return Err("SortDir is neither asc nor desc"),
    };
    match column.unwrap_or_default().to_ascii_lowercase().as_str() {
        // The books are in this order; a stable sort keeps it within one day.
        "" | "txndatetime" | "transactionid" | "date" => found.sort_by_key(|entry| entry.at),
        "amnt" | "amounttrxn" => found.sort_by_key(|entry| entry.amount),
        "merchantreference" => found.sort_by(|left, right| left.reference.cmp(&right.reference)),
        "rrn" | "receiptno" | "stan" => {
            found.sort_by(|left, right| left.network_reference.cmp(&right.network_reference))
        }
        "status" => found.sort_by_key(|entry| entry.approved),
        "transtype" => found.sort_by_key(|entry| entry.kind == TransactionKind::Refund),
        _ => return Err("SortCol is not a known column"),
    }
    if descending {
        found.reverse();
    }
    Ok(())
}

fn answer<'a>(found: &[&'a Transaction], start: usize, length: usize) -> FilterAnswer<'a> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for transaction in found.iter().skip(start).take(length) {
        let position = days.iter().position(|known| known.day == transaction.date).unwrap_or_else(|| {
            days.push(Day::new(transaction.date, found));
            days.len() - 1
        });
        days[position].date_transactions.push(Row::of(transaction));
    }
    FilterAnswer {
        message: found.is_empty().then_some("Transaction not found"),
        success: true,
        // The sum of everything listed, refunds too. Assumed.
        total_amount_all_transaction: found.iter().map(|entry| entry.amount).sum(),
        total_amount_tips_transaction: 0,
        total_count_all_transaction: found.len(),
        transactions: days,
    }
}

impl Day<'_> {
    fn new(day: Date, found: &[&Transaction]) -> Self {
        let total: i64 = found.iter().filter(|entry| entry.date == day).map(|entry| entry.amount).sum();
        Self {
            date: day.strftime("%d/%m/%Y").to_string(),
            date_total_amount: total.to_string(),
            date_transactions: Vec::new(),
            day,
        }
    }
}

impl<'a> Row<'a> {
    fn of(entry: &'a Transaction) -> Self {
        let sale = entry.kind == TransactionKind::Sale;
        let status = if entry.approved { "Approved" } else { "Declined" };
        let network = entry.network_reference.as_str();
        Self {
            transaction_channel: "Card",
            card_no: entry.card,
            sender_name: "MOCK CUSTOMER",
            card_type: "",
            amnt: entry.written.clone().unwrap_or_else(|| entry.amount.to_string()),
            amount_trxn: entry.written.clone().unwrap_or_else(|| entry.amount.to_string()),
            fee_amnt: entry.fee.to_string(),
            tip_amnt: "0",
            status,
            currency: "LYD",
            trans_type: if sale { "Sale" } else { "Refund" },
            stan: &network[network.len().saturating_sub(6)..],
            rrn: network,
            merchant_reference: &entry.reference,
            receipt_no: network,
            mobile_number: None,
            transaction_id: &entry.transaction_id,
            external_txn_id: None,
            txn_date_time: tripoli(entry.at).strftime("%d/%m/%y  %H:%M").to_string(),
            is_refund_enabled: sale && entry.approved && entry.remaining > 0,
            // That it marks the refund and not the refunded sale is assumed.
            is_refund: !sale,
            remaining_refund_amount: entry.remaining.to_string(),
            refund_reason: "",
            refund_source: if sale { "" } else { "API" },
            refund_user_creator: "",
            original_txn_id: entry.original.as_deref().unwrap_or_default(),
            is_must_void_total_amount: sale && entry.approved && !entry.settled,
            res_code_desc: status,
            terminal_id: &entry.terminal_id,
            has_token: false,
        }
    }
}
