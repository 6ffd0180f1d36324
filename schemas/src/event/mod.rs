//! The catalogue of domain events: every event with its version, its resource, its words and the type of its data.

mod endpoint;
mod incident;
mod payment;
mod refund;
mod remittance;
mod schema;
mod service;
mod shipment;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{EndpointId, IncidentId, PaymentId, RefundId, RemittanceId, ServiceId, ShipmentId, words};

pub use endpoint::*;
pub use incident::*;
pub use payment::*;
pub use refund::*;
pub use remittance::*;
pub use service::*;
pub use shipment::*;

words! {
    /// What events happen to.
    ResourceKind {
        /// A payment.
        Payment = "payment",
        /// A refund.
        Refund = "refund",
        /// A bill, a top-up or a transfer.
        Service = "service",
        /// A shipment.
        Shipment = "shipment",
        /// A carrier's statement of what it collected.
        Remittance = "remittance",
        /// An address that a store is notified at.
        Endpoint = "endpoint",
        /// A time in which a service fails.
        Incident = "incident",
    }
}

impl ResourceKind {
    /// The prefixed id of a resource of this kind.
    pub fn id(self, uuid: Uuid) -> String {
        match self {
            Self::Payment => PaymentId::from(uuid).to_string(),
            Self::Refund => RefundId::from(uuid).to_string(),
            Self::Service => ServiceId::from(uuid).to_string(),
            Self::Shipment => ShipmentId::from(uuid).to_string(),
            Self::Remittance => RemittanceId::from(uuid).to_string(),
            Self::Endpoint => EndpointId::from(uuid).to_string(),
            Self::Incident => IncidentId::from(uuid).to_string(),
        }
    }
}

/// What an event tells, as a type: its JSON Schema is made from it.
pub trait Payload: Serialize + DeserializeOwned + utoipa::ToSchema {
    /// What it happened to.
    fn resource(&self) -> Uuid;

    /// What it may look like.
    fn example() -> Self;
}

/// An event as the catalogue describes it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventType {
    /// Its name.
    pub event: EventName,
    /// The version of its data's schema.
    pub version: i32,
    /// What it happens to.
    pub resource: ResourceKind,
    /// English.
    pub description: String,
    /// Arabic.
    pub description_ar: String,
    /// The JSON Schema (2020-12) of its data.
    #[schema(value_type = Object)]
    pub schema: Value,
    /// What its data may look like.
    #[schema(value_type = Object)]
    pub example: Value,
}

/// Declares the catalogue: the name of an event cannot be paired with the data of another one.
macro_rules! catalogue {
    ($($data:ident = $name:tt $version:literal $resource:ident $description:tt $description_ar:tt;)+) => {
        words! {
            /// The name of an event.
            EventName { $(#[doc = $description] $data = $name),+ }
        }

        /// An event with what it tells.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum EventData { $(#[doc = $description] $data($data)),+ }

        $(impl From<$data> for EventData {
            fn from(data: $data) -> Self {
                Self::$data(data)
            }
        })+

        impl EventData {
            /// Its name.
            pub const fn name(&self) -> EventName {
                match self { $(Self::$data(_) => EventName::$data),+ }
            }

            /// What it happened to.
            pub fn resource(&self) -> Uuid {
                match self { $(Self::$data(data) => data.resource()),+ }
            }

            /// Reads the data of an event of this name; what the schema does not know is refused.
            pub fn read(name: EventName, data: Value) -> Result<Self, serde_json::Error> {
                match name { $(EventName::$data => serde_json::from_value(data).map(Self::$data)),+ }
            }
        }

        impl EventName {
            /// The version of its data's schema: it counts up when a field changes its meaning or goes away.
            pub const fn version(self) -> i32 {
                match self { $(Self::$data => $version),+ }
            }

            /// What it happens to.
            pub const fn resource(self) -> ResourceKind {
                match self { $(Self::$data => ResourceKind::$resource),+ }
            }

            /// Everything that is to be known of it.
            pub fn described(self) -> EventType {
                match self { $(Self::$data => schema::described::<$data>(self, $description, $description_ar)),+ }
            }
        }
    };
}

catalogue! {
    PaymentCreated = "payment.created" 1 Payment
        "A payment was made and waits for its customer."
        "أُنشئت دفعة وهي بانتظار الزبون.";
    PaymentAttemptCreated = "payment.attempt_created" 1 Payment
        "The payment was switched to another way of paying."
        "انتقلت الدفعة إلى طريقة دفع أخرى.";
    PaymentProcessing = "payment.processing" 1 Payment
        "The customer may have paid, and the provider has not said so yet."
        "ربما دفع الزبون، ولم يؤكد المزود ذلك بعد.";
    PaymentPaid = "payment.paid" 1 Payment
        "The money has been proved, by the provider's records or by evidence."
        "ثبت وصول المال بسجلات المزود أو بإثبات.";
    PaymentDeclined = "payment.declined" 1 Payment
        "The provider has refused the payment."
        "رفض المزود الدفعة.";
    PaymentCancelled = "payment.cancelled" 1 Payment
        "The payment was given up."
        "أُلغيت الدفعة.";
    PaymentExpired = "payment.expired" 1 Payment
        "The time to pay is over; money that comes late is told all the same."
        "انتهت مهلة الدفع، وإن وصل المال متأخراً فسيُعلن عنه.";
    PaymentNeedsReview = "payment.needs_review" 1 Payment
        "A person must decide on the payment."
        "تحتاج الدفعة إلى قرار موظف.";
    PaymentRefunded = "payment.refunded" 1 Payment
        "Money of the payment has gone back, and that is proved."
        "ثبت ردّ مبلغ من الدفعة إلى الزبون.";
    RefundNeedsReview = "refund.needs_review" 1 Refund
        "Nobody can say whether the refund has moved money: a person must decide."
        "لا يُعرف هل رُدّ المال أم لا، والاسترداد يحتاج إلى قرار موظف.";
    RefundFailed = "refund.failed" 1 Refund
        "The refund has moved no money; its amount can be refunded again."
        "لم يُردّ أي مال بهذا الاسترداد، ويمكن استرداد مبلغه من جديد.";
    ServiceSucceeded = "service.succeeded" 1 Service
        "A bill, a top-up or a transfer is done, by the provider's word or by evidence."
        "تم سداد الفاتورة أو الشحن أو التحويل بإفادة المزود أو بإثبات.";
    ServiceFailed = "service.failed" 1 Service
        "A bill, a top-up or a transfer has moved no money; its reference is free again."
        "لم يخرج أي مال لهذه الفاتورة أو الشحن أو التحويل، ويمكن استخدام مرجعها من جديد.";
    ServiceNeedsReview = "service.needs_review" 1 Service
        "Nobody can say whether a bill, a top-up or a transfer has moved money: a person must decide."
        "لا يُعرف هل خرج المال لهذه الفاتورة أو الشحن أو التحويل، والأمر يحتاج إلى قرار موظف.";
    ShipmentBooked = "shipment.booked" 1 Shipment
        "A carrier has the order to carry the shipment."
        "استلمت شركة الشحن طلب الشحنة.";
    ShipmentMoved = "shipment.moved" 1 Shipment
        "The carrier tells of the shipment on its way."
        "أبلغت شركة الشحن عن تقدم الشحنة في طريقها.";
    ShipmentDelivered = "shipment.delivered" 1 Shipment
        "The shipment was handed over."
        "سُلّمت الشحنة إلى صاحبها.";
    ShipmentReturned = "shipment.returned" 1 Shipment
        "The shipment is back with its sender."
        "عادت الشحنة إلى مرسلها.";
    ShipmentCancelled = "shipment.cancelled" 1 Shipment
        "The shipment was given up before it was carried."
        "أُلغيت الشحنة قبل نقلها.";
    ShipmentFailed = "shipment.failed" 1 Shipment
        "No carrier has booked the shipment; its reference is free again."
        "لم تقبل أي شركة الشحنة، ويمكن استخدام مرجعها من جديد.";
    ShipmentNeedsReview = "shipment.needs_review" 1 Shipment
        "A person must decide on the shipment."
        "تحتاج الشحنة إلى قرار موظف.";
    RemittanceReceived = "remittance.received" 1 Remittance
        "A carrier's statement of what it collected was taken in and compared."
        "استُلم كشف شركة الشحن بما حصّلته وقورن بما لدينا.";
    EndpointFailing = "endpoint.failing" 1 Endpoint
        "An endpoint takes no notifications and is on its way to being disabled."
        "لا تقبل نقطة الاستقبال الإشعارات، وستُعطّل إن استمر ذلك.";
    EndpointRecovered = "endpoint.recovered" 1 Endpoint
        "An endpoint that failed takes notifications again."
        "عادت نقطة الاستقبال المتعطلة إلى قبول الإشعارات.";
    EndpointDisabled = "endpoint.disabled" 1 Endpoint
        "Nothing is sent to the endpoint any more."
        "توقف الإرسال إلى نقطة الاستقبال.";
    IncidentOpened = "incident.opened" 1 Incident
        "A service that the store has an account with fails."
        "تعطلت خدمة يملك المتجر حساباً لديها.";
    IncidentEscalated = "incident.escalated" 1 Incident
        "The service has failed for long: others were called."
        "استمر تعطل الخدمة وصُعّد الحادث.";
    IncidentClosed = "incident.closed" 1 Incident
        "The service has been well for long enough."
        "استقرت الخدمة وأُغلق الحادث.";
}

/// Every event, in the order of the catalogue.
pub fn catalogue() -> Vec<EventType> {
    EventName::ALL.iter().map(|name| name.described()).collect()
}
