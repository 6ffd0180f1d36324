//! Parcels, through whole gateways against the strict mocks of the carriers over real sockets.

mod feeds;
