//! Endpoints of a store: made, changed, given new secrets, and taken away.

use std::time::Duration;

use schemas::{EndpointId, FieldError, Text};
use secrecy::{ExposeSecret, SecretString};
use sqlx::types::Json;
use url::Url;

use super::sign::{self, Signer};
use super::{Notify, health, secret_place};
use crate::db::endpoint_health::{self, Health};
use crate::db::endpoints::{self, Endpoint};
use crate::events;
use crate::payments::Caller;
use crate::refusal::Refusal;

const LONGEST_URL: usize = 2_000;
const MOST_EVENTS: usize = 100;
const HIGHEST: i32 = 10_000;

/// What an endpoint is made of.
#[derive(Debug, Clone, Default)]
pub struct NewEndpoint {
    /// Where.
    pub url: String,
    /// Names of events, or `*`.
    pub events: Vec<String>,
    /// `whsec_…`; one is made where there is none.
    pub secret: Option<SecretString>,
    /// `short` or `standard`.
    pub schedule: Option<String>,
    /// Its share among the weighted ones.
    pub weight: Option<i32>,
    /// Deliveries a second.
    pub rate: Option<i32>,
    /// For people.
    pub description: Option<String>,
}

/// What is changed of an endpoint; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Where.
    pub url: Option<String>,
    /// Names of events, or `*`.
    pub events: Option<Vec<String>>,
    /// `short` or `standard`.
    pub schedule: Option<String>,
    /// Its share; `Some(None)` takes it out of the weighted ones.
    pub weight: Option<Option<i32>>,
    /// Deliveries a second; `Some(None)` is without a limit.
    pub rate: Option<Option<i32>>,
    /// For people.
    pub description: Option<Option<String>>,
    /// Whether anything goes there.
    pub enabled: Option<bool>,
}

impl Notify {
    /// Makes an endpoint; its secret is told here and never again.
    pub async fn make_endpoint(&self, caller: &Caller, new: NewEndpoint) -> Result<(Endpoint, SecretString), Refusal> {
        let mut errors = Vec::new();
        self.check_url(&new.url, "url", &mut errors);
        check(&new.events, new.schedule.as_deref(), new.weight, new.rate, &mut errors);
        let secret = new.secret.clone().unwrap_or_else(|| sign::secret(self.ambient.bytes()));
        if Signer::parse(&secret).is_none() {
            let en = "expected whsec_ and base 64 of 24 to 64 bytes";
            errors
                .push(FieldError::new("secret", Text::new(en, "المتوقع whsec_ ثم ترميز base 64 لعدد 24 إلى 64 بايت")));
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        let endpoint = self.endpoint(caller, new, &secret, false);
        let mut tx = self.db.begin().await?;
        endpoints::insert(&mut tx, &endpoint).await?;
        tx.commit().await?;
        self.changed(&endpoint).await;
        Ok((endpoint, secret))
    }

    /// The endpoint of a bare URL that has been checked: made where there is none, and then with its secret.
    pub(super) async fn implicit_endpoint(
        &self,
        caller: &Caller,
        url: &str,
    ) -> Result<(Endpoint, Option<SecretString>), Refusal> {
        let livemode = caller.mode.is_live();
        if let Some(found) = endpoints::implicit(&self.db, caller.store, livemode, url).await? {
            return Ok((found, None));
        }
        let secret = sign::secret(self.ambient.bytes());
        let endpoint =
            self.endpoint(caller, NewEndpoint { url: url.to_owned(), ..NewEndpoint::default() }, &secret, true);
        let mut tx = self.db.begin().await?;
        if endpoints::insert(&mut tx, &endpoint).await? {
            tx.commit().await?;
            self.changed(&endpoint).await;
            return Ok((endpoint, Some(secret)));
        }
        drop(tx);
        let found = endpoints::implicit(&self.db, caller.store, livemode, url).await?;
        found.map(|found| (found, None)).ok_or(Refusal::Internal("an endpoint is neither new nor there"))
    }

    fn endpoint(&self, caller: &Caller, new: NewEndpoint, secret: &SecretString, implicit: bool) -> Endpoint {
        let now = self.now();
        let id = EndpointId::from(self.ambient.uuid());
        let place = secret_place(caller.store, id.uuid(), "secret");
        Endpoint {
            id,
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            url: new.url,
            description: new.description,
            events: Json(new.events),
            secret: self.vault.seal(place, secret.expose_secret().as_bytes()),
            old_secret: None,
            old_secret_until: None,
            schedule: new.schedule.unwrap_or_else(|| "short".to_owned()),
            weight: new.weight,
            rate: new.rate,
            implicit,
            disabled_at: None,
            disabled_reason: None,
            deleted_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The endpoints of a store, oldest first.
    pub async fn endpoints(&self, caller: &Caller) -> Result<Vec<Endpoint>, Refusal> {
        Ok(endpoints::of_store(&self.db, caller.store, caller.mode.is_live()).await?)
    }

    /// One endpoint of a store, and how it does.
    pub async fn read_endpoint(&self, caller: &Caller, id: EndpointId) -> Result<(Endpoint, Health), Refusal> {
        let found = endpoints::by_id(&self.db, id).await?.filter(|found| {
            found.store_id == caller.store && found.livemode == caller.mode.is_live() && found.deleted_at.is_none()
        });
        let endpoint = found.ok_or(Refusal::NotFound)?;
        let health = endpoint_health::read(&self.db, id).await?.ok_or(Refusal::NotFound)?;
        Ok((endpoint, health))
    }

    /// Changes an endpoint. One that is enabled again starts anew.
    pub async fn change_endpoint(
        &self,
        caller: &Caller,
        id: EndpointId,
        changes: Changes,
    ) -> Result<Endpoint, Refusal> {
        let (mut endpoint, _) = self.read_endpoint(caller, id).await?;
        let mut errors = Vec::new();
        if let Some(url) = &changes.url {
            self.check_url(url, "url", &mut errors);
        }
        let events = changes.events.as_ref().unwrap_or(&endpoint.events.0);
        let (weight, rate) = (changes.weight.flatten(), changes.rate.flatten());
        check(events, changes.schedule.as_deref(), weight, rate, &mut errors);
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        let was_disabled = endpoint.disabled_at.is_some();
        let now = self.now();
        let mut event = None;
        endpoint.url = changes.url.unwrap_or(endpoint.url);
        endpoint.events = changes.events.map_or(endpoint.events, Json);
        endpoint.schedule = changes.schedule.unwrap_or(endpoint.schedule);
        endpoint.weight = changes.weight.unwrap_or(endpoint.weight);
        endpoint.rate = changes.rate.unwrap_or(endpoint.rate);
        endpoint.description = changes.description.unwrap_or(endpoint.description);
        match changes.enabled {
            Some(true) => (endpoint.disabled_at, endpoint.disabled_reason) = (None, None),
            Some(false) if !was_disabled => {
                (endpoint.disabled_at, endpoint.disabled_reason) = (Some(now), Some("owner".to_owned()));
                let reason = schemas::event::EndpointDisabledReason::Owner;
                event = Some(schemas::event::EndpointDisabled { endpoint: endpoint.id, reason });
            }
            _ => {}
        }
        let mut tx = self.db.begin().await?;
        // Health before settings, as whoever writes down what tries came to: so events of an endpoint have one order, and
        // nobody waits for each other.
        endpoint_health::lock(&mut tx, &[id]).await?;
        if !endpoints::update(&mut tx, &mut endpoint, now).await? {
            return Err(changed_meanwhile());
        }
        if let Some(event) = event {
            events::append(&mut tx, &self.ambient, endpoint.store_id, endpoint.livemode, [event]).await?;
        }
        if was_disabled && changes.enabled == Some(true) {
            self.reset_in(&mut tx, id).await?;
        }
        tx.commit().await?;
        self.changed(&endpoint).await;
        Ok(endpoint)
    }

    /// A new secret; the one before goes on signing for a while.
    pub async fn rotate_secret(&self, caller: &Caller, id: EndpointId) -> Result<(Endpoint, SecretString), Refusal> {
        let (mut endpoint, _) = self.read_endpoint(caller, id).await?;
        let now = self.now();
        let secret = sign::secret(self.ambient.bytes());
        let old = self.vault.open(secret_place(caller.store, id.uuid(), "secret"), &endpoint.secret);
        let old = old.map_err(|_| Refusal::Internal("a sealed secret cannot be opened"))?;
        endpoint.old_secret = Some(self.vault.seal(secret_place(caller.store, id.uuid(), "old_secret"), &old));
        endpoint.old_secret_until = Some(now.after(Duration::from_millis(self.settings.old_secret_ms)));
        let place = secret_place(caller.store, id.uuid(), "secret");
        endpoint.secret = self.vault.seal(place, secret.expose_secret().as_bytes());
        self.save(&mut endpoint).await?;
        Ok((endpoint, secret))
    }

    /// Takes an endpoint away. What waits for it is given up; what was sent stays to be read.
    pub async fn delete_endpoint(&self, caller: &Caller, id: EndpointId) -> Result<(), Refusal> {
        let (mut endpoint, _) = self.read_endpoint(caller, id).await?;
        endpoint.deleted_at = Some(self.now());
        self.save(&mut endpoint).await
    }

    /// Closes the breaker of an endpoint and forgets its failures.
    pub async fn reset_endpoint(&self, endpoint: &Endpoint) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        self.reset_in(&mut tx, endpoint.id).await?;
        tx.commit().await?;
        self.changed(endpoint).await;
        self.waker.wake(super::DELIVER, &endpoint.id.to_string());
        Ok(())
    }

    async fn reset_in(&self, tx: &mut crate::db::Tx, id: EndpointId) -> Result<(), Refusal> {
        let mut rows = endpoint_health::lock(tx, &[id]).await?;
        rows.iter_mut().for_each(health::reset);
        endpoint_health::update(tx, &rows.iter().collect::<Vec<_>>()).await?;
        Ok(())
    }

    async fn save(&self, endpoint: &mut Endpoint) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        if !endpoints::update(&mut tx, endpoint, self.now()).await? {
            return Err(changed_meanwhile());
        }
        tx.commit().await?;
        self.changed(endpoint).await;
        Ok(())
    }

    /// What this process remembers of an endpoint is no longer so.
    async fn changed(&self, endpoint: &Endpoint) {
        if endpoint.implicit {
            self.directory.forget_implicit(endpoint.store_id, endpoint.livemode, &endpoint.url).await;
        }
        self.directory.forget(endpoint.store_id, endpoint.livemode);
        self.lives.forget(endpoint.id);
    }

    pub(super) fn check_url(&self, text: &str, field: &str, errors: &mut Vec<FieldError>) {
        let schemes = self.channels.schemes();
        let good = |url: Url| {
            // Credentials as they are shown are none.
            url.host_str().is_some_and(|host| !host.is_empty())
                && url.username() != "***"
                && self.channels.serving(url.scheme()).is_some_and(|channel| channel.takes(&url))
        };
        if text.len() > LONGEST_URL || !Url::parse(text).is_ok_and(good) {
            let schemes = schemes.join(", ");
            errors.push(FieldError::new(
                field,
                Text::new(
                    format!("expected a URL of at most {LONGEST_URL} characters ({schemes})"),
                    format!("المتوقع عنوان URL لا يتجاوز {LONGEST_URL} حرف ({schemes})"),
                ),
            ));
        }
    }
}

fn check(
    events: &[String],
    schedule: Option<&str>,
    weight: Option<i32>,
    rate: Option<i32>,
    errors: &mut Vec<FieldError>,
) {
    let plain =
        |name: &String| name == "*" || (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if events.len() > MOST_EVENTS || !events.iter().all(plain) {
        let text = Text::new("expected at most 100 names of events, or *", "المتوقع 100 اسم حدث على الأكثر أو *");
        errors.push(FieldError::new("events", text));
    }
    if schedule.is_some_and(|schedule| !matches!(schedule, "short" | "standard")) {
        errors.push(FieldError::new("schedule", Text::new("short or standard", "short أو standard")));
    }
    for (field, value) in [("weight", weight), ("rate", rate)] {
        if value.is_some_and(|value| !(1..=HIGHEST).contains(&value)) {
            let text = Text::new("expected a whole number from 1 to 10000", "المتوقع عدد صحيح من 1 إلى 10000");
            errors.push(FieldError::new(field, text));
        }
    }
}

fn changed_meanwhile() -> Refusal {
    Refusal::Conflict(Text::new(
        "the endpoint changed meanwhile; read it and try again",
        "تغيرت نقطة الإشعار أثناء الطلب؛ اقرأها ثم أعد المحاولة",
    ))
}
