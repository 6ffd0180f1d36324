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
    /// What its deliveries carry; one that is gone has none.
    pub loads: HashMap<DeliveryId, Load>,
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
        let mut loads: HashMap<DeliveryId, Load> = loads.into_iter().map(|load| (load.id.into(), load)).collect();
        let healths: HashMap<EndpointId, Arc<Health>> = endpoint_health::read_all(&self.0, &endpoints)
            .await?
            .into_iter()
            .map(|health| (health.endpoint_id, Arc::new(health)))
            .collect();
        let mut answer = |question: &Question| Answer {
            loads: question.deliveries.iter().filter_map(|id| loads.remove_entry(id)).collect(),
            health: question.endpoint.and_then(|id| healths.get(&id).cloned()),
        };
        Ok(questions.iter().map(&mut answer).collect())
    }
}
