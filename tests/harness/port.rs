//! Ports at which nobody listens.

use tokio::net::TcpSocket;

/// A port of our own at which nobody listens until we do: whoever else looks for a free one is given another.
pub fn shut_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    socket
}
