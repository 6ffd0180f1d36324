//! Many callers, one commit: whatever is handed in while a transaction is under way shares the next one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{DbError, Result};

/// Whoever has waited longer than this for the commit before, and that one found no database, does not wait for another.
const PATIENCE: Duration = Duration::from_secs(1);

/// What one transaction does with several jobs.
#[async_trait]
pub trait Commit: Send + Sync + 'static {
    /// What is handed in.
    type Job: Send + Sync + 'static;
    /// What became of it.
    type Answer: Send + 'static;

    /// Does them all in one transaction, or none. The answers are in the order of the jobs.
    async fn commit(&self, jobs: &[Self::Job]) -> Result<Vec<Self::Answer>>;
}

/// Where jobs are handed in. Cheap to clone; the last one dropped ends the work.
pub struct GroupCommit<C: Commit> {
    jobs: mpsc::Sender<Handed<C>>,
}

/// A job, when it was handed in, and who waits for it.
struct Handed<C: Commit> {
    job: C::Job,
    since: Instant,
    answer: oneshot::Sender<Result<C::Answer>>,
}

impl<C: Commit> Clone for GroupCommit<C> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

impl<C: Commit> std::fmt::Debug for GroupCommit<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupCommit").finish_non_exhaustive()
    }
}

impl<C: Commit> GroupCommit<C> {
    /// Starts; at most so many jobs share a commit, which bounds its time and the size of its statements.
    pub fn start(commit: C, most: usize) -> Self {
        let (jobs, receiver) = mpsc::channel(most.max(1) * 16);
        tokio::spawn(run(Arc::new(commit), receiver, most.max(1)));
        Self { jobs }
    }

    /// Hands a job in and waits until what became of it is durable.
    pub async fn take(&self, job: C::Job) -> Result<C::Answer> {
        let (answer, answered) = oneshot::channel();
        let closed = || DbError::Unavailable(sqlx::Error::PoolClosed);
        self.jobs.send(Handed { job, since: Instant::now(), answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

async fn run<C: Commit>(commit: Arc<C>, mut receiver: mpsc::Receiver<Handed<C>>, most: usize) {
    let mut handed = Vec::with_capacity(most);
    while !handed.is_empty() || receiver.recv_many(&mut handed, most).await > 0 {
        let (jobs, answers): (Vec<_>, Vec<_>) = handed.drain(..).map(|handed| (handed.job, handed.answer)).unzip();
        match commit.commit(&jobs).await {
            Ok(taken) => answers.into_iter().zip(taken).for_each(|(answer, taken)| drop(answer.send(Ok(taken)))),
            // What is away for one is away for all: nobody waits for the others' time-outs, nor for a second one.
            Err(DbError::Unavailable(_)) => {
                answers.into_iter().for_each(refuse::<C>);
                handed = young(&mut receiver, most);
            }
            // One that cannot be written must not take the others with it.
            Err(_) => one_by_one(&*commit, jobs.iter().zip(answers)).await,
        }
    }
}

/// Each job in a commit of its own, until the database is away.
async fn one_by_one<'j, C: Commit>(
    commit: &C,
    mut jobs: impl Iterator<Item = (&'j C::Job, oneshot::Sender<Result<C::Answer>>)>,
) {
    for (job, answer) in jobs.by_ref() {
        let taken = commit.commit(std::slice::from_ref(job)).await.and_then(first);
        let away = matches!(taken, Err(DbError::Unavailable(_)));
        drop(answer.send(taken));
        if away {
            break;
        }
    }
    jobs.for_each(|(_, answer)| refuse::<C>(answer));
}

fn refuse<C: Commit>(answer: oneshot::Sender<Result<C::Answer>>) {
    drop(answer.send(Err(DbError::Unavailable(sqlx::Error::PoolTimedOut))));
}

/// Refuses those who have waited for long already; answers some of those who have not, who are tried next.
fn young<C: Commit>(receiver: &mut mpsc::Receiver<Handed<C>>, most: usize) -> Vec<Handed<C>> {
    let mut young = Vec::with_capacity(most);
    while young.len() < most
        && let Ok(handed) = receiver.try_recv()
    {
        if handed.since.elapsed() > PATIENCE { refuse::<C>(handed.answer) } else { young.push(handed) }
    }
    young
}

fn first<A>(answers: Vec<A>) -> Result<A> {
    answers.into_iter().next().ok_or(DbError::Unavailable(sqlx::Error::RowNotFound))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that is away, which takes five seconds to find out.
    struct Away;

    #[async_trait]
    impl Commit for Away {
        type Job = ();
        type Answer = ();

        async fn commit(&self, _: &[()]) -> Result<Vec<()>> {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Err(DbError::Unavailable(sqlx::Error::PoolTimedOut))
        }
    }

    /// How long a job waits that is handed in so long after the first.
    async fn waits(jobs: &GroupCommit<Away>, after: Duration) -> Duration {
        tokio::time::sleep(after).await;
        let began = Instant::now();
        let refused = jobs.take(()).await;
        assert!(matches!(refused, Err(DbError::Unavailable(_))), "{refused:?}");
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_two_time_outs() {
        let jobs = GroupCommit::start(Away, 1);
        let second = Duration::from_secs(1);
        let handed_in = [0, 1, 2, 3].map(|after| waits(&jobs, second * after));
        let waited = futures_util::future::join_all(handed_in).await;
        assert_eq!(waited, [5, 4, 3, 2].map(|seconds| second * seconds));
        let late = tokio::join!(waits(&jobs, Duration::ZERO), waits(&jobs, second * 9 / 2));
        assert_eq!(late, (second * 5, second * 11 / 2));
    }
}
