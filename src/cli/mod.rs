//! The command line: each role of the binary in a file of its own.

mod alerts;
mod check;
mod client;
mod credentials;
mod demo;
mod drill;
mod keys;
mod logs;
mod maintenance;
mod mocks;
mod openapi;
mod output;
mod providers;
mod reconcile;
mod routing;
mod serve;
mod shipments;
mod stores;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kit::Ambient;

use crate::app::{self, StartError};
use crate::config::{Config, ConfigError, Variables};
use crate::db::{Db, DbError};

use client::client;

/// Jisr (جسر): one API in front of Libya's external services.
#[derive(Parser)]
#[command(name = "jisr", version, propagate_version = true)]
struct Arguments {
    /// A TOML file over the defaults; the environment overrides both.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests and do due work.
    Serve(serve::Serve),
    /// Play a shop's day against mocks of every provider, and stay up to be explored.
    Demo(demo::Demo),
    /// Break a service at its mock in every way, and measure what follows.
    Drill(drill::Drill),
    /// Serve strict, stateful mocks of every provider.
    Mocks(mocks::MocksCommand),
    /// Find out whether the gateway could work.
    Check(check::Check),
    /// Bring the database's schema up to date.
    Migrate,
    /// Make and show stores.
    Stores(stores::Stores),
    /// Make, list and revoke API keys.
    Keys(keys::Keys),
    /// Set a store's credentials, or seal all of them with a new key.
    Credentials(credentials::Credentials),
    /// Show the log of calls.
    Logs(logs::Logs),
    /// Show due work, do it now, or leave it alone.
    Tasks(tasks::Tasks),
    /// Write the month's review: four weeks of maintenance, with every figure that the gateway knows.
    Maintenance(maintenance::Maintenance),
    /// Settle a day now: compare what we hold with the providers' own books.
    Reconcile(reconcile::Reconcile),
    /// Show who serves a request and why, the rules, and what others would have done.
    Routing(routing::Routing),
    /// Read what carriers told of shipments anew.
    Shipments(shipments::Shipments),
    /// Test whether operators can be told.
    Alerts(alerts::AlertsCommand),
    /// Show who can be paid through, and what each can do.
    Providers(providers::Providers),
    /// Print the OpenAPI document.
    Openapi,
    /// Print every setting with its default.
    Settings,
}

/// Why a command failed. It is printed once, here.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Starting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file or a socket.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What the user asked for cannot be done.
    #[error("{0}")]
    Refused(String),
}

/// Reads the arguments and plays the role.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("jisr: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<ExitCode, CommandError> {
    let variables = Variables::of_process();
    let config = || Config::load(arguments.config.as_deref(), &variables);
    let done = match arguments.command {
        Command::Serve(command) => command.run(config()?).await,
        Command::Demo(command) => return command.run().await,
        Command::Drill(command) => return command.run(&config()?).await,
        Command::Mocks(command) => command.run(&config()?).await,
        Command::Check(command) => return command.run(config()).await,
        Command::Migrate => migrate(config()?).await,
        Command::Stores(command) => command.run(config()?).await,
        Command::Keys(command) => command.run(config()?).await,
        Command::Credentials(command) => command.run(config()?).await,
        Command::Logs(command) => command.run(config()?).await,
        Command::Tasks(command) => command.run(config()?).await,
        Command::Maintenance(command) => command.run(config()?).await,
        Command::Reconcile(command) => return command.run(config()?).await,
        Command::Routing(command) => command.run(config()?).await,
        Command::Shipments(command) => command.run(config()?).await,
        Command::Alerts(command) => command.run(config()?).await,
        Command::Providers(command) => command.run(),
        Command::Openapi => openapi::print(),
        Command::Settings => output::line(crate::config::DEFAULTS),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Connects for a command that needs the database alone.
async fn database(config: &Config) -> Result<(Db, Ambient), CommandError> {
    if config.database.url.starts_with("sqlite:") {
        // The key is made before the file, which would otherwise be one that has lost its key.
        match app::open_vault(config, &Ambient::system()) {
            Ok(_) | Err(StartError::KeyLost(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let db = Db::connect(&config.database.url, 2).await?;
    db.migrate().await?;
    Ok((db, Ambient::system()))
}

async fn migrate(config: Config) -> Result<(), CommandError> {
    let (db, _) = database(&config).await?;
    output::line(&format!("The {} schema is up to date.", db.name()))
}
