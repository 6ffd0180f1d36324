//! What operators announce, and the calendar with it, kept for a moment.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use kit::Ambient;
use moka::future::Cache;
use schemas::Text;
use schemas::calendar::{AnnounceDay, CalendarDay, DayKind, DayReason};

use super::occasion;
use super::{Announced, Calendar, Reason};
use crate::db::holidays::{self, Holiday};
use crate::db::{Db, DbError};
use crate::fields::Faults;
use crate::refusal::Refusal;

/// How many days can be asked for at once, counted from the first one.
pub const MOST_DAYS: i32 = 366;

/// How long another process may still promise by what was changed here.
const STALE: Duration = Duration::from_secs(5);

/// How far from the expected day an occasion can be announced. The moon makes it one; what is further is a slip of the hand.
const FARTHEST: i32 = 3;

/// What operators have announced. Cheap to clone.
#[derive(Clone)]
pub struct Announcements {
    db: Db,
    ambient: Ambient,
    kept: Cache<(), Arc<Calendar>>,
}

impl Announcements {
    /// Over the table of holidays.
    pub fn new(db: Db, ambient: Ambient) -> Self {
        Self { db, ambient, kept: Cache::builder().max_capacity(1).time_to_live(STALE).build() }
    }

    /// The calendar as it is now.
    pub async fn calendar(&self) -> Result<Arc<Calendar>, DbError> {
        if let Some(kept) = self.kept.get(&()).await {
            return Ok(kept);
        }
        let announced = holidays::all(&self.db).await?.into_iter().map(|row| {
            let name = row.name.zip(row.name_ar).map(|(en, ar)| Text::new(en, ar));
            Announced { day: row.day, kind: row.kind, name }
        });
        let calendar = Arc::new(Calendar::new(announced));
        self.kept.insert((), Arc::clone(&calendar)).await;
        Ok(calendar)
    }

    /// Passes on what is announced of a day, in the place of an earlier word, and answers the day.
    pub async fn announce(&self, day: Date, order: AnnounceDay) -> Result<CalendarDay, Refusal> {
        check(day, &order)?;
        let AnnounceDay { kind, name, name_ar, announced_by } = order;
        let created_at = self.ambient.now().into();
        holidays::put(&self.db, &Holiday { day, kind, name, name_ar, announced_by, created_at }).await?;
        self.kept.invalidate_all();
        Ok(shown(day, &*self.calendar().await?))
    }

    /// Takes back what was announced of a day.
    pub async fn withdraw(&self, day: Date) -> Result<(), Refusal> {
        let was_there = holidays::delete(&self.db, day).await?;
        self.kept.invalidate_all();
        if was_there { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// What there is to say of the days from one to another.
    pub async fn days(&self, from: Date, to: Date) -> Result<Vec<CalendarDay>, Refusal> {
        if to < from || (to - from).get_days() >= MOST_DAYS {
            let (en, ar) = (
                format!("from `from` on, {MOST_DAYS} days at most"),
                format!("من from فصاعداً، {MOST_DAYS} يوم على الأكثر"),
            );
            return Err(Refusal::field("to", en, ar));
        }
        let calendar = self.calendar().await?;
        let days = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(|day| *day <= to);
        Ok(days.map(|day| shown(day, &calendar)).collect())
    }
}

fn check(day: Date, order: &AnnounceDay) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    text("announced_by", &order.announced_by, 200, &mut faults);
    for (field, name) in [("name", &order.name), ("name_ar", &order.name_ar)] {
        match (order.kind, name) {
            (DayKind::Holiday, name) => text(field, name.as_deref().unwrap_or_default(), 100, &mut faults),
            (_, Some(_)) => faults.add(field, "only a holiday has a name of its own", "الاسم للعطلة (holiday) وحدها"),
            (_, None) => {}
        }
    }
    let expected = occasion::of_kind(order.kind).and_then(|occasion| occasion.nearest(day));
    if let Some((_, expected)) = expected.filter(|(_, expected)| (*expected - day).get_days().abs() > FARTHEST) {
        faults.add(
            "kind",
            format!("it is expected on {expected}, and can be announced within {FARTHEST} days of that"),
            format!("المتوقع {expected}، ولا يُعلن إلا في حدود {FARTHEST} أيام منه"),
        );
    }
    faults.or(Some(()))
}

fn text(field: &str, text: &str, longest: usize, faults: &mut Faults) {
    if text.trim().is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
        faults.add(field, format!("1 to {longest} characters"), format!("من 1 إلى {longest} حرف"));
    }
}

fn shown(date: Date, calendar: &Calendar) -> CalendarDay {
    let day = calendar.day(date);
    let reason = |Reason { basis, name }| DayReason { basis, name: name.en, name_ar: name.ar };
    CalendarDay {
        date: date.to_string(),
        open: day.open,
        reasons: day.reasons.into_iter().map(reason).collect(),
        ramadan: day.ramadan,
    }
}
