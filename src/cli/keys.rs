//! `jisr keys`.

use clap::{Args, Subcommand};
use kit::Ambient;
use schemas::store::{Contacts, Mode};
use schemas::{KeyId, StoreId};
use serde_json::json;
use sqlx::types::Json;

use super::{CommandError, database, output};
use crate::accounts::{DEFAULT_STORE, contacts_place};
use crate::app;
use crate::config::Config;
use crate::db::api_keys::{self, ApiKey};
use crate::db::stores::{self, Store};
use crate::db::{Db, Time};
use crate::http::access::SCOPES;
use crate::http::{generate_key, hash_key};

/// Make, list and revoke API keys.
#[derive(Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a key; it is printed once.
    Create {
        /// For people.
        #[arg(long)]
        name: String,
        /// `all`, or scopes separated by commas.
        #[arg(long, value_delimiter = ',', default_value = "all")]
        scopes: Vec<String>,
        /// The store it is bound to; `default`, which is made when it is missing, if neither this nor --platform is given.
        #[arg(long, value_name = "KEY", conflicts_with = "platform")]
        store: Option<String>,
        /// Bound to no store: it names one with the header Jisr-Store.
        #[arg(long)]
        platform: bool,
        /// Real money.
        #[arg(long)]
        live: bool,
        /// Print `{"id","key"}`.
        #[arg(long)]
        json: bool,
    },
    /// List the keys of a store, or the platform's.
    List {
        /// The store.
        #[arg(long, value_name = "KEY")]
        store: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key.
    Revoke {
        /// Its id.
        id: KeyId,
    },
}

impl Keys {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let (db, ambient) = database(&config).await?;
        match self.command {
            KeysCommand::Create { name, scopes, store, platform, live, json } => {
                check(&scopes)?;
                let store = match (platform, store) {
                    (true, _) => None,
                    (false, Some(key)) => Some(find(&db, &key).await?),
                    (false, None) => Some(default_store(&db, &config, &ambient).await?),
                };
                let mode = if live { Mode::Live } else { Mode::Test };
                let (id, key) = create(&db, &ambient, &name, scopes, store, mode).await?;
                if json { output::json(&json!({"id": id, "key": key})) } else { told(id, &key) }
            }
            KeysCommand::List { store, json } => list(&db, store, json).await,
            KeysCommand::Revoke { id } => {
                let revoked = api_keys::revoke(&db, None, None, id, ambient.now().into()).await?;
                revoked.ok_or_else(|| CommandError::Refused(format!("there is no key {id}")))?;
                output::line(&format!("{id} opens nothing any more (running gateways follow within 5 seconds)."))
            }
        }
    }
}

fn told(id: KeyId, key: &str) -> Result<(), CommandError> {
    output::line(&format!("{id}\n{key}\nThis is the only time the key is shown."))
}

fn check(scopes: &[String]) -> Result<(), CommandError> {
    match scopes.iter().find(|scope| *scope != "all" && !SCOPES.contains(&scope.as_str())) {
        Some(unknown) => {
            Err(CommandError::Refused(format!("there is no scope {unknown:?}; known: all, {}", SCOPES.join(", "))))
        }
        None => Ok(()),
    }
}

/// Makes a key and answers it with its id.
pub(super) async fn create(
    db: &Db,
    ambient: &Ambient,
    name: &str,
    scopes: Vec<String>,
    store: Option<StoreId>,
    mode: Mode,
) -> Result<(KeyId, String), CommandError> {
    let key = generate_key(ambient, mode);
    let row = ApiKey {
        id: ambient.uuid().into(),
        store_id: store.map(Into::into),
        name: name.to_owned(),
        hash: hash_key(&key).to_vec(),
        scopes: Json(scopes),
        livemode: mode.is_live(),
        created_at: ambient.now().into(),
        revoked_at: None,
    };
    api_keys::insert(db, &row).await?;
    Ok((row.id, key))
}

async fn find(db: &Db, key: &str) -> Result<StoreId, CommandError> {
    let found = stores::by_key(db, key).await?;
    found
        .map(|store| store.id)
        .ok_or_else(|| CommandError::Refused(format!("there is no store {key:?}; make it with `jisr stores create`")))
}

async fn default_store(db: &Db, config: &Config, ambient: &Ambient) -> Result<StoreId, CommandError> {
    if let Some(store) = stores::by_key(db, DEFAULT_STORE).await? {
        return Ok(store.id);
    }
    let id = StoreId::from(ambient.uuid());
    let store = new_store(config, ambient, id, DEFAULT_STORE, DEFAULT_STORE, "ar")?;
    let mut tx = db.begin().await?;
    stores::insert(&mut tx, &store).await?;
    tx.commit().await?;
    Ok(id)
}

/// A store without contacts.
pub(super) fn new_store(
    config: &Config,
    ambient: &Ambient,
    id: StoreId,
    key: &str,
    name: &str,
    locale: &str,
) -> Result<Store, CommandError> {
    let vault = app::open_vault(config, ambient)?;
    let contacts = serde_json::to_vec(&Contacts::default()).unwrap_or_default();
    let now = Time::from(ambient.now());
    Ok(Store {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        locale: locale.to_owned(),
        contacts: vault.seal(contacts_place(id), &contacts),
        return_urls: Json(Vec::new()),
        created_at: now,
        updated_at: now,
    })
}

async fn list(db: &Db, store: Option<String>, as_json: bool) -> Result<(), CommandError> {
    let store = match store {
        Some(key) => Some(find(db, &key).await?),
        None => None,
    };
    let keys = api_keys::list(db, store).await?;
    let state = |key: &ApiKey| key.revoked_at.map_or("living".to_owned(), |at| format!("revoked {at}"));
    let mode = |key: &ApiKey| Mode::from_livemode(key.livemode).to_string();
    if as_json {
        let rows: Vec<_> = keys.iter().map(|key| json!({"id": key.id, "name": key.name, "mode": mode(key), "scopes": key.scopes.0, "state": state(key)})).collect();
        return output::json(&rows);
    }
    let rows = keys
        .iter()
        .map(|key| vec![key.id.to_string(), key.name.clone(), mode(key), key.scopes.0.join(" "), state(key)]);
    output::table(&["id", "name", "mode", "scopes", "state"], rows)
}
