//! Who serves an order: the provider that is named, or for a top-up the wallet of the number's operator.

use std::sync::Arc;

use payments_adapters::{Card, Services, registry};
use schemas::service::ServiceKind;
use schemas::{Currency, Phone, Text};

use super::WalletServices;
use super::draft::adapter_kind;
use crate::accounts::{AccountError, Served};
use crate::caller::Caller;
use crate::db::DbError;
use crate::refusal::Refusal;
use crate::routing::WhyNot;

/// Whose numbers begin so, behind the country code, and by which wallet they are topped up.
const OPERATORS: [(&str, &str); 4] =
    [("91", "almadar_pay"), ("92", "libyana_pay"), ("93", "almadar_pay"), ("94", "libyana_pay")];

/// Why a provider cannot serve an order.
enum Unfit {
    /// As with money in.
    Routing(WhyNot),
    /// No call for it is known.
    NoCall,
}

/// What is to be served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) kind: ServiceKind,
    /// By whom; only a top-up goes without.
    pub(super) provider: Option<&'a str>,
    pub(super) phone: Option<&'a Phone>,
    /// In what, where that is said.
    pub(super) currency: Option<Currency>,
}

impl WalletServices {
    /// The account that pays, or why there is none and who could instead.
    pub(super) async fn choose(&self, caller: &Caller, wanted: Wanted<'_>) -> Result<Arc<Served>, Refusal> {
        let name = match wanted.provider {
            Some(name) => name,
            None => wanted.phone.and_then(operators_wallet).ok_or_else(no_operator)?,
        };
        let card = registry::card(name).ok_or_else(unknown_provider)?;
        let unfit = match self.usable(caller, card, wanted).await? {
            Ok(served) => return Ok(served),
            Err(unfit) => unfit,
        };
        let alternatives = self.alternatives(caller, card, wanted).await?;
        Err(match unfit {
            Unfit::NoCall => Refusal::Unsupported { text: no_call(card, wanted.kind), alternatives },
            Unfit::Routing(why @ (WhyNot::NoAccount | WhyNot::OtherCurrency)) => {
                Refusal::Unsupported { text: why.text(), alternatives }
            }
            Unfit::Routing(_) => Refusal::ProviderUnavailable { alternatives: Some(alternatives) },
        })
    }

    /// Who else could serve it, in the order of the list.
    async fn alternatives(&self, caller: &Caller, card: &Card, wanted: Wanted<'_>) -> Result<Vec<String>, Refusal> {
        let mut names = Vec::new();
        for other in registry::PROVIDERS.map(|provider| provider.card) {
            if other.name != card.name && self.usable(caller, other, wanted).await?.is_ok() {
                names.push(other.name.to_owned());
            }
        }
        Ok(names)
    }

    async fn usable(
        &self,
        caller: &Caller,
        card: &Card,
        wanted: Wanted<'_>,
    ) -> Result<Result<Arc<Served>, Unfit>, Refusal> {
        let served = match self.accounts.serving(caller.store, card.name, caller.mode).await {
            Ok(Some(served)) => served,
            Ok(None) => return Ok(Err(Unfit::Routing(WhyNot::NoAccount))),
            Err(error) if matches!(&*error, AccountError::Db(DbError::Unavailable(_))) => return Err(error.into()),
            Err(error) => {
                let (error, provider) = (&*error as &dyn std::error::Error, card.name);
                tracing::warn!(error, provider, "an account cannot be used");
                return Ok(Err(Unfit::Routing(WhyNot::Misconfigured)));
            }
        };
        let serves = served.provider.services().is_some_and(|port| port.kinds().contains(&adapter_kind(wanted.kind)));
        let other_currency = wanted.currency.is_some_and(|currency| served.row.currency != currency.code());
        Ok(if !serves {
            Err(Unfit::NoCall)
        } else if other_currency {
            Err(Unfit::Routing(WhyNot::OtherCurrency))
        } else if served.row.is_switched_off() {
            Err(Unfit::Routing(WhyNot::SwitchedOff))
        } else if self.accounts.is_shut(&served) {
            Err(Unfit::Routing(WhyNot::Shut))
        } else {
            Ok(served)
        })
    }
}

/// The port of an account that was chosen for having one.
pub(super) fn port(served: &Served) -> Result<&dyn Services, Refusal> {
    served.provider.services().ok_or(Refusal::Internal("an account lost its services"))
}

fn operators_wallet(phone: &Phone) -> Option<&'static str> {
    let national = phone.e164().trim_start_matches("+218");
    OPERATORS.iter().find(|(prefix, _)| national.starts_with(prefix)).map(|(_, provider)| *provider)
}

fn no_operator() -> Refusal {
    Refusal::field(
        "provider",
        "nobody knows by whose wallet numbers of this operator are topped up: name a provider",
        "لا يُعرف بأي محفظة تُشحن أرقام هذا المشغّل: اذكر المزود",
    )
}

fn unknown_provider() -> Refusal {
    Refusal::field("provider", "there is no provider of this name", "لا يوجد مزود بهذا الاسم")
}

/// What is listed somewhere and can be called by nobody is not served: nothing is made up for it.
fn no_call(card: &Card, kind: ServiceKind) -> Text {
    let (en, ar) = match kind {
        ServiceKind::Bill => ("bills are asked for and paid", "للاستعلام عن الفواتير أو سدادها"),
        ServiceKind::TopUp => ("telephone numbers are topped up", "لشحن أرقام الهاتف"),
        ServiceKind::Transfer => ("money is sent to another wallet", "للتحويل إلى محفظة أخرى"),
    };
    let (title, title_ar) = card.title;
    Text::new(
        format!("no call of {title} is known by which {en}, and none is made up here"),
        format!("لا يُعرف لدى {title_ar} أي نداء برمجي {ar}، ولا يُختلق له نداء هنا"),
    )
}
