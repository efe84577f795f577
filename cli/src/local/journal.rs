//! The file that lets a queue survive a restart: one JSON line for every change.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::queue::QueuedMessage;

/// A change of a queue.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry<'a> {
    /// A message came in, or was received once more.
    Put(&'a QueuedMessage),
    /// A message was deleted or moved away.
    Remove(&'a str),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredEntry {
    Put(QueuedMessage),
    Remove(String),
}

/// Why the file behind a queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("failed to use the queue file {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line in the middle of the file is not an entry.
    #[error("line {line} of the queue file {} is not an entry; move the file away to start without it", .path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// An open queue file.
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the file at `path`, reads what it holds and leaves it compacted.
    ///
    /// A last line cut short by a crash was never acknowledged and is dropped.
    ///
    /// # Errors
    ///
    /// [`JournalError::File`] when the file cannot be read or written, [`JournalError::Entry`]
    /// when something else wrote into it.
    pub fn open(path: &Path) -> Result<(Vec<QueuedMessage>, Self), JournalError> {
        let io_error = |source| JournalError::File {
            path: path.to_owned(),
            source,
        };
        let messages = match File::open(path) {
            Ok(file) => replay(path, BufReader::new(file))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io_error(error)),
        };
        let compacted = path.with_extension("new");
        let mut file = File::create(&compacted).map_err(io_error)?;
        for message in &messages {
            write_line(&mut file, &Entry::Put(message)).map_err(io_error)?;
        }
        fs::rename(&compacted, path).map_err(io_error)?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(io_error)?;
        let path = path.to_owned();
        Ok((messages, Self { path, file }))
    }

    /// Writes one change.
    ///
    /// # Errors
    ///
    /// [`JournalError::File`] when it cannot be written; the change must not be made then.
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<(), JournalError> {
        write_line(&mut self.file, entry).map_err(|source| JournalError::File {
            path: self.path.clone(),
            source,
        })
    }
}

fn write_line(file: &mut File, entry: &Entry<'_>) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)
}

fn replay(path: &Path, reader: impl BufRead) -> Result<Vec<QueuedMessage>, JournalError> {
    let mut messages: Vec<Option<QueuedMessage>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lines = reader.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let line = line.map_err(|source| JournalError::File {
            path: path.to_owned(),
            source,
        })?;
        match serde_json::from_str(&line) {
            Ok(StoredEntry::Put(message)) => {
                let place = *places
                    .entry(message.message_id.clone())
                    .or_insert(messages.len());
                if place == messages.len() {
                    messages.push(Some(message));
                } else {
                    messages[place] = Some(message);
                }
            }
            Ok(StoredEntry::Remove(id)) => {
                if let Some(place) = places.remove(&id) {
                    messages[place] = None;
                }
            }
            Err(_) if lines.peek().is_none() => {}
            Err(source) => {
                return Err(JournalError::Entry {
                    path: path.to_owned(),
                    line: number + 1,
                    source,
                });
            }
        }
    }
    Ok(messages.into_iter().flatten().collect())
}
