//! A refund that certainly never left: the provider's port is closed for new connections.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::scene::{FILTER, NO_BREAKER, REFUND};
use crate::harness::{Gateway, eventually, on_both};

/// Forwards connections; closed, it takes no new ones and keeps those it has.
struct Door {
    address: SocketAddr,
    beyond: Arc<OnceLock<SocketAddr>>,
    keeper: JoinHandle<()>,
}

impl Door {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let beyond = Arc::new(OnceLock::new());
        Self { address, keeper: keep(listener, Arc::clone(&beyond)), beyond }
    }

    async fn close(&mut self) {
        self.keeper.abort();
        eventually("the port is closed", || async { TcpStream::connect(self.address).await.is_err() }).await;
    }

    async fn open_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is free");
        self.keeper = keep(listener, Arc::clone(&self.beyond));
    }
}

fn keep(listener: TcpListener, beyond: Arc<OnceLock<SocketAddr>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            let beyond = *beyond.get().expect("somebody is there");
            tokio::spawn(async move {
                let Ok(mut outer) = TcpStream::connect(beyond).await else { return };
                drop(copy_bidirectional(&mut inner, &mut outer).await);
            });
        }
    })
}

on_both! {
    async fn a_refund_that_finds_no_door_is_pending_and_sent_once_when_there_is_one(backend) {
        let mut door = Door::open().await;
        let base = format!("http://{}/moamalat", door.address);
        let gateway = Gateway::start_with(backend, &[NO_BREAKER, ("MOAMALAT_BASE_URL", &base)]).await;
        door.beyond.set(gateway.mocks.address()).expect("once");
        let payment = gateway.paid_card("ORD-1").await;
        // Questions have their connection already; what acts wants one of its own.
        door.close().await;
        let refund = gateway.refunding(&payment.id, None).await;
        eventually("a call finds no door", || async { gateway.log_rows(REFUND).await.len() >= 2 }).await;
        let rows = gateway.log_rows(REFUND).await;
        assert_eq!((rows[0].status.as_str(), rows[0].delivery.as_str()), ("error", "never"), "{rows:?}");
        assert_eq!(gateway.received(REFUND), 0);
        assert_ne!(gateway.client.get(&format!("/v1/refunds/{refund}")).await.text("status"), "failed");
        door.open_again().await;
        gateway.refund_until(&refund, "succeeded").await;
        assert_eq!((gateway.received(REFUND), gateway.acted(REFUND)), (1, 1));
        assert!(gateway.received(FILTER) > 2);
        gateway.assert_correct();
        gateway.stop().await;
    }
}
