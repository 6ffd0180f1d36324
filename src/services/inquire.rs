//! Asking what is owed on a bill. Nothing is kept of the answer: it names a person.

use kit::Kind;
use schemas::service::{Bill, InquireBill, ServiceKind};

use super::choose::{Wanted, port};
use super::{WalletServices, draft};
use crate::caller::Caller;
use crate::refusal::Refusal;

/// What a biller says.
#[derive(Debug, Clone)]
pub enum Inquired {
    /// So much is owed.
    Owed(Box<Bill>),
    /// It knows no such bill, in the provider's words.
    Unknown(String),
    /// There is nothing to pay now, in the provider's words.
    NothingDue(String),
}

impl WalletServices {
    /// Asks a provider about a bill.
    pub async fn inquire(&self, caller: &Caller, request: InquireBill) -> Result<Inquired, Refusal> {
        let inquiry = draft::inquiry(&request)?;
        let wanted = Wanted { kind: ServiceKind::Bill, provider: Some(&request.provider), phone: None, currency: None };
        let served = self.choose(caller, wanted).await?;
        let port = port(&served)?;
        let call = port.describe_inquiry(&inquiry)?;
        let reply = self.accounts.transport().send(&call).await?;
        match port.read_inquiry(&inquiry, &reply) {
            Ok(bill) => Ok(Inquired::Owed(Box::new(Bill {
                provider: request.provider,
                biller: bill.biller,
                number: bill.number,
                name: bill.name,
                amount: bill.amount.to_string(),
                currency: bill.amount.currency,
                due_date: bill.due.map(|day| day.to_string()),
            }))),
            Err(error) if error.kind == Kind::NotFound => Ok(Inquired::Unknown(error.message)),
            Err(error) if error.kind == Kind::Rejected => Ok(Inquired::NothingDue(error.message)),
            Err(error) => Err(error.into()),
        }
    }
}
