//! Rotation: seals everything anew with the first key of the ring, so that the older keys can be taken away.

use uuid::Uuid;

use crate::db::sealed::{self, SEALED_COLUMNS, SealedColumn};
use crate::db::{Db, DbError};
use crate::vault::{Place, Vault, VaultError};

/// What a rotation did to one column.
#[derive(Debug, Clone, Copy)]
pub struct Rotated {
    /// The column.
    pub column: SealedColumn,
    /// Values that were sealed anew.
    pub sealed: usize,
    /// Values that no key of the ring opens: they keep the older keys from being taken away.
    pub closed: usize,
}

/// Why a rotation stopped half-way; it can be run again.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RotationError(#[from] DbError);

/// Goes through every sealed column. A gateway may be at work meanwhile, if it has both keys.
pub async fn rotate(db: &Db, vault: &Vault) -> Result<Vec<Rotated>, RotationError> {
    let mut rotated = Vec::with_capacity(SEALED_COLUMNS.len());
    for column in SEALED_COLUMNS {
        rotated.push(rotate_column(db, vault, column).await?);
    }
    Ok(rotated)
}

async fn rotate_column(db: &Db, vault: &Vault, column: SealedColumn) -> Result<Rotated, RotationError> {
    let mut rotated = Rotated { column, sealed: 0, closed: 0 };
    let mut after = Uuid::nil();
    loop {
        let page = sealed::page(db, column, after).await?;
        let Some((last, ..)) = page.last() else { return Ok(rotated) };
        after = *last;
        for (id, store, value) in page {
            if vault.is_current(&value) {
                continue;
            }
            match reseal(vault, column, id, store, &value) {
                Ok(new) => rotated.sealed += usize::from(sealed::replace(db, column, id, &value, &new).await?),
                Err(_) => rotated.closed += 1,
            }
        }
    }
}

fn reseal(vault: &Vault, column: SealedColumn, id: Uuid, store: Uuid, value: &[u8]) -> Result<Vec<u8>, VaultError> {
    let place = Place { store: store.into(), table: column.table, row: id, field: column.field };
    vault.open(place, value).map(|clear| vault.seal(place, &clear))
}
