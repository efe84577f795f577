//! Behaviour of the crate as its users see it.

mod lossless;
mod service_url;
mod views;
