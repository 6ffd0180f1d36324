//! How a service is shown.

use schemas::payment::Review;
use schemas::service as shown;

use super::{Subject, WalletServices, place};
use crate::caller::Caller;
use crate::db::wallet_services::WalletService;
use crate::refusal::Refusal;

impl WalletServices {
    /// What the store sees of a service: whom it is for as well, which the store has said itself.
    pub fn view(&self, caller: &Caller, service: WalletService) -> Result<shown::WalletService, Refusal> {
        let Subject { biller, number, phone, note } = self.subject(&service)?;
        Ok(shown::WalletService {
            id: service.id,
            kind: service.kind,
            store: caller.store_key.to_string(),
            livemode: service.livemode,
            biller,
            number,
            phone,
            note,
            amount: service.money().to_string(),
            currency: service.currency,
            status: service.status,
            review: service.review().map(|reason| Review { reason }),
            reference: service.reference,
            provider: service.provider,
            provider_reference: service.provider_reference,
            provider_message: service.provider_message,
            created_at: service.created_at.to_string(),
            updated_at: service.updated_at.to_string(),
        })
    }

    pub(super) fn subject(&self, service: &WalletService) -> Result<Subject, Refusal> {
        let clear = self.vault.open(place(service.store_id, service.id, "subject"), &service.subject);
        let clear = clear.map_err(|_| Refusal::Internal("a sealed subject cannot be opened"))?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Internal("a subject cannot be read"))
    }
}
