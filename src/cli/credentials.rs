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
    /// Seal everything with the first key of the ring. Put the new key before the old one, run this, and then remove
    /// the old one.
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
            CredentialsCommand::Rotate => {
                let rotated = accounts::rotate(accounts).await.map_err(refused)?;
                output::line(&format!("{rotated} accounts were sealed with the first key."))
            }
        }
    }
}
