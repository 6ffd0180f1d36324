//! `jisr demo`: a shop's day against the mocks, told in a table; then a shop that a person can buy in.

mod merchants;
mod play;
mod scenes;
mod shop;
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use self::play::Ended;
use self::stage::Stage;
use super::{CommandError, output, serve};

/// Play a shop's day against mocks of every provider, and stay up to be explored.
#[derive(Args)]
pub(super) struct Demo {
    /// The gateway's port; the shop takes the next one, its merchant the one after.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Play the day, print the summary and exit: 0 only if each scene ended as it must.
    #[arg(long)]
    once: bool,
    /// The summary as JSON.
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) async fn run(self) -> Result<ExitCode, CommandError> {
        // The day itself listens where there is room: only the shop that stays needs the port that was asked for.
        let stage = Stage::set(if self.once { 0 } else { self.port }).await?;
        let ended = play::all(&stage).await;
        self.tell(&ended)?;
        let all_well = ended.iter().all(|scene| scene.ok);
        if !self.once {
            stage.open_shop(self.port, self.json).await?;
            serve::stop_asked().await?;
        }
        stage.strike().await;
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn tell(&self, ended: &[Ended]) -> Result<(), CommandError> {
        if self.json {
            let scenes: Vec<_> = ended
                .iter()
                .map(|scene| {
                    let millis = u64::try_from(scene.took.as_millis()).unwrap_or(u64::MAX);
                    json!({"name": scene.name, "expected": scene.expected, "ended": scene.ended, "ok": scene.ok, "ms": millis})
                })
                .collect();
            return output::json(&json!({"scenes": scenes}));
        }
        let mark = |ok| if ok { "✓" } else { "✗" };
        let row = |scene: &Ended| {
            let name = format!("{}\n{}", scene.name.replace('_', " "), scene.title_ar);
            vec![mark(scene.ok).to_owned(), name, scene.expected.to_owned(), scene.ended.clone(), seconds(scene.took)]
        };
        output::table(&["", "scene", "must end as", "ended as", "took"], ended.iter().map(row))?;
        let well = ended.iter().filter(|scene| scene.ok).count();
        output::line(&format!("{well} of {} scenes ended as they must.", ended.len()))
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
