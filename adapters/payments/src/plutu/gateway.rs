//! Plutu's gateways: which there are, what each takes, and the calls that it has.

use schemas::Currency;

/// A way to pay that a merchant subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gateway {
    Sadad,
    Edfali,
    Tlync,
    LocalBankCards,
    Mpgs,
}

impl Gateway {
    /// Every one.
    pub(super) const ALL: [Self; 5] = [Self::Sadad, Self::Edfali, Self::Tlync, Self::LocalBankCards, Self::Mpgs];

    /// Those that a merchant has unless the account says otherwise: all that take dinars.
    pub(super) const USUAL: [Self; 4] = [Self::Sadad, Self::Edfali, Self::Tlync, Self::LocalBankCards];

    /// Plutu's own word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sadad => "sadadapi",
            Self::Edfali => "edfali",
            Self::Tlync => "tlync",
            Self::LocalBankCards => "localbankcards",
            Self::Mpgs => "mpgs",
        }
    }

    /// The gateway of a word.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gateway| gateway.name() == name)
    }

    /// What its amounts are in: no request names a currency.
    pub(super) const fn currency(self) -> Currency {
        match self {
            Self::Sadad | Self::Edfali | Self::Tlync | Self::LocalBankCards => Currency::Lyd,
            Self::Mpgs => Currency::Usd,
        }
    }

    /// How many digits its one-time code has; those without one have a page.
    pub(super) const fn code(self) -> Option<u8> {
        match self {
            Self::Sadad => Some(6),
            Self::Edfali => Some(4),
            Self::Tlync | Self::LocalBankCards | Self::Mpgs => None,
        }
    }

    /// The call that sends a code or makes a page. Plutu calls the latter `confirm`, though nothing is confirmed by it.
    pub(super) const fn opening(self) -> &'static str {
        match self {
            Self::Sadad => "sadadapi/verify",
            Self::Edfali => "edfali/verify",
            Self::Tlync => "tlync/confirm",
            Self::LocalBankCards => "localbankcards/confirm",
            Self::Mpgs => "mpgs/confirm",
        }
    }

    /// The call that pays by a code.
    pub(super) const fn confirmation(self) -> Option<&'static str> {
        match self {
            Self::Sadad => Some("sadadapi/confirm"),
            Self::Edfali => Some("edfali/confirm"),
            Self::Tlync | Self::LocalBankCards | Self::Mpgs => None,
        }
    }
}
