//! Files that a carrier leaves for us, as a day's or an hour's statuses.

use async_trait::async_trait;
use kit::Error;

use crate::port::Told;

/// For carriers that leave files.
#[async_trait]
pub trait Drops: Send + Sync {
    /// 20. The files that are whole and lie there now, the oldest first.
    async fn list(&self) -> Result<Vec<DropFile>, Error>;

    /// 21. A file's bytes: all of them or an error, and what is read of them, entry by entry; what cannot be read is kept
    ///     beside it. 22. Nothing over there is changed: a file may be read twice.
    async fn fetch(&self, file: &DropFile) -> Result<DropReading, Error>;
}

/// A file that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropFile {
    /// Its name; a name is used once.
    pub name: String,
    /// Its length, where it is told.
    pub size: Option<u64>,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropReading {
    /// The bytes as they came: the original is kept.
    pub original: bytes::Bytes,
    /// What they say.
    pub told: Told,
}
