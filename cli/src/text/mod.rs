//! What the commands write on a terminal or into a file. Pure: values in, text out.

pub mod csv;
pub mod style;
pub mod table;
pub mod words;
