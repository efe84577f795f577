//! `tidings topics`: what people can subscribe to.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use notifications::Topic;
use serde_json::Value;
use startup::Environment;

use crate::deployment::Deployment;
use crate::stack_variables::Where;
use crate::text::words::listed;

/// What can be done with topics.
#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Define the topic in FILE, or each topic of an array in it
    Put {
        /// A JSON file: see `Topic` in the contract
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// List the topics that are defined
    List {
        #[command(flatten)]
        place: Where,
    },
}

pub(crate) async fn run(
    command: TopicsCommand,
    environment: Environment,
) -> anyhow::Result<ExitCode> {
    // The file is read first: a mistake in it needs no account to be found.
    let (topics, place) = match &command {
        TopicsCommand::Put { file, place } => (read(file)?, place),
        TopicsCommand::List { place } => (Vec::new(), place),
    };
    let environment = place.environment(environment)?;
    let Deployment { tenant, store, .. } = Deployment::from_environment(environment)?;
    let mut out = io::stdout();
    for topic in &topics {
        store.topics().put(&tenant, topic).await?;
        writeln!(out, "defined {}", topic.name)?;
    }
    if matches!(command, TopicsCommand::List { .. }) {
        let defined = store.topics().list(&tenant).await?;
        if defined.is_empty() {
            // Not on the standard output: that holds topics alone.
            writeln!(
                io::stderr(),
                "No topic is defined; each has the defaults. Define some: tidings topics put FILE"
            )?;
        }
        for topic in defined {
            writeln!(out, "{}", serde_json::to_string(&topic)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<Vec<Topic>> {
    let name = file.display();
    let text = std::fs::read(file).with_context(|| format!("failed to read {name}"))?;
    let json: Value =
        serde_json::from_slice(&text).with_context(|| format!("{name} is not JSON"))?;
    let definitions = match json {
        Value::Array(definitions) => definitions,
        one => vec![one],
    };
    if definitions.is_empty() {
        return Err(anyhow!("{name} holds no topic"));
    }
    definitions
        .iter()
        .enumerate()
        .map(|(index, definition)| {
            Topic::from_value(definition).map_err(|errors| {
                anyhow!(
                    "topic {} of {name} breaks the contract, nothing was defined:{}",
                    index + 1,
                    listed(errors.problems())
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn every_mistake_of_a_definition_is_named_before_anything_is_defined() {
        let file = written(
            r#"[{"name": "deploys"}, {"name": "two words", "policy": "maybe", "colour": 1}]"#,
        );
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.contains("topic 2 of"), "{error}");
        for field in ["name", "policy", "colour"] {
            assert!(error.contains(field), "{error}");
        }
    }

    #[test]
    fn a_file_holds_one_topic_or_several() {
        assert_eq!(
            read(written(r#"{"name": "deploys"}"#).path())
                .unwrap()
                .len(),
            1
        );
        let two = written(r#"[{"name": "deploys"}, {"name": "alarms"}]"#);
        assert_eq!(read(two.path()).unwrap().len(), 2);
        assert!(read(written("[]").path()).is_err());
    }
}
