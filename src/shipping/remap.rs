//! Reading the words of carriers anew: what was told stays as it came, and what it means follows today's cards.

use schemas::ShipmentId;
use schemas::shipping::ShipmentStatus;
use serde::Serialize;
use shipping_adapters::{Card, registry};
use uuid::Uuid;

use super::{Shipping, status};
use crate::db::shipment_entries;
use crate::db::shipments as rows;
use crate::db::{DbError, tasks};

/// Shipments in one page.
const PAGE: i64 = 500;

/// A word that means something else than it was read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reread {
    /// Whose word it is.
    pub carrier: String,
    /// As it came.
    pub word: String,
    /// What it was read as; nothing where it was not known.
    pub was: Option<ShipmentStatus>,
    /// What it means by today's card.
    pub is: Option<ShipmentStatus>,
    /// How often it was told.
    pub entries: i64,
}

impl Shipping {
    /// The words of a carrier, or of all, that mean something else than they were read as.
    pub async fn reread_words(&self, carrier: Option<&str>) -> Result<Vec<Reread>, DbError> {
        let mut words = Vec::new();
        for card in registry::PROVIDERS.iter().map(|provider| provider.card) {
            if carrier.is_some_and(|name| name != card.name) {
                continue;
            }
            let told = shipment_entries::words(&self.db, card.name).await?;
            words.extend(told.into_iter().filter_map(|(word, was, entries)| changed(card, word, was, entries)));
        }
        Ok(words)
    }

    /// Reads a word anew wherever it was told, and has each of those shipments stand where that puts it, with the events
    /// that tell of it. Whoever is stopped goes on where it was: a shipment is read anew as a whole or not at all. `done` is
    /// told of every shipment; answers how many have moved.
    pub async fn reread(&self, reread: &Reread, mut done: impl FnMut()) -> Result<u64, DbError> {
        let (mut after, mut moved) = (Uuid::nil(), 0);
        loop {
            let was = reread.was.map(ShipmentStatus::as_str);
            let page = shipment_entries::told_of(&self.db, &reread.carrier, &reread.word, was, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(moved) };
            after = *last;
            for id in page {
                moved += u64::from(self.reread_of(id.into(), reread).await?);
                done();
            }
        }
    }

    /// Reads it anew for one shipment; whether that has moved it. Tasks come before shipments, as everywhere.
    async fn reread_of(&self, id: ShipmentId, reread: &Reread) -> Result<bool, DbError> {
        let Some(known) = rows::by_id(&self.db, id).await? else { return Ok(false) };
        let mut tx = self.db.begin().await?;
        if known.status.is_final() {
            // It may be under way again. Where it is not, the task ends by itself.
            let due = self.now().after(self.settings.track_gap(0));
            tasks::ensure(&mut tx, &[&self.following(&known, due)]).await?;
        }
        let Some(mut shipment) = rows::lock(&mut tx, id).await? else { return Ok(false) };
        let before = shipment.clone();
        shipment_entries::reread(&mut tx, id, &reread.carrier, &reread.word, reread.is).await?;
        let moved = status::stand(&mut shipment, &shipment_entries::of_locked(&mut tx, id).await?);
        self.conclude(&mut tx, &shipment).await?;
        self.keep(&mut tx, &before, shipment).await?;
        tx.commit().await?;
        self.tell(before.store_id);
        Ok(moved)
    }
}

fn changed(card: &Card, word: String, was: Option<String>, entries: i64) -> Option<Reread> {
    let is = card.status(&word);
    let same = was.as_deref() == is.map(ShipmentStatus::as_str);
    let was = was.and_then(|was| was.parse().ok());
    (!same).then(|| Reread { carrier: card.name.to_owned(), word, was, is, entries })
}

#[cfg(test)]
mod tests {
    use kit::EvidenceGrade;
    use shipping_adapters::{Callbacks, StatusWord};

    use super::*;

    static CARD: Card = Card {
        name: "carrier",
        title: ("Carrier", "شركة"),
        services: &[],
        currencies: &[],
        evidence: EvidenceGrade::Assumed,
        finds: true,
        callbacks: Callbacks::None,
        feed: shipping_adapters::Feed::None,
        callback_answer: ("", ""),
        statuses: &[StatusWord::new("at_hub", ShipmentStatus::InTransit)],
    };

    #[test]
    fn only_words_that_mean_something_else_are_read_anew() {
        let read = |word: &str, was: Option<&str>| changed(&CARD, word.to_owned(), was.map(str::to_owned), 3);
        assert_eq!(read("AT_HUB", Some("in_transit")), None);
        assert_eq!(read("nonsense", None), None);
        let learnt = read("at_hub", None).expect("a word that is known by now");
        assert_eq!((learnt.was, learnt.is, learnt.entries), (None, Some(ShipmentStatus::InTransit), 3));
        let forgotten = read("gone_word", Some("lost")).expect("a word that is known no more");
        assert_eq!((forgotten.was, forgotten.is), (Some(ShipmentStatus::Lost), None));
        assert_eq!(read("at_hub", Some("delayed")).and_then(|one| one.was), Some(ShipmentStatus::Delayed));
    }
}
