//! What people decide: a line of a remittance, with evidence. A dispute may be followed by what came of it; anything else is
//! for good.

use schemas::remittance::ResolveRemittance;
use schemas::{RemittanceId, Text};
use serde_json::json;

use super::Remittances;
use crate::caller::{Caller, Idempotency, claim, claim_in};
use crate::db::remittance_lines::{self, Decided, Line};
use crate::db::remittances::{self, Remittance};
use crate::db::{Tx, shipment_cash};
use crate::fields;
use crate::refusal::Refusal;
use crate::vault::Place;

impl Remittances {
    /// Takes a person's decision on a line.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: RemittanceId,
        idempotency: Idempotency,
        request: ResolveRemittance,
    ) -> Result<Remittance, Refusal> {
        let carrier = self.read(caller, id).await?.carrier;
        fields::evidence(&request.evidence)?;
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        let mut tx = self.db.begin().await?;
        if claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        remittances::lock(&mut tx, caller.store, caller.mode.is_live(), &carrier).await?;
        let mut remittance = remittances::held(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        let line = remittance_lines::numbered(&mut tx, id, request.line).await?;
        let line = line.ok_or_else(|| Refusal::field("line", "there is no such line", "لا يوجد سطر بهذا الرقم"))?;
        if !line.is_open() || line.decided() == Some(request.decision) {
            return Err(nothing_to_decide(&line));
        }
        self.decide(&mut tx, &line, &request).await?;
        self.recount(&mut tx, &mut remittance).await?;
        tx.commit().await?;
        Ok(remittance)
    }

    async fn decide(&self, tx: &mut Tx, line: &Line, request: &ResolveRemittance) -> Result<(), Refusal> {
        let (row, at) = (self.ambient.uuid(), self.now());
        let place = Place { store: line.store_id, table: "remittance_decisions", row, field: "evidence" };
        let text = json!({"evidence": request.evidence, "at": at.to_string()}).to_string();
        let evidence = self.vault.seal(place, text.as_bytes());
        let decided = Decided { id: row, decision: request.decision, evidence: &evidence, at };
        remittance_lines::decide(tx, line, &decided).await?;
        let ends = request.decision.is_final() && line.outcome.ends_by_decision();
        if let Some(shipment) = line.shipment_id.filter(|_| ends) {
            shipment_cash::settle(tx, shipment, at).await?;
        }
        Ok(())
    }
}

fn nothing_to_decide(line: &Line) -> Refusal {
    let (en, ar) = match (line.superseded, line.decision.is_some()) {
        (true, _) => {
            ("the line is no longer so: another one has taken its place", "لم يعد هذا السطر قائماً، وحل محله سطر آخر")
        }
        (_, true) => ("the line is decided", "اتُخذ قرار بشأن هذا السطر من قبل"),
        _ => ("both sides say the same of the line", "الطرفان متفقان على هذا السطر"),
    };
    Refusal::Conflict(Text::new(en, ar))
}
