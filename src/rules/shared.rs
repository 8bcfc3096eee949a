//! What the rules of several families share.

pub(super) mod gate;
pub(super) mod managed;
pub(super) mod unused;
pub(super) mod version;
