//! Whether we are online ourselves: where no provider answers, it is not they who are ill.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Health;
use super::watching::Watched;

/// So many providers that do not answer, and none that does, say that it is us.
const LEAST_PROVIDERS: usize = 3;
/// What was heard so long ago says something of now.
const FRESH: Duration = Duration::from_secs(3);
/// Providers that are asked before it is believed.
const ASKED: usize = 5;
/// How long a host of the settings has to be connected to.
const CONNECT: Duration = Duration::from_secs(2);

/// What a provider said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// An answer, a moment ago.
    Answered,
    /// An answer, some time ago.
    AnsweredOnce,
    /// Nothing.
    Silent,
}

impl Health {
    /// Whether we have reason to believe that we are offline. Before that is believed, others are asked.
    pub(super) async fn is_offline(&self) -> bool {
        let heard = self.heard();
        // As long as anybody answers, nobody else is asked; one that is silent is one that is ill.
        if count(&heard, Last::Silent) < 2 || heard.values().any(|(last, _)| *last == Last::Answered) {
            return false;
        }
        if !self.settings.online.is_empty() {
            return !self.reaches_any().await;
        }
        let others = heard.into_values().filter(|(last, _)| *last == Last::AnsweredOnce).take(ASKED);
        futures_util::future::join_all(others.map(|(_, watched)| async move { self.probe(&watched).await })).await;
        looks_offline(&self.heard().into_values().map(|(last, _)| last).collect::<Vec<_>>())
    }

    /// What each provider said last, of those that have said anything.
    fn heard(&self) -> BTreeMap<String, (Last, Arc<Watched>)> {
        let mut heard = BTreeMap::new();
        for watched in self.watching.all() {
            let last = match watched.heard() {
                (None, None) => continue,
                (Some(answered), silent) if silent.is_none_or(|silent| answered < silent) => {
                    if answered < FRESH {
                        Last::Answered
                    } else {
                        Last::AnsweredOnce
                    }
                }
                _ => Last::Silent,
            };
            let best = heard.get(&watched.provider).is_none_or(|(known, _)| rank(last) > rank(*known));
            if best {
                heard.insert(watched.provider.clone(), (last, watched));
            }
        }
        heard
    }

    async fn reaches_any(&self) -> bool {
        let tries = self.settings.online.iter().map(|host| timeout(CONNECT, TcpStream::connect(host)));
        futures_util::future::join_all(tries).await.into_iter().any(|reached| matches!(reached, Ok(Ok(_))))
    }
}

fn rank(last: Last) -> u8 {
    match last {
        Last::Silent => 0,
        Last::AnsweredOnce => 1,
        Last::Answered => 2,
    }
}

fn count(heard: &BTreeMap<String, (Last, Arc<Watched>)>, wanted: Last) -> usize {
    heard.values().filter(|(last, _)| *last == wanted).count()
}

/// Several are silent, and nobody answers.
fn looks_offline(heard: &[Last]) -> bool {
    let silent = heard.iter().filter(|last| **last == Last::Silent).count();
    silent >= LEAST_PROVIDERS && !heard.contains(&Last::Answered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_several_that_are_silent_while_nobody_answers_say_that_it_is_us() {
        use Last::{Answered, AnsweredOnce, Silent};
        assert!(looks_offline(&[Silent, Silent, Silent, AnsweredOnce]));
        assert!(!looks_offline(&[Silent, Silent, AnsweredOnce]), "two may well be ill at once");
        assert!(!looks_offline(&[Silent, Silent, Silent, Answered]));
        assert!(!looks_offline(&[]));
    }
}
