//! What the customer does on the page.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    PAYMENT_METHODS, notice,
    stores::{Payment, Status},
};
use crate::{Outcome, Pay, PayResult, amount::dirham, callbacks, clock::clock, shared::Shared};

/// What `/_pay` may say beside the outcome.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    payment_method: Option<String>,
}

/// Lets the customer pay, be declined or turn back.
pub(super) fn pay(shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
    let parameters = act.parameters.as_ref().map(Parameters::deserialize).transpose();
    let parameters = parameters.map_err(|error| format!("the parameters are not valid: {error}"))?.unwrap_or_default();
    let method = parameters.payment_method.as_deref().unwrap_or(PAYMENT_METHODS[0]);
    let method = PAYMENT_METHODS.into_iter().find(|known| *known == method);
    let method = method.ok_or_else(|| format!("payment_method is one of {}", PAYMENT_METHODS.join(", ")))?;
    let amount = act.amount.as_deref().map(dirham).transpose()?;
    let mut state = shared.tlync.lock();
    let is_meant = |payment: &Payment| {
        payment.asked.custom_ref == act.reference
            && act.terminal.as_ref().is_none_or(|store_id| payment.store_id == *store_id)
    };
    let payment = state.any(is_meant).ok_or_else(|| format!("there is no payment {}", act.reference))?;
    let (result, payment) = perform(payment, act.outcome, method, amount)?;
    let callback = state.store(&payment.store_id).map(|store| notice::callback(&payment, store));
    drop(state);
    // Whoever turns back has done nothing that T-Lync could tell of. Assumed.
    if act.outcome != Outcome::Cancelled && act.notify.unwrap_or(true) {
        callback.into_iter().for_each(|callback| callbacks::dispatch(shared, callback));
    }
    Ok(result)
}

fn perform(
    payment: &mut Payment,
    outcome: Outcome,
    method: &'static str,
    amount: Option<i64>,
) -> Result<(PayResult, Payment), String> {
    if let Status::Paid(_) = payment.status {
        return Err(format!("{} is paid already", payment.asked.custom_ref));
    }
    let mut result = PayResult { return_url: Some(destination(payment, outcome).to_owned()), ..PayResult::default() };
    if outcome != Outcome::Cancelled {
        (payment.method, payment.at) = (method, clock());
        result.transaction_id = Some(payment.transaction_ref.clone());
    }
    if outcome == Outcome::Approved {
        payment.status = Status::Paid(amount.unwrap_or(payment.asked.dirham));
        result.network_reference = Some(payment.gateway_ref.clone());
    }
    Ok((result, payment.clone()))
}

/// Where the browser goes after the act.
fn destination(payment: &Payment, outcome: Outcome) -> &str {
    let failed = payment.asked.failed_front_end_url.as_deref().filter(|_| outcome != Outcome::Approved);
    failed.unwrap_or(&payment.asked.frontend_url)
}
