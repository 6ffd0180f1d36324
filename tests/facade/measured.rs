//! What is measured, as it is scraped: by a key of the facade, and without one at the second listener.

use jisr::telemetry::measures::MEASURES;

use crate::harness::{Client, Gateway, on_both};

on_both! {
    async fn both_listeners_show_the_same_of_work_and_calls(backend) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        let gateway = Gateway::start_with(backend, &[("JISR_ADMIN_PORT", &free.port().to_string())]).await;
        gateway.paid_card("ORD").await;
        for client in [gateway.client.clone(), Client::new(free)] {
            let answer = client.get("/metrics").await;
            assert_eq!(answer.status, 200, "{answer:?}");
            for begins in [
                r#"jisr_http_request_seconds_bucket{method="POST",path="/v1/payments",status="201",le="#,
                r#"jisr_provider_call_seconds_count{provider="moamalat",operation="FilterTransactions",outcome="success"}"#,
                r#"jisr_callbacks_total{provider="moamalat",outcome="taken"}"#,
                r#"jisr_tasks{kind="house.keep"}"#,
                r#"jisr_tasks_oldest_due_seconds{kind="house.keep"}"#,
                "jisr_database_up 1",
                "jisr_log_rows_dropped 0",
            ] {
                assert!(answer.raw.lines().any(|line| line.starts_with(begins)), "no {begins} in {}", answer.raw);
            }
            let measured = answer.raw.lines().filter_map(|line| line.strip_prefix("# HELP jisr_"));
            let unknown: Vec<_> = measured
                .filter_map(|line| line.split_once(' '))
                .filter(|(name, says)| !MEASURES.iter().any(|one| one.name.ends_with(name) && one.says == *says))
                .collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_measured_too() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let gateway =
        Gateway::start_with(crate::harness::Backend::Sqlite, &[("JISR_ADMIN_PORT", &free.port().to_string())]).await;
    gateway.facade.db.close().await;
    let answer = Client::new(free).get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.raw.lines().any(|line| line == "jisr_database_up 0"), "{}", answer.raw);
}
