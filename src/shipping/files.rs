//! Files that carriers leave: looked for, fetched whole, and each taken in once in one transaction.

use std::time::Duration;

use async_trait::async_trait;
use shipping_adapters::{Carrier, DropFile, DropReading, Drops};
use tokio::sync::watch;

use super::ask::is_our_own_queue;
use super::beside::Beside;
use super::feeds::Turn;
use super::{FILES, Shipping};
use crate::accounts::Served;
use crate::db::DbError;
use crate::db::carrier_files::{self, CarrierFile};
use crate::db::shipment_entries::HeardBy;
use crate::db::tasks::Task;
use crate::vault::Place;
use crate::work::{Handler, Pace, is_held};

/// When a turn of ours that did not come may come.
const TURN: Duration = Duration::from_secs(1);

/// The handler of `carrier.files`.
pub struct Files {
    area: Shipping,
    draining: watch::Sender<bool>,
}

#[async_trait]
impl Handler for Files {
    fn kind(&self) -> &'static str {
        FILES
    }

    fn pace(&self) -> Pace {
        Pace { batch: 1, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            self.follow(task).await?;
        }
        Ok(())
    }

    fn drain(&self) {
        self.draining.send_replace(true);
    }
}

impl Files {
    /// Over the area.
    pub fn new(area: Shipping) -> Self {
        Self { area, draining: watch::Sender::new(false) }
    }

    async fn follow(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.area;
        let turn = match area.fed(task).await? {
            Some(served) => match served.provider.drops() {
                Some(drops) => self.turn(task, &served, drops).await?,
                None => Turn::Over,
            },
            None => Turn::Again(self.every()),
        };
        area.end_turn(task, turn, self.pace()).await
    }

    fn every(&self) -> Duration {
        Duration::from_millis(self.area.settings.files_ms)
    }

    /// Takes in every file that lies there and has not been. One that cannot be had is no reason to leave the others.
    async fn turn(&self, task: &Task, served: &Served<dyn Carrier>, drops: &dyn Drops) -> Result<Turn, DbError> {
        let files = match drops.list().await {
            Ok(files) => files,
            Err(error) if is_our_own_queue(&error) => return Ok(Turn::Again(TURN)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "files cannot be looked for");
                return Ok(Turn::Failed(error.message));
            }
        };
        let mut failed = None;
        for file in &files {
            if *self.draining.borrow() {
                return Ok(Turn::Again(Duration::ZERO));
            }
            if carrier_files::is_taken(&self.area.db, served.row.id, &file.name).await? {
                continue;
            }
            match drops.fetch(file).await {
                Ok(_) if !is_held(task.id) => return Ok(Turn::Lost),
                Ok(reading) => self.take(task, served, file, reading).await?,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        file = file.name,
                        "a file cannot be fetched"
                    );
                    failed = Some(error.message);
                }
            }
        }
        Ok(failed.map_or(Turn::Again(self.every()), Turn::Failed))
    }

    async fn take(
        &self,
        task: &Task,
        served: &Served<dyn Carrier>,
        file: &DropFile,
        reading: DropReading,
    ) -> Result<(), DbError> {
        let area = &self.area;
        let (id, store) = (area.ambient.uuid(), served.row.store_id);
        let place = Place { store, table: "carrier_files", row: id, field: "original" };
        let count = |things: usize| i64::try_from(things).unwrap_or(i64::MAX);
        let kept = CarrierFile {
            id,
            account: served.row.id,
            store,
            name: file.name.clone(),
            original: area.vault.seal(place, &reading.original),
            entries: count(reading.told.entries.len()),
            malformed: count(reading.told.malformed.len()),
            taken_at: area.now(),
        };
        let taken = area.take_in(served, &reading.told, HeardBy::File, Beside::File(task, &kept)).await?;
        if let Some(taken) = taken {
            let (file, carrier) = (&file.name, &served.row.provider);
            tracing::info!(carrier, file, new = taken.new, malformed = taken.malformed, "a file has been taken in");
        }
        Ok(())
    }
}
