//! What people decide: a line of a settlement, once, with evidence.

use schemas::payment::Evidence;
use schemas::settlement::{ResolveLine, SettlementStatus};
use schemas::{SettlementId, Text};
use serde_json::json;

use super::Settlements;
use super::day::changed;
use crate::db::idempotency::{self, Claimed};
use crate::db::settlement_lines::{self, Line};
use crate::db::settlements::{self, Settlement};
use crate::payments::{Caller, Idempotency, claim};
use crate::refusal::Refusal;
use crate::vault::Place;

impl Settlements {
    /// Takes a person's decision on a line. When every line is decided, so is the settlement.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: SettlementId,
        idempotency: Idempotency,
        request: ResolveLine,
    ) -> Result<Settlement, Refusal> {
        self.read(caller, id).await?;
        check_evidence(&request.evidence)?;
        let mut tx = self.payments.db.begin().await?;
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        match idempotency::claim(&mut tx, &claim).await? {
            Claimed::Won => {}
            Claimed::Replay(_) => {
                drop(tx);
                return self.read(caller, id).await;
            }
            Claimed::Mismatch => return Err(Refusal::KeyMismatch),
        }
        let mut settlement = settlements::hold(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        let line = settlement_lines::numbered(&mut tx, id, request.line).await?;
        let line = line.ok_or_else(|| Refusal::field("line", "there is no such line", "لا يوجد سطر بهذا الرقم"))?;
        if !line.is_undecided() {
            return Err(nothing_to_decide(&line));
        }
        let text = json!({"evidence": request.evidence, "at": self.now().to_string()}).to_string();
        let place = Place { store: line.store_id, table: "settlement_lines", row: line.id, field: "evidence" };
        let sealed = self.payments.vault.seal(place, text.as_bytes());
        if !settlement_lines::decide(&mut tx, line.id, request.decision, &sealed, self.now()).await? {
            return Err(nothing_to_decide(&line));
        }
        settlement.undecided -= 1;
        if settlement.undecided == 0 && settlement.status == SettlementStatus::Differences {
            settlement.status = SettlementStatus::Resolved;
        }
        if !settlements::update(&mut tx, &mut settlement, self.now()).await? {
            return Err(changed().into());
        }
        let told = settlement.undecided == 0 && self.alert(&mut tx, &settlement).await?;
        tx.commit().await?;
        if told {
            self.alerts.wake();
        }
        Ok(settlement)
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

fn check_evidence(evidence: &Evidence) -> Result<(), Refusal> {
    let note = evidence.note.as_deref().unwrap_or("-");
    for (field, value, most) in [
        ("evidence.by", evidence.by.as_str(), 500),
        ("evidence.document", &evidence.document, 500),
        ("evidence.note", note, 2_000),
    ] {
        if value.trim().is_empty() || value.chars().count() > most {
            return Err(Refusal::field(field, format!("1 to {most} characters"), format!("من 1 إلى {most} حرف")));
        }
    }
    Ok(())
}
