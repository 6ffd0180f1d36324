//! Many callers, one commit: whatever is handed in while a transaction is under way shares the next one.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::{DbError, Result};

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

type Handed<C> = (<C as Commit>::Job, oneshot::Sender<Result<<C as Commit>::Answer>>);

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
        self.jobs.send((job, answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

async fn run<C: Commit>(commit: Arc<C>, mut receiver: mpsc::Receiver<Handed<C>>, most: usize) {
    let mut handed = Vec::with_capacity(most);
    while receiver.recv_many(&mut handed, most).await > 0 {
        let (jobs, answers): (Vec<_>, Vec<_>) = handed.drain(..).unzip();
        match commit.commit(&jobs).await {
            Ok(taken) => answers.into_iter().zip(taken).for_each(|(answer, taken)| drop(answer.send(Ok(taken)))),
            // What is away for one is away for all: nobody waits for the others' time-outs.
            Err(DbError::Unavailable(_)) => {
                for answer in answers {
                    drop(answer.send(Err(DbError::Unavailable(sqlx::Error::PoolTimedOut))));
                }
            }
            // One that cannot be written must not take the others with it.
            Err(_) => {
                for (job, answer) in jobs.iter().zip(answers) {
                    let taken = commit.commit(std::slice::from_ref(job)).await;
                    drop(answer.send(taken.and_then(first)));
                }
            }
        }
    }
}

fn first<A>(answers: Vec<A>) -> Result<A> {
    answers.into_iter().next().ok_or(DbError::Unavailable(sqlx::Error::RowNotFound))
}
