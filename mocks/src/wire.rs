//! The listener whose connections can be cut at any byte of an answer.
//!
//! An HTTP server always answers something. To close a connection without an answer, or in the middle of one, the
//! handler sets how many bytes at the end of its answer must not leave, and the connection fails when they are written.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Accepts connections that handlers can cut.
pub(crate) struct Listener(pub(crate) TcpListener);

/// One connection and the number of bytes that it must withhold from the end of what is written next.
pub(crate) struct Connection {
    stream: TcpStream,
    withheld: Arc<AtomicUsize>,
}

/// A handler's means to cut its own connection.
#[derive(Clone)]
pub(crate) struct Scissors(Arc<AtomicUsize>);

impl Scissors {
    /// Withholds the whole answer: the client sees the connection close without a byte.
    pub(crate) fn cut_all(&self) {
        self.cut_tail(usize::MAX);
    }

    /// Withholds the last `bytes` of the answer.
    pub(crate) fn cut_tail(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Release);
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Without it a small answer may wait for the client's acknowledgement.
                    let _ = stream.set_nodelay(true);
                    return (Connection { stream, withheld: Arc::default() }, address);
                }
                Err(error) => {
                    // Out of descriptors, most likely: try again rather than end the server.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self(Arc::clone(&stream.io().withheld))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

// Vectored writes stay off (the default), so that head and body of an answer arrive here as one buffer.
impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let withheld = self.withheld.load(Ordering::Acquire);
        if withheld == 0 {
            return Pin::new(&mut self.stream).poll_write(context, buffer);
        }
        match buffer.len().checked_sub(withheld) {
            // What is left is the part that must not leave; a partial write before comes back here with less.
            None | Some(0) => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Some(allowed) => Pin::new(&mut self.stream).poll_write(context, &buffer[..allowed]),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
