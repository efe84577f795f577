//! A source that is watched, and for whom.

use std::fmt;
use std::str::FromStr;

use notifications::contract::Problem;
use notifications::{Audience, ContractErrors, TopicName, WebLink};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use url::{Host, ParseError, Url};

use crate::hash;
use crate::period::Period;
use crate::pick::{NotAPick, Pick};

/// The longest address, in bytes.
const LONGEST: usize = 2_048;

/// Names a watch: twelve hexadecimal digits, the same for the same source, part of it, topic and audience.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(String);

const DIGITS: usize = 12;

/// The text is no watch's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a watch's id of 12 hexadecimal digits")]
pub struct NotAWatchId;

impl WatchId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WatchId {
    type Err = NotAWatchId;

    fn from_str(text: &str) -> Result<Self, NotAWatchId> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == DIGITS && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAWatchId)
        }
    }
}

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An Atom or RSS feed.
    Atom,
    /// A JSON document, or a part of it.
    Json,
    /// The incidents of a Statuspage, `…/api/v2/incidents.json`, or what it plans, `…/api/v2/scheduled-maintenances.json`.
    Statuspage,
    /// The releases of a repository on GitHub: `releases.atom`, or the list of the API.
    GitHub,
}

impl Kind {
    const ALL: [(&str, Self); 4] = [
        ("atom", Self::Atom),
        ("json", Self::Json),
        ("statuspage", Self::Statuspage),
        ("github", Self::GitHub),
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Json => "json",
            Self::Statuspage => "statuspage",
            Self::GitHub => "github",
        }
    }

    /// What an address looks like, when nobody said.
    fn of(url: &Url) -> Self {
        let path = url.path();
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (url.host_str(), &*segments) {
            (Some("github.com"), [_, _] | [_, _, "releases" | "releases.atom"]) => Self::GitHub,
            (Some("api.github.com"), [.., "releases"]) => Self::GitHub,
            (_, [.., "api", "v2", of_a_page]) if of_a_page.ends_with(".json") => match *of_a_page {
                "incidents.json"
                | "scheduled-maintenances.json"
                | "summary.json"
                | "status.json" => Self::Statuspage,
                _ => Self::Json,
            },
            (_, [.., "api", "v2", "incidents", "unresolved.json"]) => Self::Statuspage,
            _ if path.ends_with(".json") => Self::Json,
            _ => Self::Atom,
        }
    }

    /// The address that is fetched for the one that people know.
    fn fetched(self, mut url: Url) -> Url {
        let segments = url.path().trim_matches('/').split('/');
        let segments: Vec<String> = segments.map(str::to_owned).collect();
        match (self, url.host_str(), &*segments) {
            (Self::Statuspage, _, [only]) if only.is_empty() => {
                url.set_path("/api/v2/incidents.json");
            }
            // What is over is missing in these, so that nobody would be told of the end.
            (Self::Statuspage, _, [above @ .., last])
                if matches!(&**last, "summary.json" | "status.json" | "unresolved.json") =>
            {
                let above = above
                    .strip_suffix(&["incidents".to_owned()])
                    .unwrap_or(above);
                let path = format!("/{}/incidents.json", above.join("/"));
                url.set_path(&path);
            }
            (Self::GitHub, Some("github.com"), [owner, repository, rest @ ..])
                if rest.is_empty() || rest == ["releases"] =>
            {
                let path = format!("/{owner}/{repository}/releases.atom");
                url.set_path(&path);
            }
            _ => {}
        }
        url.set_fragment(None);
        url
    }
}

/// A source that is watched, how often, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    /// The address that is fetched.
    #[serde(serialize_with = "as_text")]
    pub url: Url,
    /// What is there.
    pub kind: Kind,
    /// Which part of a JSON document is watched.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub pick: Option<Pick>,
    /// What recipients subscribe to and mute.
    pub topic: TopicName,
    /// Who; absent, the topic's subscribers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Audience>,
    /// How often.
    pub every: Period,
    /// What people call the source; absent, what it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

const FIELDS: [&str; 8] = [
    "url", "kind", "pointer", "query", "topic", "to", "every", "name",
];
const NAME_MOST: usize = 100;

impl Watch {
    /// Reads a definition: `{"url": …, "topic": …, "every": "5m"}`, and perhaps `kind`, `pointer` or `query`, `to`, `name`.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`] names every field that is wrong and what was expected.
    pub fn from_value(json: &Value) -> Result<Self, ContractErrors> {
        let Some(fields) = json.as_object() else {
            return Err(ContractErrors::one(
                "$",
                "something else",
                "an object: a watch",
            ));
        };
        let mut problems = Vec::new();
        for name in fields
            .keys()
            .filter(|name| !FIELDS.contains(&name.as_str()))
        {
            let name = name.chars().take(40).collect::<String>();
            problem(
                &mut problems,
                &name,
                "an unknown field",
                &format!("one of {}", FIELDS.join(", ")),
            );
        }
        let mut reader = Reader { fields, problems };
        let url = reader.url();
        let kind = reader.kind();
        let pick = reader.pick();
        let topic = reader.parsed("topic", "a topic name", |text| text.parse().ok());
        let every = reader.parsed("every", "a period from 1m to 1d, such as 5m", |text| {
            text.parse().ok()
        });
        let to = reader.to();
        let name = reader.name();
        let kind = match (kind, &pick, &url) {
            (Some(kind), ..) => Some(kind),
            (None, Some(_), _) => Some(Kind::Json),
            (None, None, Some(url)) => Some(Kind::of(url)),
            (None, None, None) => None,
        };
        if pick.is_some() && kind != Some(Kind::Json) {
            let path = if fields.contains_key("query") {
                "query"
            } else {
                "pointer"
            };
            let found = "a part of a document that is not of the kind json";
            problem(&mut reader.problems, path, found, "none, or the kind json");
        }
        if let Some(errors) = ContractErrors::new(reader.problems) {
            return Err(errors);
        }
        let complete = || ContractErrors::one("$", "too little", "url, topic and every");
        let kind = kind.ok_or_else(complete)?;
        Ok(Self {
            url: kind.fetched(url.ok_or_else(complete)?),
            kind,
            pick,
            topic: topic.ok_or_else(complete)?,
            to,
            every: every.ok_or_else(complete)?,
            name,
        })
    }

    /// Its id. How often it looks, and its name, are no part of that.
    #[must_use]
    pub fn id(&self) -> WatchId {
        let to = self
            .to
            .as_ref()
            .and_then(|to| serde_json::to_string(to).ok());
        let parts = [
            self.url.as_str(),
            self.kind.as_str(),
            match &self.pick {
                Some(Pick::Pointer(_)) => "pointer",
                Some(Pick::Query(_)) => "query",
                None => "",
            },
            self.pick.as_ref().map_or("", Pick::as_str),
            self.topic.as_str(),
            to.as_deref().unwrap_or_default(),
        ];
        WatchId(hash::hex(&hash::of(&parts), DIGITS))
    }

    /// What people call the source: its name, else its host.
    #[must_use]
    pub fn called(&self) -> &str {
        let host = || self.url.host_str().unwrap_or_default();
        self.name.as_deref().unwrap_or_else(host)
    }
}

fn as_text<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_str())
}

fn problem(problems: &mut Vec<Problem>, path: &str, found: &str, expected: &str) {
    problems.push(Problem {
        path: path.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    });
}

struct Reader<'a> {
    fields: &'a Map<String, Value>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &str, found: &str, expected: &str) {
        problem(&mut self.problems, path, found, expected);
    }

    /// The text of a field; a problem when there is another value.
    fn text(&mut self, name: &str, expected: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.problem(name, "a value that is no text", expected);
                None
            }
        }
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.fields.contains_key(name) {
            self.problem(name, "nothing", expected);
        }
        let text = self.text(name, expected)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.problem(name, "another text", expected);
        }
        parsed
    }

    fn url(&mut self) -> Option<Url> {
        const EXPECTED: &str = "an absolute http or https address of at most 2048 bytes";
        if !self.fields.contains_key("url") {
            self.problem("url", "nothing", EXPECTED);
        }
        let text = self.text("url", EXPECTED)?;
        let read = match Url::parse(&text) {
            // The contract knows such a host in ASCII.
            Err(ParseError::IdnaError) => {
                let link = WebLink::parse(&text).map_err(|_| ParseError::IdnaError);
                link.and_then(|link| Url::parse(link.as_str()))
            }
            read => read,
        };
        let found = match read {
            _ if text.len() > LONGEST => "a longer one",
            Err(ParseError::IdnaError) => "a host that is not in ASCII",
            Err(_) => "no absolute address",
            Ok(url) if !matches!(url.scheme(), "http" | "https") => "another scheme",
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "an address with a user name or password"
            }
            Ok(url) if matches!(url.host(), None | Some(Host::Domain(""))) => "no host",
            Ok(url) => return Some(url),
        };
        self.problem("url", found, EXPECTED);
        None
    }

    fn kind(&mut self) -> Option<Kind> {
        const EXPECTED: &str = "one of atom, json, statuspage, github";
        let text = self.text("kind", EXPECTED)?;
        let found = Kind::ALL.into_iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.problem("kind", "another word", EXPECTED);
        }
        found.map(|(_, kind)| kind)
    }

    fn pick(&mut self) -> Option<Pick> {
        const POINTER: &str = "a JSON pointer, such as /data/0/state";
        const QUERY: &str = "a JMESPath expression";
        let pointer = self.text("pointer", POINTER);
        let query = self.text("query", QUERY);
        let (path, expected, read): (_, _, Result<Pick, NotAPick>) = match (pointer, query) {
            (Some(_), Some(_)) => {
                self.problem("query", "a pointer and an expression", "one of them");
                return None;
            }
            (Some(pointer), None) => ("pointer", POINTER, Pick::pointer(&pointer)),
            (None, Some(query)) => ("query", QUERY, Pick::query(&query)),
            (None, None) => return None,
        };
        match read {
            Ok(pick) => Some(pick),
            Err(why) => {
                self.problem(path, &format!("a text that is {why}"), expected);
                None
            }
        }
    }

    fn to(&mut self) -> Option<Audience> {
        const EXPECTED: &str = "a list of addresses, at least one without a leading -";
        let list = self.fields.get("to")?;
        let mut audience = Audience::default();
        let texts = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let all = texts.iter().all(|text| {
            let text = text.as_str();
            text.is_some_and(|text| audience.add(text).is_ok())
        });
        if all && !audience.include.is_empty() && texts.len() <= 100 {
            return Some(audience);
        }
        self.problem("to", "something else", EXPECTED);
        None
    }

    fn name(&mut self) -> Option<String> {
        const EXPECTED: &str = "a text in one line of 1 to 100 characters";
        let text = self.text("name", EXPECTED)?;
        let line = crate::text::line(&text, NAME_MOST + 1);
        if line == text && !line.is_empty() && line.chars().count() <= NAME_MOST {
            return Some(line);
        }
        self.problem("name", "another text", EXPECTED);
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn watch(json: Value) -> Watch {
        Watch::from_value(&json).unwrap()
    }

    fn of(url: &str) -> Watch {
        watch(json!({ "url": url, "topic": "news", "every": "5m" }))
    }

    #[test]
    fn what_is_at_an_address_is_seen_from_it() {
        for (url, kind, fetched) in [
            (
                "https://blog.example/feed#top",
                Kind::Atom,
                "https://blog.example/feed",
            ),
            (
                "https://api.example/state.json",
                Kind::Json,
                "https://api.example/state.json",
            ),
            (
                "HTTPS://BÜCHER.example:443/Feed",
                Kind::Atom,
                "https://xn--bcher-kva.example/Feed",
            ),
            (
                "https://github.com/rust-lang/rust",
                Kind::GitHub,
                "https://github.com/rust-lang/rust/releases.atom",
            ),
            (
                "https://github.com/rust-lang/rust/releases",
                Kind::GitHub,
                "https://github.com/rust-lang/rust/releases.atom",
            ),
            (
                "https://api.github.com/repos/rust-lang/rust/releases",
                Kind::GitHub,
                "https://api.github.com/repos/rust-lang/rust/releases",
            ),
            (
                "https://status.example/api/v2/incidents.json",
                Kind::Statuspage,
                "https://status.example/api/v2/incidents.json",
            ),
            (
                "https://status.example/api/v2/summary.json",
                Kind::Statuspage,
                "https://status.example/api/v2/incidents.json",
            ),
            (
                "https://status.example/api/v2/incidents/unresolved.json",
                Kind::Statuspage,
                "https://status.example/api/v2/incidents.json",
            ),
            (
                "https://status.example/api/v2/scheduled-maintenances.json",
                Kind::Statuspage,
                "https://status.example/api/v2/scheduled-maintenances.json",
            ),
            (
                "https://status.example/api/v2/components.json",
                Kind::Json,
                "https://status.example/api/v2/components.json",
            ),
            (
                "https://status.example/history.atom",
                Kind::Atom,
                "https://status.example/history.atom",
            ),
            (
                "https://github.com/rust-lang/rust/commits/main.atom",
                Kind::Atom,
                "https://github.com/rust-lang/rust/commits/main.atom",
            ),
        ] {
            let watch = of(url);
            assert_eq!((watch.kind, watch.url.as_str()), (kind, fetched));
        }
        let page = json!({ "url": "https://status.example", "kind": "statuspage", "topic": "t", "every": "1m" });
        let fetched = "https://status.example/api/v2/incidents.json";
        assert_eq!(watch(page).url.as_str(), fetched);
    }

    #[test]
    fn a_definition_reads_back_the_same_and_has_the_same_id() {
        let first = watch(json!({
            "url": "https://api.example/v1", "query": "items[?open]", "topic": "News", "every": "1h30m",
            "to": ["channel:19:a@thread.tacv2", "-everyone"], "name": "The API",
        }));
        let again = watch(serde_json::to_value(&first).unwrap());
        assert_eq!(again, first);
        let slower = Watch {
            every: "2h".parse().unwrap(),
            name: None,
            ..first.clone()
        };
        assert_eq!(slower.id(), first.id());
        let other = Watch {
            topic: "other".parse().unwrap(),
            ..first.clone()
        };
        assert_ne!(other.id(), first.id());
        assert_eq!(first.id().as_str().parse(), Ok(first.id()));
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let errors = Watch::from_value(&json!({
            "url": "ftp://example.com", "topic": "two words", "every": "30s", "kind": "carrier pigeon",
            "pointer": "a", "to": ["-everyone"], "name": "two\nlines", "colour": 1,
        }))
        .unwrap_err();
        let mut paths: Vec<_> = errors.problems().iter().map(|p| p.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(
            paths,
            [
                "colour", "every", "kind", "name", "pointer", "to", "topic", "url"
            ]
        );
        let missing = Watch::from_value(&json!({})).unwrap_err();
        assert_eq!(missing.paths(), "url, topic, every");
        assert!(Watch::from_value(&json!("https://example.com")).is_err());
    }

    #[test]
    fn an_address_with_a_password_is_refused() {
        let with = json!({ "url": "https://me:secret@example.com/", "topic": "t", "every": "5m" });
        let errors = Watch::from_value(&with).unwrap_err().to_string();
        assert!(
            errors.contains("user name") && !errors.contains("secret"),
            "{errors}"
        );
    }
}
