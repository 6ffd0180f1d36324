//! Giving a parcel up, and having it brought back.

use async_trait::async_trait;
use kit::contract;
use kit::{Call, Error, Kind, Reply};

use super::wire::Operation;
use super::{CarrierContract, answer, request};
use crate::change::{Changed, Changes};
use crate::tracking::Tracked;

impl CarrierContract {
    /// The path of something that is asked of a parcel.
    pub(super) fn path<'a>(
        &self,
        operation: Operation,
        parcel: &'a Tracked,
        verb: &'a str,
    ) -> Result<[&'a str; 3], Error> {
        if contract::is_segment(&parcel.number) {
            return Ok(["shipments", &parcel.number, verb]);
        }
        Err(self.refused(Kind::Invalid, operation, "there is no parcel of such a number"))
    }

    fn change(&self, operation: Operation, parcel: &Tracked, verb: &str, reason: Option<&str>) -> Result<Call, Error> {
        let path = self.path(operation, parcel, verb)?;
        let request = self.sender().post(&path, request::reason(reason));
        Ok(self.sender().call(operation, Some(&parcel.reference), request))
    }
}

#[async_trait]
impl Changes for CarrierContract {
    async fn describe_cancel(&self, parcel: &Tracked, reason: Option<&str>) -> Result<Call, Error> {
        self.change(Operation::CancelShipment, parcel, "cancel", reason)
    }

    async fn describe_return(&self, parcel: &Tracked, reason: Option<&str>) -> Result<Call, Error> {
        self.change(Operation::ReturnShipment, parcel, "return", reason)
    }

    fn read_change(&self, parcel: &Tracked, reply: &Reply) -> Changed {
        answer::changed(&parcel.number, reply)
    }
}
