//! Allowances from the database: what every process together may have only so often.

use async_trait::async_trait;
use kit::{Allowance, Allowances, Ambient, Denied};

use crate::db::{Db, allowances};

/// The port, over `allowances`.
pub struct DbAllowances {
    db: Db,
    ambient: Ambient,
}

impl DbAllowances {
    /// Over a database and a clock.
    pub fn new(db: Db, ambient: Ambient) -> Self {
        Self { db, ambient }
    }
}

#[async_trait]
impl Allowances for DbAllowances {
    async fn take(&self, scope: &str, allowance: Allowance) -> Result<(), Denied> {
        let now = self.ambient.now().into();
        match allowances::take(&self.db, scope, allowance.burst, allowance.every, now).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(Denied::Later(wait)),
            Err(error) => Err(Denied::Unreachable(Box::new(error))),
        }
    }
}
