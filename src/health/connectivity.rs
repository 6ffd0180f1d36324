//! Whether we are online ourselves: where no provider answers, it is not they who are ill.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Health;

/// So many providers that do not answer, and none that does, say that it is us.
const LEAST_PROVIDERS: usize = 3;
/// What was heard longer ago says nothing of now.
const RECENT: Duration = Duration::from_secs(30);
/// How long a host of the settings has to be connected to.
const CONNECT: Duration = Duration::from_secs(2);

/// What a provider said of late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heard {
    answered: bool,
    silent: bool,
}

impl Health {
    /// Whether we have reason to believe that we are offline.
    pub(super) async fn is_offline(&self) -> bool {
        let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
        for watched in self.watching.all() {
            let (answered, silent) = watched.heard();
            let of_provider = heard.entry(watched.provider.clone()).or_default();
            of_provider.answered |= answered.is_some_and(|ago| ago < RECENT);
            of_provider.silent |= silent.is_some_and(|ago| ago < RECENT);
        }
        // As long as anybody answers, nobody else is asked.
        if heard.values().any(|heard| heard.answered) {
            return false;
        }
        let heard: Vec<Heard> = heard.into_values().collect();
        match self.settings.online.is_empty() {
            true => looks_offline(&heard),
            false => heard.iter().any(|heard| heard.silent) && !self.reaches_any().await,
        }
    }

    async fn reaches_any(&self) -> bool {
        let tries = self.settings.online.iter().map(|host| timeout(CONNECT, TcpStream::connect(host)));
        futures_util::future::join_all(tries).await.into_iter().any(|reached| matches!(reached, Ok(Ok(_))))
    }
}

/// Several are silent, and nobody answers.
fn looks_offline(heard: &[Heard]) -> bool {
    let silent = heard.iter().filter(|heard| heard.silent).count();
    silent >= LEAST_PROVIDERS && !heard.iter().any(|heard| heard.answered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_several_that_are_silent_while_nobody_answers_say_that_it_is_us() {
        let silent = Heard { answered: false, silent: true };
        let answers = Heard { answered: true, silent: false };
        assert!(looks_offline(&[silent, silent, silent, Heard::default()]));
        assert!(!looks_offline(&[silent, silent]), "two may well be ill at once");
        assert!(!looks_offline(&[silent, silent, silent, answers]));
        assert!(!looks_offline(&[]));
    }
}
