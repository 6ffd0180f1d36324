//! Webhooks as they come over the wire: proved, forged, late; the same as what is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::{Ambient, CallbackError, RawCallback};
use mocks::{Fault, FaultKind};
use shipping_adapters::{Booked, Order};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{Stage, account, standing, tracked};

type Received = Arc<Mutex<Vec<RawCallback>>>;

/// A gateway's door: its address, and what comes.
async fn door() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let url = format!("http://{}/v1/callbacks/amyal/acc_1", listener.local_addr().expect("an address"));
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let raw = read(&mut stream).await;
            kept.lock().expect("no panic").push(raw);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
        }
    });
    (url, received)
}

async fn read(stream: &mut TcpStream) -> RawCallback {
    let mut raw = Vec::new();
    loop {
        stream.read_buf(&mut raw).await.expect("a request");
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut headers = http::HeaderMap::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            let name: http::HeaderName = name.parse().expect("a name");
            headers.insert(name, value.parse().expect("a value"));
        }
        let length = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        if length == Some(body.len()) {
            return RawCallback { headers, query: String::new(), body: body.to_owned().into() };
        }
    }
}

async fn wait_for(received: &Received, count: usize) -> Vec<RawCallback> {
    for _ in 0..500 {
        if received.lock().expect("no panic").len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let received = received.lock().expect("no panic").clone();
    assert_eq!(received.len(), count);
    received
}

/// A booked parcel whose webhooks come here; that of its booking has come.
async fn booked() -> (Stage, Order, Received) {
    let stage = Stage::set("amyal").await;
    let (callback_url, received) = door().await;
    let order = Order { callback_url, ..stage.order("jisr-0190a3f2-s1").await };
    assert!(matches!(stage.book(&order).await, Ok(Booked::Done(_))));
    wait_for(&received, 1).await;
    (stage, order, received)
}

#[tokio::test]
async fn they_prove_what_they_say_and_say_what_is_there() {
    let (stage, order, received) = booked().await;
    stage.happens(&order.reference, "picked_up");
    let mut entries = Vec::new();
    for raw in wait_for(&received, 2).await {
        let told = stage.carrier.read_callback(&raw).expect("it is genuine");
        assert!(told.malformed.is_empty());
        for entry in told.entries {
            assert_eq!(entry.reference.as_ref(), Some(&order.reference));
            entries.push(entry.entry.expect("what happened"));
        }
    }
    let found = stage.carrier.find(&stage.wanted(&order)).await.expect("records");
    let shipping_adapters::Found::Bookings(bookings) = found else { panic!("it is booked") };
    let trails = stage.carrier.track(&[tracked(&bookings[0], &order)]).await.expect("a trail");
    assert_eq!(trails[0].entries, entries, "an event is the same by whatever way it is told");
}

#[tokio::test]
async fn forgeries_are_refused() {
    let (stage, order, received) = booked().await;
    stage.mocks.fault(Fault::new("amyal", FaultKind::ForgedCallback));
    stage.happens(&order.reference, "picked_up");
    let received = wait_for(&received, 4).await;
    for forged in &received[1..] {
        assert_eq!(stage.carrier.read_callback(forged), Err(CallbackError::Forged));
    }
    // Nor does the secret of another account prove anything.
    let secret = [("api_secret", "another")];
    let other = account(&stage.mocks, "amyal", Arc::clone(&stage.transport), Ambient::system(), &secret);
    assert_eq!(other.read_callback(&received[0]), Err(CallbackError::Forged));
    assert!(stage.carrier.read_callback(&received[0]).is_ok());
}

#[tokio::test]
async fn one_that_is_told_again_much_later_is_refused() {
    let (stage, _, received) = booked().await;
    let raw = wait_for(&received, 1).await.remove(0);
    let now: Timestamp = Ambient::system().now();
    for (seconds, believed) in [(280, true), (-280, true), (330, false), (-330, false)] {
        let world = standing(now + SignedDuration::from_secs(seconds));
        let carrier = account(&stage.mocks, "amyal", Arc::clone(&stage.transport), world, &[]);
        let read = carrier.read_callback(&raw).map(|told| told.entries.len());
        assert_eq!(read, if believed { Ok(1) } else { Err(CallbackError::Forged) }, "{seconds}");
    }
}
