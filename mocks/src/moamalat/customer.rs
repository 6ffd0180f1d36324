//! What the customer does in the Lightbox.

use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;
use serde::Deserialize;

use super::{
    NAME, TransactionKind,
    accounts::{Account, State},
    book::Entry,
    filter::is_plain,
    notice,
    request::Text,
};
use crate::{
    Outcome, Pay, PayResult,
    amount::{LIMIT, dirham},
    callbacks::{self, Callback},
    clock::clock,
    journal::{Direction, JournalEntry},
    shared::Shared,
};

/// The masked forms of the published test cards.
const CARDS: [&str; 3] = ["639504XXXXXX0860", "639504XXXXXX5698", "639504XXXXXX6256"];

/// What the page gives to `Lightbox.Checkout.configure`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(rename = "MID")]
    merchant_id: Text,
    #[serde(rename = "TID")]
    terminal_id: Text,
    #[serde(rename = "AmountTrxn")]
    amount: Text,
    #[serde(rename = "MerchantReference")]
    reference: String,
    #[serde(rename = "TrxDateTime")]
    time: String,
    #[serde(rename = "SecureHash")]
    hash: String,
}

/// Lets the customer pay, be declined or turn back.
pub(crate) fn pay(shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
    let result = attempt(shared, act);
    if let Some(parameters) = &act.parameters {
        let mut entry = JournalEntry::of(NAME, "Lightbox", Direction::Received, clock());
        entry.url = "/_pay".to_owned();
        entry.body = Bytes::from(parameters.to_string());
        entry.acted = result.is_ok();
        entry.violation = result.as_ref().err().cloned();
        shared.journal.add(entry);
    }
    result
}

fn attempt(shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
    let parameters = act.parameters.as_ref().map(Parameters::deserialize).transpose();
    let parameters = parameters.map_err(|error| format!("the parameters are not valid: {error}"))?;
    if !is_plain(&act.reference) {
        return Err("the reference is not made of letters, digits, '.', '_' and '-'".to_owned());
    }
    let mut state = shared.moamalat.lock();
    let number = state.next_number();
    let (account, agreed) = match &parameters {
        Some(parameters) => verify(&mut state, parameters, act)?,
        None => (state.find_terminal(act.terminal.as_deref()).ok_or("the terminal is not known")?, None),
    };
    let amount = amount(account, agreed, act)?;
    if act.outcome == Outcome::Cancelled {
        return Ok(PayResult::default());
    }
    let amount = amount.ok_or("an amount is needed: the Lightbox has no session that knows it")?;
    let (result, callback) = book(shared, account, act, amount, number);
    drop(state);
    if act.notify.unwrap_or(true) {
        callbacks::dispatch(shared, callback);
    }
    Ok(result)
}

/// The amount of the parameters, the stated one, or that of an earlier transaction of the same reference.
fn amount(account: &Account, agreed: Option<i64>, act: &Pay) -> Result<Option<i64>, String> {
    let stated = act.amount.as_deref().map(dirham).transpose()?;
    if agreed.is_some() && stated.is_some() && agreed != stated {
        return Err("the amount is not that of the parameters".to_owned());
    }
    let earlier = || account.book.of_reference(&act.reference).last().map(|entry| entry.amount);
    Ok(agreed.or(stated).or_else(earlier))
}

/// Writes the sale and what is told of it.
fn book(shared: &Shared, account: &mut Account, act: &Pay, amount: i64, number: u64) -> (PayResult, Callback) {
    let card = usize::try_from(shared.chance.below(3)).unwrap_or_default();
    let transaction = account.book.write(Entry {
        merchant_id: &account.merchant.merchant_id,
        terminal_id: &account.merchant.terminal_id,
        reference: &act.reference,
        kind: TransactionKind::Sale,
        approved: act.outcome == Outcome::Approved,
        amount,
        original: None,
        card: CARDS[card],
        at: clock(),
        number,
    });
    let result = PayResult {
        transaction_id: Some(transaction.transaction_id.clone()),
        network_reference: Some(transaction.network_reference.clone()),
        complete: transaction.approved.then(|| notice::complete(transaction, &account.secret)),
        error: (!transaction.approved).then(|| notice::error(transaction)),
        return_url: None,
    };
    (result, notice::notification(transaction, &account.notification, shared.chance.below(u64::MAX)))
}

/// Checks what the page gave, its hash above all.
fn verify<'a>(
    state: &'a mut State,
    parameters: &Parameters,
    act: &Pay,
) -> Result<(&'a mut Account, Option<i64>), String> {
    if parameters.reference != act.reference {
        return Err("the reference is not that of the parameters".to_owned());
    }
    if act.terminal.as_deref().is_some_and(|terminal| terminal != parameters.terminal_id.0) {
        return Err("the terminal is not that of the parameters".to_owned());
    }
    let account = state.find(&parameters.merchant_id.0, &parameters.terminal_id.0);
    let account = account.ok_or("MID and TID are not known")?;
    let fields = [
        ("Amount", parameters.amount.0.as_str()),
        ("DateTimeLocalTrxn", &parameters.time),
        ("MerchantId", &parameters.merchant_id.0),
        ("MerchantReference", &parameters.reference),
        ("TerminalId", &parameters.terminal_id.0),
    ];
    if !account.secret.verifies(&fields, &parameters.hash) {
        return Err("SecureHash is wrong".to_owned());
    }
    // Other forms were seen to work; the mock keeps to the documented one.
    let digits = parameters.time.len() == 12 && parameters.time.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || DateTime::strptime("%Y%m%d%H%M", &parameters.time).is_err() {
        return Err("TrxDateTime is not a time of twelve digits, yyyyMMddHHmm".to_owned());
    }
    let amount = parameters.amount.0.parse::<i64>().ok().filter(|amount| (1..=LIMIT).contains(amount));
    let amount = amount.ok_or("AmountTrxn is not a whole number of dirham above 0")?;
    Ok((account, Some(amount)))
}
