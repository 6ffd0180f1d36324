//! Reading for many groups at once: what their deliveries carry, and how their endpoints do, in one question.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use schemas::{DeliveryId, EndpointId};

use crate::db::deliveries::{self, Load};
use crate::db::endpoint_health::{self, Health};
use crate::db::group_commit::Commit;
use crate::db::{Db, Result};

/// What one group asks for.
pub struct Question {
    /// Its deliveries.
    pub deliveries: Vec<DeliveryId>,
    /// Its endpoint, if its health is not known or may have changed elsewhere.
    pub endpoint: Option<EndpointId>,
}

/// What it is answered.
#[derive(Default)]
pub struct Answer {
    /// What its deliveries carry; one that is gone has none, and whoever gets none ends the task.
    pub loads: HashMap<DeliveryId, Arc<Load>>,
    /// How its endpoint does.
    pub health: Option<Arc<Health>>,
}

/// Answers.
pub struct Reading(pub Db);

#[async_trait]
impl Commit for Reading {
    type Job = Question;
    type Answer = Answer;

    async fn commit(&self, questions: &[Question]) -> Result<Vec<Answer>> {
        let ids: Vec<DeliveryId> = questions.iter().flat_map(|question| question.deliveries.iter().copied()).collect();
        let endpoints: Vec<EndpointId> = questions.iter().filter_map(|question| question.endpoint).collect();
        let loads = deliveries::load(&self.0, &ids).await?;
        let loads: HashMap<DeliveryId, Arc<Load>> =
            loads.into_iter().map(|load| (load.id.into(), Arc::new(load))).collect();
        let healths: HashMap<EndpointId, Arc<Health>> = endpoint_health::read_all(&self.0, &endpoints)
            .await?
            .into_iter()
            .map(|health| (health.endpoint_id, Arc::new(health)))
            .collect();
        Ok(questions.iter().map(|question| answer(question, &loads, &healths)).collect())
    }
}

/// Two may ask for one delivery: a claimant that has lost its lease, and the next one. Both are answered.
fn answer(
    question: &Question,
    loads: &HashMap<DeliveryId, Arc<Load>>,
    healths: &HashMap<EndpointId, Arc<Health>>,
) -> Answer {
    let load = |id: &DeliveryId| Some((*id, Arc::clone(loads.get(id)?)));
    Answer {
        loads: question.deliveries.iter().filter_map(load).collect(),
        health: question.endpoint.and_then(|id| healths.get(&id).cloned()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn whoever_asks_for_the_same_delivery_is_answered_the_same() {
        let (there, gone) = (DeliveryId::from(Uuid::from_u128(1)), DeliveryId::from(Uuid::from_u128(2)));
        let load = Load {
            id: there.uuid(),
            notification_id: Uuid::from_u128(3).into(),
            status: "pending".to_owned(),
            attempts: 0,
            shared: false,
            event: "order.paid".to_owned(),
            order_no: None,
            payload: "{}".to_owned(),
        };
        let loads = HashMap::from([(there, Arc::new(load))]);
        let question = || Question { deliveries: vec![there, gone], endpoint: None };
        for question in [question(), question()] {
            let answer = answer(&question, &loads, &HashMap::new());
            assert_eq!(answer.loads.keys().copied().collect::<Vec<_>>(), [there]);
        }
    }
}
