//! Carriers behind one port.
