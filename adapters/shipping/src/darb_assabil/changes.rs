//! Deleting a parcel's record before it is carried, and having its products brought back.

use async_trait::async_trait;
use kit::{Call, Delivery, Error, Kind, Reply};

use super::record::Record;
use super::wire::Operation;
use super::{DarbAssabil, NAME, answer};
use crate::change::{Changed, Changes};
use crate::tracking::Tracked;

impl DarbAssabil {
    /// The record of a parcel that is to be changed. A question that fails has changed nothing.
    async fn present(&self, parcel: &Tracked, operation: Operation) -> Result<Record, Error> {
        let found = self.record(parcel).await.map_err(|error| Error { delivery: Delivery::Never, ..error })?;
        found.ok_or_else(|| Error::refused(Kind::NotFound, NAME, operation.name(), "there is no record of it any more"))
    }
}

#[async_trait]
impl Changes for DarbAssabil {
    async fn describe_cancel(&self, parcel: &Tracked, _: Option<&str>) -> Result<Call, Error> {
        if let Some(id) = &parcel.id {
            return Ok(self.sender().delete(parcel, id));
        }
        let record = self.present(parcel, Operation::Delete).await?;
        Ok(self.sender().delete(parcel, record.id().unwrap_or_default()))
    }

    async fn describe_return(&self, parcel: &Tracked, _: Option<&str>) -> Result<Call, Error> {
        let operation = Operation::RequestReturn;
        let record = self.present(parcel, operation).await?;
        let unnamed = || Error::refused(Kind::Unsupported, NAME, operation.name(), "its products have no ids");
        let products = record.products().ok_or_else(unnamed)?;
        Ok(self.sender().request_return(parcel, record.id().unwrap_or_default(), &products))
    }

    fn read_change(&self, _: &Tracked, reply: &Reply) -> Changed {
        answer::changed(reply)
    }
}
