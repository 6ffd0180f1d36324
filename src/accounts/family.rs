//! Families of providers by their ports: what building an account of one needs of it.

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, ConfigError, Error, Parts, Probe};
use messaging_adapters::Messenger;
use payments_adapters::PaymentProvider;
use schemas::Text;
use serde_json::Value;
use shipping_adapters::Carrier;

/// Builds an account from its configuration, its credentials and what every adapter is built from.
pub type Build<P> = fn(Value, Value, Parts) -> Result<Arc<P>, ConfigError>;

/// The port of a family.
#[async_trait]
pub trait Family: Send + Sync + 'static {
    /// How an account of a provider of the family is built; `None` where it has none of this name.
    fn builder(provider: &str) -> Option<Build<Self>>;

    /// Whose account it is.
    fn account(&self) -> &Account;

    /// A question whose answer says that the provider is there; `None` where there is nobody to ask.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error>;
}

macro_rules! family {
    ($port:ident, $adapters:ident) => {
        #[async_trait]
        impl Family for dyn $port {
            fn builder(provider: &str) -> Option<Build<Self>> {
                $adapters::registry::provider(provider).map(|listed| listed.build)
            }

            fn account(&self) -> &Account {
                $port::account(self)
            }

            async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
                $port::describe_probe(self).await
            }
        }
    };
}

family!(PaymentProvider, payments_adapters);
family!(Carrier, shipping_adapters);
family!(Messenger, messaging_adapters);

/// What people call a provider; its name where nobody has another one for it.
pub fn title(provider: &str) -> Text {
    payments_adapters::registry::card(provider)
        .map(|card| card.text())
        .or_else(|| shipping_adapters::registry::card(provider).map(|card| card.text()))
        .or_else(|| messaging_adapters::registry::card(provider).map(|card| card.text()))
        .unwrap_or_else(|| Text::new(provider, provider))
}

/// Whether a provider is somebody whom customers depend on and who can be called: neither what is settled by hand, nor who
/// carries the gateway's own messages.
pub fn serves_customers(provider: &str) -> bool {
    payments_adapters::registry::card(provider).is_some_and(|card| !card.settled_by_hand)
        || shipping_adapters::registry::card(provider).is_some()
}
