//! Playing the scenes side by side, each with a line of progress.

use std::time::Duration;

use futures_util::future::join_all;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::scenes::{SCENES, Scene, play};
use super::stage::Stage;

/// Longer than any scene takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a scene ended.
pub(super) struct Ended {
    pub(super) name: &'static str,
    pub(super) title_ar: &'static str,
    pub(super) expected: &'static str,
    pub(super) ended: String,
    pub(super) ok: bool,
    pub(super) took: Duration,
}

/// Plays every scene and answers how each ended, in their order.
pub(super) async fn all(stage: &Stage) -> Vec<Ended> {
    let bars = MultiProgress::new();
    let ended = join_all(SCENES.iter().map(|scene| one(stage, scene, bars.add(ProgressBar::new_spinner())))).await;
    drop(bars.clear());
    ended
}

async fn one(stage: &Stage, scene: &'static Scene, bar: ProgressBar) -> Ended {
    let style =
        ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(style);
    bar.set_message(scene.name.replace('_', " "));
    bar.enable_steady_tick(Duration::from_millis(100));
    let started = Instant::now();
    let ended = match tokio::time::timeout(PATIENCE, play(scene.name, stage)).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => format!("broke off: {error}"),
        Err(_) => "did not end".to_owned(),
    };
    let ok = ended == scene.expected;
    bar.finish_with_message(format!("{} {}", if ok { "✓" } else { "✗" }, scene.name.replace('_', " ")));
    Ended { name: scene.name, title_ar: scene.title_ar, expected: scene.expected, ended, ok, took: started.elapsed() }
}
