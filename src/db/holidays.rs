//! The table `holidays`: what operators have announced of days.

use jiff::civil::Date;
use schemas::calendar::DayKind;

use super::backend::{read, write};
use super::{Db, DbError, Result, Time};

/// What has been announced of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// In Africa/Tripoli.
    pub day: Date,
    /// What.
    pub kind: DayKind,
    /// What a holiday is called, in English.
    pub name: Option<String>,
    /// The same in Arabic.
    pub name_ar: Option<String>,
    /// Whose word it is.
    pub announced_by: String,
    /// When it was passed on.
    pub created_at: Time,
}

#[derive(sqlx::FromRow)]
struct Row {
    day: String,
    #[sqlx(try_from = "String")]
    kind: DayKind,
    name: Option<String>,
    name_ar: Option<String>,
    announced_by: String,
    created_at: Time,
}

impl TryFrom<Row> for Holiday {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self> {
        let Row { day, kind, name, name_ar, announced_by, created_at } = row;
        let day = day.parse().map_err(|error| DbError::Failed(sqlx::Error::Decode(Box::<jiff::Error>::new(error))))?;
        Ok(Self { day, kind, name, name_ar, announced_by, created_at })
    }
}

/// Keeps what is announced of a day, in the place of what was announced of it before.
pub async fn put(db: &Db, holiday: &Holiday) -> Result<()> {
    const SQL: &str = "INSERT INTO holidays (day, kind, name, name_ar, announced_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name, name_ar = excluded.name_ar,
            announced_by = excluded.announced_by, created_at = excluded.created_at";
    write!(db, |pool| sqlx::query(SQL)
        .bind(holiday.day.to_string())
        .bind(holiday.kind.as_str())
        .bind(&holiday.name)
        .bind(&holiday.name_ar)
        .bind(&holiday.announced_by)
        .bind(holiday.created_at)
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}

/// Forgets what was announced of a day; whether there was anything.
pub async fn delete(db: &Db, day: Date) -> Result<bool> {
    const SQL: &str = "DELETE FROM holidays WHERE day = $1";
    let deleted =
        write!(db, |pool| sqlx::query(SQL).bind(day.to_string()).execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// Everything that is announced, oldest word first: some tens of rows a year.
pub async fn all(db: &Db) -> Result<Vec<Holiday>> {
    const SQL: &str =
        "SELECT day, kind, name, name_ar, announced_by, created_at FROM holidays ORDER BY created_at, day";
    let rows: Vec<Row> = read!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?;
    rows.into_iter().map(Holiday::try_from).collect()
}
