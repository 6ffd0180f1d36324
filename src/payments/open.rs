//! Opening an attempt: choosing who serves it, in which order, and having the adapter say what the customer does next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kit::{Call, Delivery, Error, Kind};
use payments_adapters::{Callbacks, Opening, Order, Route};
use schemas::payment::{AttemptStatus, Customer, Fallback, Method, NextAction};
use schemas::{AttemptId, Money, PaymentId};
use sqlx::types::Json;

use super::{CONFIRM, Caller, Payments, schedule};
use crate::accounts::Served;
use crate::db::Time;
use crate::db::attempts::Attempt;
use crate::db::tasks::Task;
use crate::refusal::Refusal;
use crate::routing::{Candidate, Wanted, WhyNot};

/// One way in which an attempt can be made.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) served: Arc<Served>,
    pub(super) route: &'static Route,
    pub(super) method: Method,
    /// In whose stead.
    pub(super) fallback_from: Option<String>,
}

impl Way {
    /// Whether its provider may have to be called for an attempt to be opened.
    pub(super) fn may_call(&self) -> bool {
        self.method == Method::Wallet || self.served.provider.card().callbacks == Callbacks::Proving
    }
}

/// The ways that are left, best first.
pub(super) type Ways = VecDeque<Way>;

/// What an attempt is opened for.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) payment: PaymentId,
    pub(super) number: i32,
    pub(super) amount: Money,
    pub(super) brand: Option<String>,
    pub(super) bank: Option<String>,
    pub(super) customer: Customer,
}

/// An attempt that can be committed, and the call that its provider needs to open it.
pub(super) struct Prepared {
    pub(super) attempt: Attempt,
    pub(super) task: Option<Task>,
    pub(super) way: Way,
    pub(super) order: Order,
    pub(super) call: Option<Box<Call>>,
}

impl Payments {
    /// Chooses who may serve it, best first, or says why nobody can and what could be had instead.
    pub(super) async fn choose(&self, wanted: Wanted<'_>, fallback: Fallback) -> Result<Ways, Refusal> {
        let candidates = self.routing.candidates(wanted).await?.candidates;
        let Some(first) = candidates.first() else {
            let text = schemas::Text::new("no provider serves this way of paying", "لا يوجد مزود يخدم طريقة الدفع هذه");
            return Err(Refusal::Unsupported { text, alternatives: Vec::new() });
        };
        let (name, why_not) = (first.card.name, first.why_not);
        let most = if fallback == Fallback::None { 1 } else { usize::MAX };
        let mut ways: Ways = candidates.iter().filter_map(|one| way(one, None)).take(most).collect();
        if !ways.is_empty() && fallback != Fallback::Auto {
            return Ok(ways);
        }
        let alternatives = self.routing.alternatives(name, wanted).await?;
        if fallback == Fallback::Auto {
            ways.extend(alternatives.iter().filter_map(|one| way(one, Some(name))));
        }
        if !ways.is_empty() {
            return Ok(ways);
        }
        let names: Vec<String> = alternatives.iter().map(|candidate| candidate.card.name.to_owned()).collect();
        // What another request could have is told before what only we can mend.
        let of_the_request = candidates.iter().find_map(|one| one.why_not.filter(|why_not| why_not.field().is_some()));
        Err(refusal(of_the_request.or(why_not).unwrap_or(WhyNot::Misconfigured), fallback, names))
    }

    /// Has the first way that takes the order describe it. Nothing is sent by it.
    pub(super) async fn prepare(&self, caller: &Caller, ways: &mut Ways, wish: &Wish) -> Result<Prepared, Refusal> {
        let mut refusal = None;
        while let Some(way) = ways.pop_front() {
            match self.prepare_way(caller, way, wish).await {
                Ok(prepared) => return Ok(prepared),
                Err(error @ Refusal::Provider(_)) => refusal = refusal.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or(Refusal::ProviderUnavailable { alternatives: None }))
    }

    async fn prepare_way(&self, caller: &Caller, way: Way, wish: &Wish) -> Result<Prepared, Refusal> {
        let id = AttemptId::from(self.ambient.uuid());
        let mut attempt = self.new_attempt(caller, id, &way, wish);
        let order = self.order(&attempt, wish.customer.clone());
        let provider = &way.served.provider;
        let (next_action, call) = match provider.open(&order).await? {
            Opening::Ready(next_action) => (Some(next_action), None),
            Opening::Call(call) => (None, Some(call)),
        };
        let card = provider.card();
        let by_hand = card.settled_by_hand;
        attempt.next_action = Json(next_action);
        attempt.expires_at = (!by_hand).then(|| attempt.created_at.after(self.lasts(call.is_some(), &attempt)));
        if call.is_some() {
            (attempt.codes_sent, attempt.code_sent_at) = (1, Some(attempt.created_at));
        }
        let due = match call {
            // By then it is either opened, or will never be.
            Some(_) => attempt.created_at.after(Duration::from_millis(self.settings.answer_ms)),
            None if card.asks => schedule::first(attempt.expires_at, attempt.created_at, &self.settings),
            None => attempt.expires_at.unwrap_or(attempt.created_at),
        };
        let task = (!by_hand).then(|| self.confirmation(id, provider.lane(), due));
        Ok(Prepared { attempt, task, order, call, way })
    }

    /// How long an attempt is open that nobody uses.
    fn lasts(&self, called: bool, attempt: &Attempt) -> Duration {
        let wallet = called && attempt.method == Method::Wallet;
        Duration::from_millis(if wallet { self.settings.wallet_expires_ms } else { self.settings.card_expires_ms })
    }

    fn new_attempt(&self, caller: &Caller, id: AttemptId, way: &Way, wish: &Wish) -> Attempt {
        let now = self.now();
        let instead = way.fallback_from.is_some();
        Attempt {
            id,
            payment_id: wish.payment,
            store_id: caller.store,
            account_id: way.served.row.id,
            number: wish.number,
            provider: way.served.row.provider.clone(),
            gateway: way.route.gateway.to_owned(),
            method: way.method,
            brand: wish.brand.clone().filter(|_| !instead),
            bank: wish.bank.clone().filter(|_| !instead),
            wire_reference: wire_reference(id),
            status: AttemptStatus::Open,
            raw_status: None,
            amount: wish.amount.minor,
            currency: wish.amount.currency,
            next_action: Json(None::<NextAction>),
            provider_transaction: None,
            evidence: None,
            session: None,
            codes_sent: 0,
            code_sent_at: None,
            wrong_codes: 0,
            confirmed_at: None,
            failure: None,
            refunded_amount: 0,
            expires_at: None,
            hinted_at: None,
            asked_at: None,
            asks: 0,
            unknown_since: None,
            paid_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// What the provider is told of an attempt: the same whenever it is asked for.
    pub(super) fn order(&self, attempt: &Attempt, customer: Customer) -> Order {
        Order {
            wire_reference: attempt.wire_reference.clone(),
            amount: attempt.money(),
            method: attempt.method,
            gateway: attempt.gateway.clone(),
            customer_address: customer.ip,
            customer,
            opened_at: attempt.created_at.timestamp(),
            return_url: format!("{}/v1/returns/{}", self.public_url, self.return_token(attempt.id)),
            callback_url: format!("{}/v1/callbacks/{}/{}", self.public_url, attempt.provider, attempt.account_id),
        }
    }

    /// The one task that asks about an attempt.
    pub(super) fn confirmation(&self, attempt: AttemptId, lane: &str, due_at: Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), CONFIRM, lane, attempt.to_string(), self.now()) }
    }
}

fn way(candidate: &Candidate, instead_of: Option<&str>) -> Option<Way> {
    let served = candidate.served.clone().filter(|_| candidate.why_not.is_none())?;
    let route = candidate.route;
    Some(Way { served, route, method: route.method, fallback_from: instead_of.map(str::to_owned) })
}

/// Why nobody can serve it, as the caller is told.
fn refusal(why_not: WhyNot, fallback: Fallback, alternatives: Vec<String>) -> Refusal {
    if let Some(field) = why_not.field() {
        let text = why_not.text();
        return Refusal::field(field, text.en, text.ar);
    }
    match why_not {
        WhyNot::NoAccount | WhyNot::OtherCurrency | WhyNot::LeftOut => {
            Refusal::Unsupported { text: why_not.text(), alternatives }
        }
        _ => Refusal::ProviderUnavailable { alternatives: (fallback != Fallback::None).then_some(alternatives) },
    }
}

/// Whether another way may go better: the provider has not said that it is the customer who cannot pay by this wallet.
/// Nobody can have been charged.
pub(super) fn may_go_better(error: &Error) -> bool {
    !(matches!(error.kind, Kind::Rejected | Kind::NotFound) && error.delivery == Delivery::Done)
}

/// 27 characters of digits and capitals: within every provider's limits, and never reused.
fn wire_reference(id: AttemptId) -> String {
    id.to_string().replacen("att_", "J", 1)
}
