//! A real FTP server with one folder, for carriers that leave files: passive mode, one user, every fault of a transfer.
//!
//! Faults are those of the provider's operations `ftp/list` and `ftp/retr`: `truncate` cuts a transfer half-way (426),
//! `act_then_cut` ends both connections there, `cut_before` ends the control connection at once, `delay` waits, and `status`
//! refuses with 550 (451 where its status is 500 or above).

mod files;
mod session;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinSet};

pub(crate) use files::Files;
pub use files::StatusFile;

use crate::shared::Shared;

/// Who the files are from.
pub(crate) const PROVIDER: &str = crate::vanex::NAME;
/// The folder that they lie in.
pub(crate) const FOLDER: &str = "drops";
pub(crate) const USER: &str = "jisr-mocks-vanex";
pub(crate) const PASSWORD: &str = "jisr-mocks-drops";
pub(crate) const LIST: &str = "ftp/list";
pub(crate) const RETRIEVE: &str = "ftp/retr";
/// How far its port lies above that of the HTTP providers.
const ABOVE: u16 = 21;

/// The port beside that of the HTTP providers.
pub(crate) fn port_beside(http: u16) -> u16 {
    http.checked_add(ABOVE).unwrap_or(http - ABOVE)
}

/// The address of the folder.
pub(crate) fn url(host: &str, port: u16) -> String {
    format!("ftp://{host}:{port}/{FOLDER}")
}

/// Listens beside the HTTP providers; where their port was not chosen and this one is taken, on any free one.
pub(crate) async fn bind(http: SocketAddr, is_chosen: bool) -> io::Result<TcpListener> {
    match TcpListener::bind((http.ip(), port_beside(http.port()))).await {
        Err(_) if !is_chosen => TcpListener::bind((http.ip(), 0)).await,
        result => result,
    }
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, peer)) = listener.accept().await {
        if shared.faults.take_connect(PROVIDER) {
            continue;
        }
        sessions.spawn(session::run(stream, peer, Arc::clone(&shared)));
        while sessions.try_join_next().is_some() {}
    }
}
