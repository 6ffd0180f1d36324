//! `jisr stores`.

use clap::{Args, Subcommand};
use schemas::StoreId;
use serde_json::json;

use super::keys::new_store;
use super::{CommandError, database, output};
use crate::config::Config;
use crate::db::stores;

/// Make and show stores.
#[derive(Args)]
pub(super) struct Stores {
    #[command(subcommand)]
    command: StoresCommand,
}

#[derive(Subcommand)]
enum StoresCommand {
    /// Make a store.
    Create {
        /// The name in paths and headers.
        key: String,
        /// For people.
        #[arg(long)]
        name: Option<String>,
        /// `ar` or `en`.
        #[arg(long, default_value = "ar", value_parser = ["ar", "en"])]
        locale: String,
    },
    /// Show a store.
    Show {
        /// Its key.
        key: String,
    },
}

impl Stores {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let (db, ambient) = database(&config).await?;
        match self.command {
            StoresCommand::Create { key, name, locale } => {
                let id = StoreId::from(ambient.uuid());
                let store = new_store(&config, &ambient, id, &key, name.as_deref().unwrap_or(&key), &locale)?;
                let mut tx = db.begin().await?;
                match stores::insert(&mut tx, &store).await {
                    Err(error) if error.violates("stores") => {
                        return Err(CommandError::Refused(format!("there is a store {key:?} already")));
                    }
                    done => done?,
                }
                tx.commit().await?;
                output::json(&json!({"id": id, "key": key}))
            }
            StoresCommand::Show { key } => {
                let store = stores::by_key(&db, &key).await?;
                let store = store.ok_or_else(|| CommandError::Refused(format!("there is no store {key:?}")))?;
                output::json(&json!({
                    "id": store.id, "key": store.key, "name": store.name, "locale": store.locale,
                    "return_urls": store.return_urls.0, "created_at": store.created_at.to_string(),
                }))
            }
        }
    }
}
