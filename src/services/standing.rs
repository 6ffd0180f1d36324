//! The state machine of a service: what follows from what was learnt of it. Pure functions of the row and the clock.

use std::time::Duration;

use kit::{Delivery, Error};
use payments_adapters::ServiceAnswer;
use schemas::payment::ReviewReason;
use schemas::service::ServiceStatus;

use crate::config::Payments as Settings;
use crate::db::Time;
use crate::db::wallet_services::WalletService;

/// What was learnt of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// The money has left, and what it was for is done.
    Done(String),
    /// It has certainly not been done, and will not be.
    NotDone(String),
    /// The provider is at it.
    Processing,
    /// Nothing that says either. That the provider knows of no such service says neither: it may not have got round to
    /// it, or be asked elsewhere than where it was told.
    Nothing(Option<String>),
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask then.
    Ask(Time),
    /// It is over: there is nothing to ask.
    Over,
}

impl Fact {
    /// What an answer of the provider says.
    pub(super) fn of(answer: ServiceAnswer) -> Self {
        match answer {
            ServiceAnswer::Done { id } => Self::Done(id),
            ServiceAnswer::Refused { raw } => Self::NotDone(raw),
            ServiceAnswer::Processing => Self::Processing,
            ServiceAnswer::Unclear { message } => Self::Nothing(Some(message)),
        }
    }

    /// What the failure of the call that acts says: only one that certainly did not arrive has done nothing.
    pub(super) fn of_failed_call(error: Error) -> Self {
        match error.delivery {
            Delivery::Never => Self::NotDone(error.message),
            Delivery::Maybe | Delivery::Done => Self::Nothing(Some(error.message)),
        }
    }

    /// What the failure of a question says: nothing of the service, whether or not it arrived.
    pub(super) fn of_failed_question(error: Error) -> Self {
        Self::Nothing(Some(error.message))
    }

    /// The same in other words.
    pub(super) fn in_words(self, other: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::NotDone(words) => Self::NotDone(other(words)),
            Self::Nothing(Some(words)) => Self::Nothing(Some(other(words))),
            wordless => wordless,
        }
    }
}

/// Whether something is said of a service that is over which cannot be true as well.
pub(super) const fn contradicts(service: &WalletService, fact: &Fact) -> bool {
    match service.status {
        ServiceStatus::Succeeded => matches!(fact, Fact::NotDone(_)),
        ServiceStatus::Failed => matches!(fact, Fact::Done(_) | Fact::Processing),
        ServiceStatus::Processing | ServiceStatus::NeedsReview => false,
    }
}

/// Takes in what was learnt. What is over stays as it is.
pub(super) fn learn(service: &mut WalletService, fact: Fact, now: Time, settings: &Settings) -> Next {
    if !service.is_open() {
        return Next::Over;
    }
    match fact {
        Fact::Done(id) => {
            end(service, ServiceStatus::Succeeded, None);
            service.provider_reference = Some(id);
            Next::Over
        }
        Fact::NotDone(words) => {
            end(service, ServiceStatus::Failed, Some(words));
            Next::Over
        }
        Fact::Processing => Next::Ask(under_way(service, now, settings)),
        Fact::Nothing(words) => {
            service.provider_message = words.or(service.provider_message.take());
            Next::Ask(in_doubt(service, now, settings))
        }
    }
}

/// Takes in what a person has proved.
pub(super) fn settle(service: &mut WalletService, moved: bool, evidence: Vec<u8>) {
    let status = if moved { ServiceStatus::Succeeded } else { ServiceStatus::Failed };
    let words = service.provider_message.take();
    end(service, status, words);
    service.evidence = Some(evidence);
}

fn end(service: &mut WalletService, status: ServiceStatus, words: Option<String>) {
    service.status = status;
    service.provider_message = words;
    service.review_reason = None;
    service.unknown_since = None;
}

/// The provider says that it is at it: that is an answer, and ends a doubt and a review for want of one.
fn under_way(service: &mut WalletService, now: Time, settings: &Settings) -> Time {
    if service.unknown_since.take().is_some() {
        service.asks = 0;
    }
    service.status = ServiceStatus::Processing;
    service.provider_message = None;
    service.review_reason = None;
    next_gap(service, now, settings)
}

/// Nobody knows: time alone never turns that into a failure, it only brings a person in. An answer may come all the same.
fn in_doubt(service: &mut WalletService, now: Time, settings: &Settings) -> Time {
    let patience = Duration::from_millis(settings.review_after_ms);
    if service.status == ServiceStatus::NeedsReview {
        return now.after(patience);
    }
    let since = service.unknown_since.unwrap_or_else(|| {
        service.asks = 0;
        now
    });
    service.unknown_since = Some(since);
    let review = since.after(patience);
    if now < review {
        return next_gap(service, now, settings).min(review);
    }
    service.status = ServiceStatus::NeedsReview;
    service.review_reason = Some(ReviewReason::Unresolved.as_str().to_owned());
    now.after(patience)
}

fn next_gap(service: &mut WalletService, now: Time, settings: &Settings) -> Time {
    let gap = settings.gap(service.asks);
    service.asks = service.asks.saturating_add(1);
    now.after(gap)
}

#[cfg(test)]
mod tests;
