//! What processes on one PostgreSQL tell each other: that lanes hold something due. On SQLite there is one process.

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use uuid::Uuid;

use super::backend::Backend;
use super::{Db, Result, postgres};

/// The largest payload; PostgreSQL refuses 8 000 bytes.
const LONGEST: usize = 7_500;

/// The channel between the processes.
#[derive(Debug, Clone)]
pub struct Signals {
    pool: PgPool,
    /// Who we are: what comes back to us is known already.
    own: String,
}

/// What another process said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// We said it ourselves.
    Own,
    /// In these lanes, by kind.
    Lanes(Vec<(String, String)>),
    /// In more lanes than can be named.
    Anything,
}

/// Hears what is said.
#[derive(Debug)]
pub struct Listener {
    listener: PgListener,
    own: String,
}

impl Signals {
    /// The channel of a database; none where there is only one process.
    #[expect(
        clippy::disallowed_methods,
        reason = "a name for this process, nothing that must be foreseen or kept secret"
    )]
    pub fn of(db: &Db) -> Option<Self> {
        match &db.0 {
            Backend::Postgres(pool) => Some(Self { pool: pool.clone(), own: Uuid::new_v4().simple().to_string() }),
            Backend::Sqlite { .. } => None,
        }
    }

    /// Says that these lanes hold something due.
    pub async fn send(&self, lanes: &[(&'static str, String)]) -> Result<()> {
        let mut payload = self.own.clone();
        for (kind, lane) in lanes {
            payload.push('\n');
            payload.push_str(kind);
            payload.push('\t');
            payload.push_str(lane);
            if payload.len() > LONGEST {
                payload.truncate(self.own.len());
                break;
            }
        }
        postgres::notify(&self.pool, &payload).await
    }

    /// Begins to listen.
    pub async fn listen(&self) -> Result<Listener> {
        Ok(Listener { listener: postgres::listen(&self.pool).await?, own: self.own.clone() })
    }
}

impl Listener {
    /// Waits for the next thing that is said.
    pub async fn next(&mut self) -> Result<Heard> {
        // `None` is a connection that was lost and found: something may have been missed.
        let Some(notification) = self.listener.try_recv().await? else { return Ok(Heard::Anything) };
        Ok(read(notification.payload(), &self.own))
    }
}

fn read(payload: &str, own: &str) -> Heard {
    let mut lines = payload.lines();
    if lines.next() == Some(own) {
        return Heard::Own;
    }
    let lanes: Vec<_> = lines.filter_map(|line| line.split_once('\t')).collect();
    match lanes.is_empty() {
        true => Heard::Anything,
        false => Heard::Lanes(lanes.into_iter().map(|(kind, lane)| (kind.to_owned(), lane.to_owned())).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        assert_eq!(read("me\nkind\tlane", "me"), Heard::Own);
        assert_eq!(read("you", "me"), Heard::Anything);
        assert_eq!(read("you\nkind\tlane a", "me"), Heard::Lanes(vec![("kind".to_owned(), "lane a".to_owned())]));
    }
}
