//! The transactions, and what each operation does to them; it knows no protocol.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{Merchant, Status, Transaction};
use crate::{clock::tripoli, wallet::Customer};

/// So many wrong codes close a transaction. Assumed.
const TRIES: u8 = 3;

/// Validate, with every value checked.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) phone: String,
    pub(super) invoice_no: String,
    pub(super) dirham: i64,
}

/// A call, with every value checked.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Validate(Opening),
    Pay { transaction_id: u64, code: String },
    Resend { transaction_id: u64 },
    Enquiry { invoice_no: String },
}

/// Why a call did nothing.
#[derive(Debug)]
pub(super) struct Declined {
    /// `statusCode`. All but 927 are assumed, and so is its meaning.
    pub(super) code: u16,
    /// What people are told.
    pub(super) text: &'static str,
    /// What the gateway did wrong.
    pub(super) violation: Option<String>,
}

/// A transaction and what only the book knows of it.
struct Record {
    transaction: Transaction,
    code_sent: Instant,
    wrong_codes: u8,
}

/// All transactions of all merchants.
pub(super) struct Book {
    number: u64,
    records: Vec<Record>,
    by_id: HashMap<u64, usize>,
    by_invoice: HashMap<(String, String), usize>,
}

impl Declined {
    fn new(code: u16, text: &'static str) -> Self {
        Self { code, text, violation: None }
    }

    fn because(code: u16, text: &'static str, violation: String) -> Self {
        Self { code, text, violation: Some(violation) }
    }
}

impl Book {
    pub(super) fn starting_at(number: u64) -> Self {
        Self { number, records: Vec::new(), by_id: HashMap::new(), by_invoice: HashMap::new() }
    }

    /// Does what a call asks.
    pub(super) fn perform(
        &mut self,
        merchant: &Merchant,
        call: &Call,
        now: Timestamp,
    ) -> Result<&Transaction, Declined> {
        match call {
            Call::Validate(opening) => self.open(merchant, opening, now),
            Call::Pay { transaction_id, code } => self.pay(merchant, *transaction_id, code, now),
            Call::Resend { transaction_id } => self.resend(merchant, *transaction_id),
            Call::Enquiry { invoice_no } => {
                let key = (merchant.merchant_no.clone(), invoice_no.clone());
                let found = self.by_invoice.get(&key).map(|index| &self.records[*index].transaction);
                found.ok_or(Declined::new(936, "الفاتورة غير موجودة"))
            }
        }
    }

    /// What is wrong with a call whatever becomes of its answer: to pay again for what is paid or closed.
    pub(super) fn refuses(&self, merchant: &Merchant, call: &Call) -> Option<Declined> {
        let Call::Pay { transaction_id, .. } = call else { return None };
        let record = &self.records[*self.by_id.get(transaction_id)?];
        if record.transaction.merchant_no == merchant.merchant_no { closed(&record.transaction, "Pay") } else { None }
    }

    /// Every transaction, oldest first.
    pub(super) fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.records.iter().map(|record| &record.transaction)
    }

    fn open(&mut self, merchant: &Merchant, opening: &Opening, now: Timestamp) -> Result<&Transaction, Declined> {
        let key = (merchant.merchant_no.clone(), opening.invoice_no.clone());
        if self.by_invoice.contains_key(&key) {
            let reason = format!("InvoiceNo {} was used before", opening.invoice_no);
            return Err(Declined::because(933, "رقم الفاتورة مستخدم من قبل", reason));
        }
        match Customer::of(&opening.phone) {
            Customer::Unknown => return Err(Declined::new(931, "العميل غير مسجل في خدمة سداد")),
            Customer::Unreachable => return Err(Declined::new(932, "تعذر إرسال رمز التحقق")),
            Customer::Ready | Customer::Poor => {}
        }
        self.number += 1;
        let transaction = Transaction {
            transaction_id: self.number,
            merchant_no: merchant.merchant_no.clone(),
            invoice_no: opening.invoice_no.clone(),
            phone: opening.phone.clone(),
            dirham: opening.dirham,
            commission: merchant.commission,
            status: Status::Pending,
            reference: None,
            at: now,
        };
        let index = self.records.len();
        self.by_id.insert(self.number, index);
        self.by_invoice.insert(key, index);
        self.records.push(Record { transaction, code_sent: Instant::now(), wrong_codes: 0 });
        Ok(&self.records[index].transaction)
    }

    fn pay(&mut self, merchant: &Merchant, id: u64, code: &str, now: Timestamp) -> Result<&Transaction, Declined> {
        let record = self.find(merchant, id, "Pay")?;
        if record.code_sent.elapsed() >= Duration::from_secs(merchant.code_seconds) {
            return Err(Declined::new(928, "انتهت صلاحية رمز التحقق"));
        }
        if code != merchant.code {
            record.wrong_codes += 1;
            if record.wrong_codes < TRIES {
                return Err(Declined::new(927, "رمز التحقق غير صحيح"));
            }
            record.transaction.status = Status::Failed;
            return Err(Declined::new(929, "تم تجاوز عدد المحاولات"));
        }
        if Customer::of(&record.transaction.phone) == Customer::Poor {
            record.transaction.status = Status::Failed;
            return Err(Declined::new(930, "الرصيد غير كاف"));
        }
        let transaction = &mut record.transaction;
        (transaction.status, transaction.at) = (Status::Paid, now);
        transaction.reference = Some(format!("SD-{}{id}", tripoli(now).strftime("%Y%m%d")));
        Ok(transaction)
    }

    fn resend(&mut self, merchant: &Merchant, id: u64) -> Result<&Transaction, Declined> {
        let record = self.find(merchant, id, "otp-resend")?;
        if record.code_sent.elapsed() < Duration::from_secs(merchant.resend_seconds) {
            return Err(Declined::new(937, "انتظر قليلا قبل طلب رمز جديد"));
        }
        (record.code_sent, record.wrong_codes) = (Instant::now(), 0);
        Ok(&record.transaction)
    }

    /// The transaction of this merchant, if it is still open.
    fn find(&mut self, merchant: &Merchant, id: u64, operation: &str) -> Result<&mut Record, Declined> {
        let unknown = || Declined::because(934, "العملية غير موجودة", format!("there is no transaction {id}"));
        let index = *self.by_id.get(&id).ok_or_else(unknown)?;
        let record = self.records.get_mut(index).filter(|known| known.transaction.merchant_no == merchant.merchant_no);
        let record = record.ok_or_else(unknown)?;
        match closed(&record.transaction, operation) {
            Some(declined) => Err(declined),
            None => Ok(record),
        }
    }
}

/// Why nothing more can be done with a transaction.
fn closed(transaction: &Transaction, operation: &str) -> Option<Declined> {
    let id = transaction.transaction_id;
    match transaction.status {
        Status::Pending => None,
        Status::Paid => {
            Some(Declined::because(935, "العملية مدفوعة من قبل", format!("{operation} came again: {id} is paid")))
        }
        Status::Failed => {
            Some(Declined::because(938, "العملية مغلقة", format!("{operation} came again: {id} is closed")))
        }
    }
}
