//! Every wire together: what is sent goes over HTTP, what is opened over a WebSocket.

use async_trait::async_trait;

use super::{HttpWire, Opened, SocketWire, Wire, WireError, WireSetupError};
use crate::guard::AllowList;
use crate::{Call, Reply};

/// All that a transport needs.
pub struct Wires {
    /// HTTP.
    pub http: HttpWire,
    /// WebSockets.
    pub socket: SocketWire,
}

impl Wires {
    /// Wires whose guarded calls may also reach the networks of the list.
    pub fn new(allow: AllowList) -> Result<Self, WireSetupError> {
        Ok(Self { http: HttpWire::new(allow.clone())?, socket: SocketWire::new(allow)? })
    }
}

#[async_trait]
impl Wire for Wires {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        self.http.carry(call).await
    }

    async fn open(&self, call: &Call) -> Result<Opened, WireError> {
        self.socket.open(call).await
    }
}
