//! Documents in, notifications out.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod changing;
mod heavy;
mod kinds;
mod properties;
mod shapes;
mod unfriendly;

use activity::ids::TenantId;
use serde_json::{Value, json};
use sources::{Cursor, Document, Look, NotASource, Watch, look};

/// A watch of this kind at an address of its own.
fn watch(kind: &str) -> Watch {
    let url = match kind {
        "github" => "https://github.com/contoso/checkout",
        "statuspage" => "https://status.contoso.example/api/v2/incidents.json",
        _ => "https://news.contoso.example/all",
    };
    with(json!({ "url": url, "kind": kind }))
}

fn with(mut definition: Value) -> Watch {
    definition["topic"] = json!("news");
    definition["every"] = json!("5m");
    Watch::from_value(&definition).unwrap()
}

fn at(watch: &Watch, cursor: Option<&Cursor>, body: &str, most: usize) -> Result<Look, NotASource> {
    let document = Document {
        url: &watch.url,
        body: body.as_bytes(),
    };
    look(watch, &TenantId::new("tenant"), cursor, &document, most)
}

/// What a second look at `after` tells when the first saw `before`.
fn news(watch: &Watch, before: &str, after: &str) -> Vec<Value> {
    let first = at(watch, None, before, 20).unwrap();
    assert_eq!(first.news, [], "the first look is silent");
    let second = at(watch, Some(&first.cursor), after, 20).unwrap();
    let json = second
        .news
        .iter()
        .map(|news| serde_json::to_value(news).unwrap());
    json.collect()
}
