//! The port of one-time codes: confirming a payment by the code that a wallet has sent to its customer.

use kit::{Call, Error, Reply};
use schemas::payment::Code;

use crate::port::{Order, Session, Transaction};

/// What a wallet with one-time codes can do beside `PaymentProvider`.
pub trait Codes: Send + Sync {
    /// 1. Describes the confirmation, sending nothing. 2. The call is `Once`, carries the order's reference, and the code is
    ///    secret in it. 3. Its refusals, whatever their status, come back as answers (`Call::answers`), not as errors.
    fn describe_confirm(&self, order: &Order, session: &str, code: &Code) -> Result<Call, Error>;

    /// 4. Reads the answer to that call: `Paid` and `Refused` only where the provider says so in so many words.
    fn read_confirm(&self, order: &Order, reply: &Reply) -> Confirmed;

    /// 5. Describes sending a code again, for an open session. 6. Nothing is charged by it.
    fn describe_resend(&self, order: &Order, session: &str) -> Result<Call, Error>;

    /// 7. Reads the answer to that call: the session that holds from now on, which may be the same.
    fn read_resend(&self, order: &Order, session: &str, reply: &Reply) -> Result<Session, Error>;
}

/// What the answer to a confirmation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The provider took the money. What it answers, it answers as it would be asked: the judge compares it.
    Paid(Transaction),
    /// The code is not the one that was sent; another may be entered. Nothing was charged.
    WrongCode,
    /// The code is over, and a new one must be sent. Nothing was charged.
    CodeExpired,
    /// Refused for good: nothing was charged, and in this session nothing will be.
    Refused {
        /// The provider's own word.
        raw: String,
    },
    /// It says neither.
    Unclear {
        /// What it says, or what is wrong with it.
        message: String,
    },
}
