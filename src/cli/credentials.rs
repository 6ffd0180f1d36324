//! `jisr credentials`.

use std::io::Read;

use clap::{Args, Subcommand};
use kit::Ambient;
use schemas::store::Mode;
use secrecy::SecretString;

use super::{CommandError, output};
use crate::accounts;
use crate::app::App;
use crate::config::Config;
use crate::db::{provider_accounts, stores};
use crate::rotation::Rotated;

/// Set a store's credentials, or seal all of them with a new key.
#[derive(Args)]
pub(super) struct Credentials {
    #[command(subcommand)]
    command: CredentialsCommand,
}

#[derive(Subcommand)]
enum CredentialsCommand {
    /// Read a JSON object from standard input, try it, and keep it sealed.
    Set {
        /// The store.
        store: String,
        /// The provider.
        provider: String,
        /// Of the live account.
        #[arg(long)]
        live: bool,
    },
    /// Seal everything with the first key of the ring. Put the new key before the old one everywhere, run this, and
    /// remove the old one once it says so. Links and secrets that were handed out are made with the key of their day:
    /// keep the old key for as long as unpaid checkouts are about.
    Rotate,
}

impl Credentials {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let app = App::build(config, Ambient::system()).await?;
        let (accounts, db) = (&app.facade.accounts, &app.facade.db);
        let refused = |error: accounts::AccountError| CommandError::Refused(error.to_string());
        match self.command {
            CredentialsCommand::Set { store, provider, live } => {
                let mode = if live { Mode::Live } else { Mode::Test };
                let missing = || CommandError::Refused(format!("{store:?} has no {mode} account with {provider:?}"));
                let found = stores::by_key(db, &store).await?.ok_or_else(missing)?;
                let row = provider_accounts::own(db, found.id, &provider, live).await?.ok_or_else(missing)?;
                let mut text = String::new();
                std::io::stdin().lock().read_to_string(&mut text)?;
                accounts::set_credentials(accounts, &row, &SecretString::from(text)).await.map_err(refused)?;
                output::line("Kept.")
            }
            CredentialsCommand::Rotate => rotate(&app).await,
        }
    }
}

async fn rotate(app: &App) -> Result<(), CommandError> {
    let rotated = crate::rotation::rotate(&app.facade.db, &app.facade.vault).await;
    let rotated = rotated.map_err(|error| CommandError::Refused(error.to_string()))?;
    let row = |one: &Rotated| {
        vec![one.column.table.to_owned(), one.column.field.to_owned(), one.sealed.to_string(), one.closed.to_string()]
    };
    output::table(&["table", "field", "sealed anew", "cannot be opened"], rotated.iter().map(row))?;
    match rotated.iter().map(|one| one.closed).sum::<usize>() {
        0 => output::line("Everything is sealed with the first key: the older keys may be removed."),
        closed => Err(CommandError::Refused(format!(
            "{closed} values cannot be opened with any key of the ring; remove no key"
        ))),
    }
}
