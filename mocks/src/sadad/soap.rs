//! The SOAP variant, a contract of our own: which call an envelope is, and how an answer looks.

use axum::http::StatusCode;

use super::{
    ENQUIRY, OPERATIONS, PAY, RESEND, Transaction, VALIDATE,
    book::{Call, Declined},
    rest,
};
use crate::{
    amount::decimal,
    exchange::{Answer, Refusal},
    soap::{self, Envelope},
};

const NAMESPACE: &str = "http://sadad.ly/pgw";
/// Its own names of the operations, in the order of [`OPERATIONS`].
const NAMES: [&str; 4] = ["Validate", "Pay", "ResendOtp", "Enquiry"];

/// Where it is, below the provider's path.
pub(super) const PATH: &str = "soap";

/// The operation of an envelope.
pub(super) fn operation(envelope: &Envelope) -> Result<&'static str, String> {
    let body = &envelope.body;
    let known = NAMES.iter().position(|name| body.namespace == NAMESPACE && body.name == *name);
    let position = known.ok_or_else(|| format!("{} of \"{}\" is no operation", body.name, body.namespace))?;
    if envelope.action != format!("{NAMESPACE}/{}", body.name) {
        return Err(format!("SOAPAction is \"{}\" for {}", envelope.action, body.name));
    }
    Ok(OPERATIONS[position])
}

/// Reads a call of this operation.
pub(super) fn read(operation: &str, envelope: &Envelope) -> Result<Call, String> {
    let body = &envelope.body;
    let number = |text: &str| text.parse().map_err(|_| format!("\"{text}\" is no TransactionId"));
    match operation {
        VALIDATE => {
            let names = ["Msisdn", "BirthYear", "InvoiceNo", "Amount", "Category"];
            let [phone, year, invoice, amount, category] = body.texts_in_order(NAMESPACE, names)?;
            let category = category.parse().map_err(|_| format!("\"{category}\" is no Category"))?;
            rest::opening(phone, &year, invoice, &amount, category)
        }
        PAY => {
            let [id, code] = body.texts_in_order(NAMESPACE, ["TransactionId", "OTP"])?;
            rest::pay(number(&id)?, code)
        }
        RESEND => {
            let [id] = body.texts_in_order(NAMESPACE, ["TransactionId"])?;
            Ok(Call::Resend { transaction_id: number(&id)? })
        }
        _ => {
            let [invoice_no] = body.texts_in_order(NAMESPACE, ["InvoiceNo"])?;
            Ok(Call::Enquiry { invoice_no })
        }
    }
}

/// The answer of a call that was done.
pub(super) fn accepted(operation: &str, done: &Transaction) -> Answer {
    let id = done.transaction_id.to_string();
    let reference = done.reference.as_deref().unwrap_or_default();
    let status = format!("{:?}", done.status);
    let (amount, commission) = (decimal(done.dirham), decimal(done.commission));
    let total = decimal(done.dirham + done.commission);
    let mut texts = vec![("StatusCode", "0"), ("Message", "Success")];
    match operation {
        VALIDATE => texts.push(("TransactionId", &id)),
        PAY => texts.extend([
            ("TransactionId", id.as_str()),
            ("Reference", reference),
            ("MerchantNo", &done.merchant_no),
            ("Commission", &commission),
            ("Total", &total),
        ]),
        ENQUIRY => texts.extend([
            ("TransactionId", id.as_str()),
            ("InvoiceNo", &done.invoice_no),
            ("Amount", &amount),
            ("Status", &status),
            ("Reference", reference),
        ]),
        _ => {}
    }
    answer(operation, &texts)
}

/// The answer of a call that was not done.
pub(super) fn declined(operation: &str, declined: Declined) -> Refusal {
    let code = declined.code.to_string();
    let answer = answer(operation, &[("StatusCode", &code), ("Message", declined.text)]);
    Refusal { violation: declined.violation, answer }
}

/// An error of the gateway inside a good status.
pub(super) fn gateway_error(operation: &str) -> Answer {
    answer(operation, &[("StatusCode", "999"), ("Message", "خطأ في النظام، حاول لاحقا")])
}

/// The refusal of user or password.
pub(super) fn unauthorized() -> Refusal {
    let text = "The security token could not be authenticated or authorized";
    Refusal::violation("user and password are not known", soap::fault("wsse:FailedAuthentication", text))
}

/// The refusal of a request that is not valid.
pub(super) fn invalid(reason: String) -> Refusal {
    let fault = soap::fault("Client", &reason);
    Refusal::violation(reason, fault)
}

fn answer(operation: &str, texts: &[(&str, &str)]) -> Answer {
    let position = OPERATIONS.iter().position(|known| *known == operation).unwrap_or_default();
    let name = format!("{}Response", NAMES[position]);
    soap::answer(StatusCode::OK, &soap::element(NAMESPACE, &name, texts))
}
