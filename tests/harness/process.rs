//! A gateway in a process of its own, which a test may kill.

use std::process::Stdio;

use tokio::process::{Child, Command};

use super::{Client, Gateway, eventually};

/// A process of its own that answers requests and does no work, on the same database.
pub async fn api_process(gateway: &Gateway) -> (Child, Client) {
    process(gateway, "api", &[]).await
}

/// A process of its own with these roles, on the same database, and with settings of its own.
pub async fn process(gateway: &Gateway, roles: &str, own: &[(&str, &str)]) -> (Child, Client) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let settings = gateway.settings().iter().filter(|(name, _)| name != "JISR_PORT");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.args(["serve", "--roles", roles]).env_clear().envs(settings.cloned()).envs(own.iter().copied());
    command.env("JISR_PORT", port.to_string()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().expect("the binary runs");
    let client = gateway.client.clone().at(([127, 0, 0, 1], port).into());
    eventually("the process answers", || async {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() && client.get("/ready").await.status == 200
    })
    .await;
    (child, client)
}

/// Asks a process to leave, and waits until it has.
pub async fn leave(mut child: Child) -> std::process::ExitStatus {
    let id = child.id().expect("it runs").to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(asked.is_ok_and(|status| status.success()), "the signal is sent");
    let left = tokio::time::timeout(std::time::Duration::from_secs(20), child.wait()).await;
    left.expect("it leaves in time").expect("it can be waited for")
}
