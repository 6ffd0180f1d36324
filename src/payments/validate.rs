//! Reading a payment request: every field once, into types that cannot hold nonsense; every fault named.

use schemas::Money;
use schemas::payment::{CreateAttempt, CreatePayment, Customer, Fallback, Method};

use super::{Caller, catalogue};
use crate::fields::{Faults, amount as read_amount, reference as check_reference};
use crate::refusal::Refusal;
use crate::routing::brands;

/// The largest metadata, as JSON text.
const METADATA: usize = 8 * 1024;

/// A payment request that makes sense.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) reference: String,
    pub(super) amount: Money,
    pub(super) fallback: Fallback,
    pub(super) customer: Customer,
    pub(super) request: CreatePayment,
}

/// Reads a request, or names every field at fault.
pub(super) fn draft(caller: &Caller, request: CreatePayment) -> Result<Draft, Refusal> {
    let mut faults = Faults(Vec::new());
    check_reference(&request.reference, &mut faults);
    let amount = read_amount("amount", &request.amount.0, request.currency, &mut faults);
    if let Some(amount) = amount {
        check_limits(amount, &request, &mut faults);
    }
    check_way(request.method, request.brand.as_deref(), request.bank.as_deref(), &mut faults);
    if request.card_type.is_some() && request.method != Method::Card {
        faults.add("card_type", "only a card has a card type", "نوع البطاقة للدفع بالبطاقة فقط");
    }
    if let Some(customer) = &request.customer {
        check_customer(customer, &mut faults);
    }
    check_return_url(caller, request.return_url.as_deref(), &mut faults);
    if request
        .metadata
        .as_ref()
        .is_some_and(|metadata| serde_json::to_string(metadata).is_ok_and(|text| text.len() > METADATA))
    {
        faults.add("metadata", "at most 8 KiB of JSON", "الحد الأقصى 8 كيلوبايت من JSON");
    }
    match amount {
        Some(amount) if faults.0.is_empty() => Ok(Draft {
            reference: request.reference.clone(),
            amount,
            fallback: request.fallback.unwrap_or(Fallback::Offer),
            customer: request.customer.clone().unwrap_or_default(),
            request,
        }),
        _ => Err(Refusal::Invalid(faults.0)),
    }
}

/// Checks how somebody wants to pay, for a first or a further attempt.
pub(super) fn way(request: &CreateAttempt) -> Result<(), Refusal> {
    let mut faults = Faults(Vec::new());
    check_way(request.method, request.brand.as_deref(), request.bank.as_deref(), &mut faults);
    if let Some(customer) = &request.customer {
        check_customer(customer, &mut faults);
    }
    if faults.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults.0)) }
}

/// Reads an amount that must be greater than zero.
pub(super) fn positive(field: &str, text: &str, currency: schemas::Currency) -> Result<Money, Refusal> {
    let mut faults = Faults(Vec::new());
    read_amount(field, text, currency, &mut faults).ok_or(Refusal::Invalid(faults.0))
}

fn check_limits(amount: Money, request: &CreatePayment, faults: &mut Faults) {
    let Some((least, most)) = catalogue::limits(request.method, request.card_type) else { return };
    if amount.currency == least.currency && !(least.minor..=most.minor).contains(&amount.minor) {
        faults.add(
            "amount",
            format!("this way of paying takes {least} to {most} {}", least.currency),
            format!("هذه الطريقة تقبل من {least} إلى {most} {}", least.currency),
        );
    }
}

pub(super) fn check_way(method: Method, brand: Option<&str>, bank: Option<&str>, faults: &mut Faults) {
    match brand {
        Some(_) if method != Method::Wallet => faults.add("brand", "only a wallet has a brand", "العلامة للمحافظ فقط"),
        Some(brand) if !brands().contains(&brand) => {
            let brands = brands().into_iter().collect::<Vec<_>>().join(", ");
            faults.add("brand", format!("expected one of {brands}"), format!("المتوقع إحدى القيم {brands}"));
        }
        _ => {}
    }
    let Some(id) = bank else { return };
    match catalogue::bank(id) {
        None => faults.add(
            "bank",
            "unknown bank; see GET /v1/payment-methods",
            "مصرف غير معروف؛ راجع GET /v1/payment-methods",
        ),
        Some(bank) if method == Method::BankTransfer && !bank.transfer => {
            faults.add("bank", "transfers from this bank are not taken", "التحويل من هذا المصرف غير مقبول");
        }
        Some(_) if matches!(method, Method::Card | Method::BankTransfer) => {}
        Some(_) => faults.add("bank", "this way of paying has no bank", "طريقة الدفع هذه لا ترتبط بمصرف"),
    }
}

fn check_customer(customer: &Customer, faults: &mut Faults) {
    let long = |text: &Option<String>| {
        text.as_ref().is_some_and(|text| text.chars().count() > 200 || text.chars().any(char::is_control))
    };
    if long(&customer.name) {
        faults.add("customer.name", "at most 200 characters", "200 حرف على الأكثر");
    }
    let is_address = |mail: &String| {
        mail.split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !mail.contains(char::is_whitespace))
    };
    if long(&customer.email) || customer.email.as_ref().is_some_and(|mail| !is_address(mail)) {
        faults.add(
            "customer.email",
            "expected an address such as name@example.ly",
            "المتوقع عنوان مثل name@example.ly",
        );
    }
    if customer.birth_year.is_some_and(|year| !(1900..=2100).contains(&year)) {
        faults.add("customer.birth_year", "expected a year such as 1987", "المتوقع سنة مثل 1987");
    }
}

/// A return URL is one that the store has named; otherwise our redirect would serve anybody's page.
fn check_return_url(caller: &Caller, given: Option<&str>, faults: &mut Faults) {
    let Some(given) = given else { return };
    let web = url::Url::parse(given).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    let allowed = caller.return_urls.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => given.starts_with(prefix),
        None => given == pattern,
    });
    if !web || !allowed {
        faults.add(
            "return_url",
            "not one of the store's return_urls",
            "ليس ضمن عناوين العودة المعتمدة للمتجر (return_urls)",
        );
    }
}
