//! When an attempt is asked about again, and what silence means by then. Pure functions of the attempt and the clock.

use std::time::Duration;

use schemas::payment::AttemptStatus;

use crate::config::Payments as Settings;
use crate::db::Time;
use crate::db::attempts::Attempt;

/// What follows from a question that proved nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing changes; ask again then.
    Wait(Time),
    /// The time to pay is over; ask again then.
    Expire(Time),
    /// Something says that it was paid and nobody can be asked: unknown; ask again then.
    Unknown(Time),
    /// The provider can be asked again and knows nothing: open as before; ask again then.
    Known(Time),
    /// We were stopped while the provider was opening it: nobody can pay by it.
    NotOpened,
    /// A person must decide.
    Review,
    /// There is no more to ask.
    Done,
}

/// When a new attempt is asked about first: with the others of its terminal, or when its time is over.
pub fn first(expires_at: Option<Time>, now: Time, settings: &Settings) -> Time {
    let sweep = now.next_multiple(millis(settings.sweep_ms));
    expires_at.map_or(sweep, |end| sweep.min(end))
}

/// What is certain of an attempt without asking anybody: it was never opened.
pub fn interrupted(attempt: &Attempt, now: Time, settings: &Settings) -> bool {
    let since = attempt.code_sent_at.unwrap_or(attempt.created_at);
    attempt.is_opening() && now >= since.after(millis(settings.answer_ms))
}

/// The provider cannot be asked at all. What it may still tell by itself (`tells`) is waited for.
pub fn unasked(attempt: &Attempt, tells: bool, now: Time, settings: &Settings) -> Step {
    let end = attempt.expires_at.unwrap_or(now);
    match attempt.status {
        AttemptStatus::Open if attempt.is_opening() => Step::Wait(now.after(millis(settings.answer_ms))),
        // It was told that the customer has paid, though not so that it counts.
        AttemptStatus::Open if attempt.hinted_at.is_some() && end <= now => {
            Step::Unknown(now.after(millis(settings.unknown_longest_ms)))
        }
        AttemptStatus::Open if end <= now => Step::Expire(now.after(millis(settings.unknown_longest_ms))),
        AttemptStatus::Open => Step::Wait(end),
        AttemptStatus::Unknown => {
            let patience = if tells { settings.unknown_longest_ms } else { settings.answer_ms };
            let since = attempt.confirmed_at.or(attempt.unknown_since).unwrap_or(attempt.created_at);
            let review = since.after(millis(patience));
            if review <= now { Step::Review } else { Step::Wait(review) }
        }
        _ => Step::Done,
    }
}

/// The provider has answered, as of `asked`, and knows nothing that decides.
pub fn silence(attempt: &Attempt, asked: Time, settings: &Settings) -> Step {
    // A code that has left may be paid by until the provider says otherwise: that it knows nothing yet ends no doubt.
    if attempt.confirmed_at.is_some() && matches!(attempt.status, AttemptStatus::Unknown | AttemptStatus::NeedsReview) {
        // It has been asked for a day and still knows nothing: that is for a person now.
        let reviewed = attempt.status == AttemptStatus::NeedsReview;
        return if reviewed { Step::Done } else { in_doubt(attempt, asked, settings) };
    }
    let hinted = hinted_gap(attempt, asked, settings);
    let next = |ordinary: Option<Time>| [ordinary, hinted].into_iter().flatten().min();
    match attempt.status {
        AttemptStatus::Paid => Step::Done,
        // Only a review for want of an answer ends with one.
        AttemptStatus::NeedsReview if attempt.unknown_since.is_none() => Step::Done,
        AttemptStatus::Open | AttemptStatus::Unknown | AttemptStatus::NeedsReview => {
            if attempt.expires_at.is_some_and(|end| end <= asked) {
                // However late we come, it is over, and asked about once more.
                let last = asked.after(millis(settings.unknown_longest_ms));
                return Step::Expire(next(afterwards(attempt, asked, settings)).unwrap_or(last));
            }
            let again = next(Some(first(attempt.expires_at, asked, settings))).unwrap_or(asked);
            if attempt.status == AttemptStatus::Open { Step::Wait(again) } else { Step::Known(again) }
        }
        _ => next(afterwards(attempt, asked, settings)).map_or(Step::Done, Step::Wait),
    }
}

/// Nobody knows what became of a confirmation: asked with growing gaps, then a person, and asked on where nobody answers.
fn in_doubt(attempt: &Attempt, now: Time, settings: &Settings) -> Step {
    let Some(since) = attempt.unknown_since else { return Step::Done };
    if attempt.status == AttemptStatus::NeedsReview {
        return Step::Wait(in_review(now, settings));
    }
    let review = since.after(millis(settings.review_after_ms));
    if now >= review { Step::Review } else { Step::Wait(now.after(settings.gap(attempt.asks)).min(review)) }
}

/// The provider could not be asked.
pub fn no_answer(attempt: &Attempt, now: Time, settings: &Settings) -> Step {
    let gap = |asks| now.after(settings.gap(asks));
    let undecided = matches!(attempt.status, AttemptStatus::Unknown | AttemptStatus::NeedsReview);
    if undecided && attempt.confirmed_at.is_some() && attempt.unknown_since.is_some() {
        return in_doubt(attempt, now, settings);
    }
    if attempt.status == AttemptStatus::NeedsReview && attempt.unknown_since.is_some() {
        return Step::Wait(in_review(now, settings));
    }
    // A doubt that an answer has ended since is no doubt any more; one of the same instant has not been ended.
    let doubted = attempt.unknown_since.filter(|since| attempt.asked_at.is_none_or(|asked| asked <= *since));
    if let Some(since) = doubted {
        let review = since.after(millis(settings.review_after_ms));
        return if now >= review { Step::Review } else { Step::Wait(gap(attempt.asks).min(review)) };
    }
    let hinted = attempt.hinted_at.is_some_and(|hint| attempt.asked_at.is_none_or(|asked| asked < hint));
    let over = attempt.expires_at.is_some_and(|end| end <= now);
    match attempt.status {
        AttemptStatus::Paid | AttemptStatus::NeedsReview => Step::Done,
        // From here on the doubling starts afresh.
        AttemptStatus::Open if hinted || over => Step::Unknown(gap(0)),
        AttemptStatus::Open => Step::Wait(first(attempt.expires_at, now, settings)),
        _ if hinted => Step::Unknown(gap(0)),
        // Given up, and nothing says otherwise: the questions that were still to come are not skipped.
        _ => Step::Wait(now.after(millis(settings.unknown_longest_ms))),
    }
}

/// When an attempt that waits for a person for want of an answer is asked about again: an answer may still end it.
pub fn in_review(now: Time, settings: &Settings) -> Time {
    now.after(millis(settings.review_after_ms))
}

/// An attempt is paid: when to look whether its customer has paid once more, or paid something else.
pub fn after_paid(attempt: &Attempt, now: Time) -> Option<Time> {
    attempt.expires_at.filter(|end| *end > now)
}

/// The provider has declined. A customer may try again under the same reference: a declined attempt is asked about like
/// an open one until its time is over, and then as one that is over.
pub fn after_decline(attempt: &Attempt, asked: Time, settings: &Settings) -> Option<Time> {
    let over = attempt.expires_at.is_some_and(|end| end <= asked);
    if !over {
        return Some(first(attempt.expires_at, asked, settings));
    }
    match silence(attempt, asked, settings) {
        Step::Wait(due) | Step::Expire(due) | Step::Known(due) => Some(due),
        _ => None,
    }
}

/// A hint is believed for as long as an unknown outcome is; meanwhile the provider is asked with growing gaps.
fn hinted_gap(attempt: &Attempt, now: Time, settings: &Settings) -> Option<Time> {
    let hint = attempt.hinted_at?;
    (now < hint.after(millis(settings.review_after_ms))).then(|| now.after(settings.gap(attempt.asks)))
}

/// The next question about an attempt that is over, counted from its end.
fn afterwards(attempt: &Attempt, now: Time, settings: &Settings) -> Option<Time> {
    let end = attempt.expires_at?;
    settings.after_expiry_ms.iter().map(|offset| end.after(millis(*offset))).find(|time| *time > now)
}

const fn millis(value: u64) -> Duration {
    Duration::from_millis(value)
}

#[cfg(test)]
mod tests;
