//! What the events of incidents tell.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::IncidentId;
use crate::health::{IncidentStatus, Severity};

/// The incident as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentFacts {
    /// Its id.
    pub id: IncidentId,
    /// The service that fails.
    pub service: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How grave it is.
    pub severity: Severity,
    /// Why: `unreachable`, `failing`, `declining`, `useless`, `slow`, or a person's word.
    pub cause: String,
    /// When it began, RFC 3339.
    pub opened_at: String,
    /// When it is likely to be over, from those before it, RFC 3339.
    pub estimated_at: String,
    /// When it was closed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
}

/// `incident.opened`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentOpened {
    /// The incident.
    pub incident: IncidentFacts,
}

/// `incident.escalated`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentEscalated {
    /// The incident.
    pub incident: IncidentFacts,
}

/// `incident.closed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentClosed {
    /// The incident.
    pub incident: IncidentFacts,
}

fn example(status: IncidentStatus) -> IncidentFacts {
    let closed = status == IncidentStatus::Closed;
    IncidentFacts {
        id: Uuid::from_u128(0x0193_2c4e_1f7a_7000_8000_0000_0000_0001).into(),
        service: "moamalat".to_owned(),
        status,
        severity: Severity::High,
        cause: "unreachable".to_owned(),
        opened_at: "2026-11-30T08:00:00Z".to_owned(),
        estimated_at: "2026-11-30T08:12:00Z".to_owned(),
        closed_at: closed.then(|| "2026-11-30T08:25:00Z".to_owned()),
    }
}

impl Payload for IncidentOpened {
    fn resource(&self) -> Uuid {
        self.incident.id.uuid()
    }

    fn example() -> Self {
        Self { incident: example(IncidentStatus::Open) }
    }
}

impl Payload for IncidentEscalated {
    fn resource(&self) -> Uuid {
        self.incident.id.uuid()
    }

    fn example() -> Self {
        Self { incident: example(IncidentStatus::Escalated) }
    }
}

impl Payload for IncidentClosed {
    fn resource(&self) -> Uuid {
        self.incident.id.uuid()
    }

    fn example() -> Self {
        Self { incident: example(IncidentStatus::Closed) }
    }
}
