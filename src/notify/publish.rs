//! Publishing: a notification is durable, with all its deliveries, before its caller hears of it.

use kit::Origin;
use schemas::{EndpointId, FieldError, NotificationId, Text};
use secrecy::SecretString;
use uuid::Uuid;

use super::directory::{Book, choose, does_well};
use super::{DELIVER, Fresh, Notify};
use crate::db::Time;
use crate::db::deliveries::{self, Delivery};
use crate::db::delivery_attempts::{self, DeliveryAttempt};
use crate::db::endpoints::Endpoint;
use crate::db::notifications::{self, Filter, NewNotification, Notification, Taken, Target};
use crate::payments::{Caller, Idempotency, claim};
use crate::refusal::Refusal;

const LONGEST_EVENT: usize = 100;
const LONGEST_ORDER: usize = 100;

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What has happened, in the store's own words.
    pub event: String,
    /// The store's own number.
    pub order_no: Option<String>,
    /// The body, byte for byte.
    pub payload: String,
    /// To this URL alone; without it to whichever endpoints want the event.
    pub notify_url: Option<String>,
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// The notification.
    pub id: NotificationId,
    /// The same key had made it before.
    pub replayed: bool,
    /// When it was published; a repeat has this from its own request.
    pub at: Time,
    /// To how many endpoints it goes.
    pub deliveries: usize,
    /// The endpoint that was made for a bare URL just now, with its secret.
    pub made: Option<(EndpointId, SecretString)>,
}

/// A notification with all that became of it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What was told.
    pub notification: Notification,
    /// To whom.
    pub deliveries: Vec<Delivery>,
    /// Every try.
    pub attempts: Vec<DeliveryAttempt>,
}

impl Notify {
    /// Publishes one notification.
    pub async fn publish(&self, caller: &Caller, idempotency: Idempotency, draft: Draft) -> Result<Published, Refusal> {
        self.check(&draft, "")?;
        let mut published = self.publish_checked(caller, vec![(idempotency, draft)]).await?;
        published.pop().ok_or(Refusal::Internal("a notification was published and is not told"))
    }

    /// Publishes several in one commit. Each has its own key; all are checked before any is taken.
    pub async fn publish_all(
        &self,
        caller: &Caller,
        drafts: Vec<(Idempotency, Draft)>,
    ) -> Result<Vec<Published>, Refusal> {
        for (index, (_, draft)) in drafts.iter().enumerate() {
            self.check(draft, &format!("notifications[{index}]."))?;
        }
        self.publish_checked(caller, drafts).await
    }

    async fn publish_checked(
        &self,
        caller: &Caller,
        drafts: Vec<(Idempotency, Draft)>,
    ) -> Result<Vec<Published>, Refusal> {
        let mut new = Vec::with_capacity(drafts.len());
        let mut made = Vec::with_capacity(drafts.len());
        let mut lanes: Vec<String> = Vec::new();
        for (idempotency, draft) in drafts {
            let (targets, endpoint) = self.targets_of(caller, &draft).await?;
            lanes.extend(targets.iter().map(|target| target.endpoint.to_string()));
            made.push(endpoint);
            new.push(self.new_notification(caller, idempotency, draft, targets));
        }
        let ids: Vec<(NotificationId, Time, usize)> =
            new.iter().map(|new| (new.notification.id, new.notification.created_at, new.targets.len())).collect();
        let fresh = Fresh::of(&new);
        let taken = self.intake.take(new).await?;
        if taken.iter().all(|taken| *taken == Taken::Created) {
            self.fresh.keep(fresh);
        }
        lanes.sort_unstable();
        lanes.dedup();
        lanes.iter().for_each(|lane| self.waker.wake(DELIVER, lane));
        let told = |(((id, at, deliveries), taken), made)| match taken {
            Taken::Created => Ok(Published { id, replayed: false, at, deliveries, made }),
            Taken::Replay(id) => Ok(Published { id, replayed: true, at, deliveries, made: None }),
            Taken::Mismatch => Err(Refusal::KeyMismatch),
        };
        ids.into_iter().zip(taken).zip(made).map(told).collect()
    }

    async fn targets_of(
        &self,
        caller: &Caller,
        draft: &Draft,
    ) -> Result<(Vec<Target>, Option<(EndpointId, SecretString)>), Refusal> {
        match &draft.notify_url {
            Some(url) => {
                let known = self.directory.implicit(&self.db, caller.store, caller.mode.is_live(), url).await?;
                if let Some(known) = known {
                    return Ok((vec![self.target(known, false)], None));
                }
                let (endpoint, secret) = self.implicit_endpoint(caller, url).await?;
                let target = self.target(endpoint.id, false);
                Ok((vec![target], secret.map(|secret| (endpoint.id, secret))))
            }
            None => {
                let book = self.directory.of(&self.db, caller.store, caller.mode.is_live()).await?;
                Ok((self.targets(&book, &draft.event), None))
            }
        }
    }

    /// Every endpoint that wants the event; of the weighted ones, one: one that does well, if there is any.
    pub(super) fn targets(&self, book: &Book, event: &str) -> Vec<Target> {
        let now = self.now();
        let (weighted, single): (Vec<&Endpoint>, Vec<_>) = book.wanting(event).partition(|one| one.weight.is_some());
        let mut targets: Vec<Target> =
            single.into_iter().map(|one| self.target(one.id, one.weight.is_some())).collect();
        let well = |one: &&Endpoint| does_well(&self.lives, one, now, &self.settings);
        let healthy: Vec<&Endpoint> = weighted.iter().copied().filter(well).collect();
        let group = if healthy.is_empty() { weighted } else { healthy };
        targets.extend(choose(&group, self.ambient.fraction()).map(|one| self.target(one.id, one.weight.is_some())));
        targets
    }

    fn target(&self, endpoint: EndpointId, shared: bool) -> Target {
        let (delivery, task) = (self.ambient.uuid().into(), self.ambient.uuid());
        Target { delivery, task, endpoint, shared }
    }

    fn new_notification(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        draft: Draft,
        targets: Vec<Target>,
    ) -> NewNotification {
        let (id, now): (Uuid, _) = (self.ambient.uuid(), self.now());
        NewNotification {
            claim: Some(claim(caller, idempotency, id, now)),
            notification: Notification {
                id: id.into(),
                store_id: caller.store,
                livemode: caller.mode.is_live(),
                event: draft.event,
                order_no: draft.order_no,
                payload: draft.payload,
                created_at: now,
            },
            targets,
            enqueued_by: Origin::current_id(),
        }
    }

    /// A notification of a store.
    pub async fn read(&self, caller: &Caller, id: NotificationId) -> Result<Told, Refusal> {
        let found = notifications::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?;
        let notification = found.ok_or(Refusal::NotFound)?;
        let deliveries = deliveries::of_notifications(&self.db, &[id]).await?;
        let attempts = delivery_attempts::of_notification(&self.db, id).await?;
        Ok(Told { notification, deliveries, attempts })
    }

    /// The notifications of a store with their deliveries, newest first.
    pub async fn list(&self, caller: &Caller, filter: &Filter) -> Result<Vec<(Notification, Vec<Delivery>)>, Refusal> {
        let found = notifications::list(&self.db, caller.store, caller.mode.is_live(), filter).await?;
        let ids: Vec<NotificationId> = found.iter().map(|notification| notification.id).collect();
        let mut all = deliveries::of_notifications(&self.db, &ids).await?;
        let of = |id: NotificationId, all: &mut Vec<Delivery>| {
            all.extract_if(.., |delivery| delivery.notification_id == id).collect::<Vec<_>>()
        };
        Ok(found
            .into_iter()
            .map(|notification| {
                let deliveries = of(notification.id, &mut all);
                (notification, deliveries)
            })
            .collect())
    }

    fn check(&self, draft: &Draft, prefix: &str) -> Result<(), Refusal> {
        let plain =
            |text: &str, longest| (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        let mut errors = Vec::new();
        let short = || Text::new("expected 1 to 100 characters", "المتوقع من 1 إلى 100 حرف");
        if !plain(&draft.event, LONGEST_EVENT) || draft.event == "*" {
            errors.push(FieldError::new(format!("{prefix}event"), short()));
        }
        if draft.order_no.as_deref().is_some_and(|text| !plain(text, LONGEST_ORDER)) {
            errors.push(FieldError::new(format!("{prefix}order_no"), short()));
        }
        if let Some(url) = &draft.notify_url {
            self.check_url(url, &format!("{prefix}notify_url"), &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
    }
}
