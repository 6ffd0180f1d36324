//! Bills, top-ups and transfers: money out of the merchant's own account.

use axum::http::StatusCode;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::{
    Account, Contract,
    book::{Wallet, id},
    fields::Fields,
    request::{decline, invalid, is_digits, misuse},
};
use crate::{
    amount::decimal,
    clock::{clock, tripoli},
    exchange::{Answer, Refusal},
    shared::Shared,
    wallet::Customer,
};

const BILLERS: [&str; 3] = ["electricity", "water", "internet"];
/// More than this is above the limit, in dirham.
const MOST: i64 = 1_000_000;
const LONGEST_NOTE: usize = 140;

/// What a service is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Bill { biller: String, number: String },
    TopUp { phone: String },
    Transfer { phone: String },
}

/// A request for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) reference: String,
    subject: Subject,
    dirham: i64,
    note: Option<String>,
}

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Done,
    Processing,
    Failed,
}

/// A service that was asked for.
pub(super) struct Service {
    id: String,
    api_key: String,
    order: Order,
    progress: Progress,
    transaction: String,
}

/// A question about a bill.
pub(super) struct Inquiry {
    biller: String,
    number: String,
}

impl Inquiry {
    /// Reads one.
    pub(super) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let (biller, number) = bill(&mut fields)?;
        fields.end()?;
        Ok(Self { biller, number })
    }

    /// Says what is due.
    pub(super) fn answer(&self, shared: &Shared, contract: Contract) -> Result<Answer, Refusal> {
        let Self { biller, number } = self;
        let dirham = due(&shared.wallets.lock(contract.name), biller, number)?;
        let body = json!({
            "biller": biller,
            "number": number,
            "name": "أحمد علي",
            "amount": decimal(dirham),
            "currency": "LYD",
            "due_date": tripoli(clock()).date().saturating_add(10.days()).to_string(),
        });
        Ok(Answer::json(StatusCode::OK, &body))
    }
}

impl Order {
    /// Reads one: each kind has fields of its own.
    pub(super) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let (reference, kind, dirham) = (fields.reference()?, fields.text("kind")?, fields.money()?);
        let subject = match kind.as_str() {
            "bill" => {
                let (biller, number) = bill(&mut fields)?;
                Subject::Bill { biller, number }
            }
            "top_up" => Subject::TopUp { phone: phone(&mut fields)? },
            "transfer" => Subject::Transfer { phone: phone(&mut fields)? },
            _ => return Err(invalid("kind is none of bill, top_up, transfer")),
        };
        let note = fields.optional("note")?;
        fields.end()?;
        if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
            return Err(invalid("note is longer than 140 characters"));
        }
        Ok(Self { reference, subject, dirham, note })
    }

    /// The number that says who it is for.
    fn number(&self) -> &str {
        match &self.subject {
            Subject::Bill { number, .. } => number,
            Subject::TopUp { phone } | Subject::Transfer { phone } => phone,
        }
    }

    /// Does it once: the same request again only says how it stands.
    pub(super) fn perform(self, shared: &Shared, contract: Contract, account: &Account) -> Result<Answer, Refusal> {
        let mut wallet = shared.wallets.lock(contract.name);
        if let Some(answer) = self.repeated(&wallet, account) {
            return answer;
        }
        match Customer::of(self.number()) {
            Customer::Poor => return Err(decline(422, "insufficient_balance", "there is not enough money")),
            Customer::Unknown => return Err(decline(422, "not_registered", "there is no such number")),
            Customer::Unreachable => return Err(decline(503, "unavailable", "out of order, try again later")),
            Customer::Ready => {}
        }
        if self.dirham > MOST {
            return Err(decline(422, "limit_exceeded", "the amount is above the limit"));
        }
        let progress = match self.number() {
            number if number.ends_with("0000004") => Progress::Processing,
            number if number.ends_with("0000005") => Progress::Failed,
            _ => Progress::Done,
        };
        if let Subject::Bill { biller, number } = &self.subject {
            if due(&wallet, biller, number)? != self.dirham {
                return Err(misuse(422, "wrong_amount", "the amount is not the one that is due"));
            }
            if progress != Progress::Failed {
                wallet.paid_bills.insert((biller.clone(), number.clone()));
            }
        }
        let transaction = wallet.next_transaction();
        let (id, api_key) = (id("ws_", &shared.chance), account.api_key.clone());
        let service = Service { id, api_key, order: self, progress, transaction };
        let answer = Answer::json(StatusCode::CREATED, &service.row());
        wallet.services.push(service);
        Ok(answer)
    }

    /// The answer where the reference is known: the same object, or a refusal.
    pub(super) fn repeated(&self, wallet: &Wallet, account: &Account) -> Option<Result<Answer, Refusal>> {
        let known = service_of(wallet, account, &self.reference)?;
        if known.order != *self {
            return Some(Err(misuse(409, "duplicate_reference", "this reference is another request's")));
        }
        Some(Ok(Answer::json(StatusCode::OK, &known.row())))
    }
}

impl Service {
    fn row(&self) -> Value {
        let status = match self.progress {
            Progress::Done => "done",
            Progress::Processing => "processing",
            Progress::Failed => "failed",
        };
        let mut row = json!({ "service_id": self.id, "reference": self.order.reference, "status": status });
        if self.progress == Progress::Done {
            row["transaction_id"] = json!(self.transaction);
        }
        row
    }
}

/// The service of a reference, or none.
pub(super) fn find(shared: &Shared, contract: Contract, account: &Account, reference: &str) -> Answer {
    let wallet = shared.wallets.lock(contract.name);
    let data: Vec<Value> = service_of(&wallet, account, reference).map(Service::row).into_iter().collect();
    Answer::json(StatusCode::OK, &json!({ "data": data }))
}

/// Closes the day: what was processing is done.
pub(super) fn settle(wallet: &mut Wallet) {
    let waiting = wallet.services.iter_mut().filter(|service| service.progress == Progress::Processing);
    waiting.for_each(|service| service.progress = Progress::Done);
}

fn service_of<'a>(wallet: &'a Wallet, account: &Account, reference: &str) -> Option<&'a Service> {
    let is_meant = |service: &&Service| service.api_key == account.api_key && service.order.reference == reference;
    wallet.services.iter().find(is_meant)
}

fn bill(fields: &mut Fields) -> Result<(String, String), Refusal> {
    let (biller, number) = (fields.text("biller")?, fields.text("number")?);
    if is_digits(&number, 4..=20) { Ok((biller, number)) } else { Err(invalid("number is not 4 to 20 digits")) }
}

fn phone(fields: &mut Fields) -> Result<String, Refusal> {
    fields.phone()?.ok_or_else(|| invalid("phone is missing"))
}

/// What is due under a number: the number itself decides.
fn due(wallet: &Wallet, biller: &str, number: &str) -> Result<i64, Refusal> {
    if !BILLERS.contains(&biller) {
        return Err(decline(422, "unknown_biller", "there is no such biller"));
    }
    match Customer::of(number) {
        Customer::Unknown => return Err(decline(422, "not_registered", "there is no such number")),
        Customer::Unreachable => return Err(decline(503, "unavailable", "out of order, try again later")),
        Customer::Ready | Customer::Poor => {}
    }
    if wallet.paid_bills.contains(&(biller.to_owned(), number.to_owned())) {
        return Err(decline(422, "nothing_due", "this bill is paid"));
    }
    let last_digits = &number[number.len().saturating_sub(9)..];
    Ok(10_000 + last_digits.parse::<i64>().unwrap_or_default() % 360 * 250)
}
