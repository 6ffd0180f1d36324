//! The key that seals what is secret: given by the settings, or made beside a SQLite file.

use std::path::Path;

use kit::Ambient;
use secrecy::{ExposeSecret, SecretString};

use super::StartError;
use crate::config::Config;
use crate::vault::Vault;

/// The vault with the keys of the settings.
pub fn open_vault(config: &Config, ambient: &Ambient) -> Result<Vault, StartError> {
    Ok(Vault::new(&encryption_key(config, ambient)?, ambient.clone())?)
}

/// The key from the settings; beside a SQLite file one is made when there is none.
fn encryption_key(config: &Config, ambient: &Ambient) -> Result<SecretString, StartError> {
    if !config.encryption.key.expose_secret().is_empty() {
        return Ok(config.encryption.key.clone());
    }
    if !config.encryption.key_file.is_empty() {
        return read_key(Path::new(&config.encryption.key_file));
    }
    let Some(file) = config.database.url.strip_prefix("sqlite:") else { return Err(StartError::NoKey) };
    let file = file.trim_start_matches("//").split('?').next().unwrap_or_default();
    let path = Path::new(file).with_extension("key");
    if path.exists() {
        return read_key(&path);
    }
    if Path::new(file).exists() {
        return Err(StartError::KeyLost(path.display().to_string()));
    }
    make_key(&path, &hex::encode(ambient.bytes::<32>()))?;
    tracing::info!(file = %path.display(), "an encryption key was made: keep it, the database cannot be read without it");
    read_key(&path)
}

fn read_key(path: &Path) -> Result<SecretString, StartError> {
    let text = std::fs::read_to_string(path);
    text.map(SecretString::from).map_err(|source| StartError::Io { what: path.display().to_string(), source })
}

/// Only its owner can read it, from the first byte on; a process that is faster wins.
fn make_key(path: &Path, key: &str) -> Result<(), StartError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    match opened.and_then(|mut file| writeln!(file, "{key}").and_then(|()| file.sync_all())) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        done => done.map_err(|source| StartError::Io { what: path.display().to_string(), source }),
    }
}
