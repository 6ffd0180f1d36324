//! A stream of what happens to parcels, which is opened, read frame by frame and resumed after a disconnect.

use kit::{Call, Error};

use crate::port::Told;

/// For carriers that push.
pub trait Push: Send + Sync {
    /// 23. Describes the opening of the stream, after the last cursor that was taken in; `Read`, over a WebSocket.
    fn describe_opening(&self, after: Option<&str>) -> Result<Call, Error>;

    /// 24. Reads a frame. What cannot be read is kept as it came; a frame that is none of ours is nothing.
    fn read_frame(&self, frame: &[u8]) -> Pushed;
}

/// What a frame says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Where the stream stands once the frame is taken in; cursors of one stream count up, as numbers in digits do.
    pub cursor: Option<String>,
    /// What it tells.
    pub told: Told,
}
