//! Documents that are made to cost much: each is read within a moment, or refused.

use std::time::{Duration, Instant};

use serde_json::json;
use sources::{Cursor, Look, NotASource, Watch};

use super::{at, watch, with};

/// As large as a document may be.
const LARGEST: usize = 2 * 1024 * 1024;

/// What reading takes without tricks, in a build that is not optimised on a machine that has other things to do, is a
/// fraction of this; what grows with the square of the size takes minutes.
const MOMENT: Duration = Duration::from_secs(20);

fn read(watch: &Watch, body: &str) -> Result<Look, NotASource> {
    assert!(body.len() <= LARGEST + 200, "no larger than is fetched");
    let started = Instant::now();
    let look = at(watch, Some(&Cursor::default()), body, 20);
    let took = started.elapsed();
    let head: String = body.chars().take(40).collect();
    assert!(took < MOMENT, "{head}… took {took:?}");
    look
}

fn json_watch() -> Watch {
    with(json!({ "url": "https://api.contoso.example/", "pointer": "" }))
}

/// A text of this over and over, nearly as large as a document may be.
fn repeated(text: &str) -> String {
    text.repeat((LARGEST - 500) / text.len())
}

#[test]
fn texts_that_look_like_markup_without_end_are_read_in_a_moment() {
    for part in [
        "&", "&a;", "<", "</", "<a ", "<a '", "<a '>", "<p>", "<!--", "<script>", "\u{202e}",
    ] {
        let text = repeated(part);
        let json = json!([{ "id": 1, "body": text }]).to_string();
        let item = |text: &str| {
            format!(
                "<rss><channel><item><guid>1</guid><description>{text}</description></item></channel></rss>"
            )
        };
        for (watch, body) in [
            (json_watch(), json),
            (watch("atom"), item(&format!("<![CDATA[{text}]]>"))),
        ] {
            let look = read(&watch, &body).unwrap();
            assert_eq!(look.news.len(), 1, "{part}");
            let told = look.news[0].body.as_deref().unwrap_or_default();
            assert!(told.chars().count() <= 2_000, "{part}: {}", told.len());
        }
        // As markup of the feed itself it is text, or the feed is broken.
        let read = read(&watch("atom"), &item(&text));
        assert!(
            matches!(&read, Ok(look) if look.news.len() == 1)
                || matches!(
                    read,
                    Err(NotASource::BrokenXml { .. } | NotASource::TooDeep)
                ),
            "{part}: {read:?}"
        );
    }
}

#[test]
fn elements_and_attributes_without_end_are_read_in_a_moment() {
    let attributes: String = (0..180_000).map(|n| format!(" a{n}=''")).collect();
    let channel = |inner: String| format!("<rss><channel>{inner}</channel></rss>");
    for (body, told) in [
        (format!("<rss{attributes}></rss>"), Some(0)),
        (channel(repeated("<item/>")), Some(0)),
        (channel(repeated("<x/>")), Some(0)),
        (
            channel(format!(
                "<item><title>{}</title></item>",
                repeated("<b>x</b>")
            )),
            Some(1),
        ),
        (format!("<rss>{}</rss>", repeated("</a>")), Some(0)),
        (
            format!("<!DOCTYPE rss [{}]><rss/>", repeated("<!ENTITY a 'b'>")),
            Some(0),
        ),
        (format!("<rss>{}", repeated("<?x ?>")), None),
        (format!("<rss>{}", repeated("<![CDATA[")), None),
    ] {
        let read = read(&watch("atom"), &body);
        assert_eq!(read.ok().map(|look| look.news.len()), told);
    }
}

#[test]
fn json_that_is_deep_wide_or_long_is_read_in_a_moment_or_refused() {
    for (body, is_read) in [
        (repeated("["), false),
        (repeated("{\"a\":"), false),
        (format!("[{}1]", repeated("1,")), false),
        (format!("[{}{{}}]", repeated("{},")), false),
        (format!("[{}]", "9".repeat(1_000_000)), false),
        (format!("{{{}\"z\":1}}", repeated("\"a\":1,")), false),
        (format!("{{{}\"z\":1}}", repeated("\"abcdef\":1,")), true),
        (format!("[{}1]", repeated("[1],")), false),
        (format!("\"{}\"", repeated("a")), true),
        (format!("[\"{}\"]", repeated("a b ")), true),
    ] {
        assert_eq!(read(&json_watch(), &body).is_ok(), is_read);
        for kind in ["statuspage", "github"] {
            assert!(read(&watch(kind), &body).is_err(), "{kind}");
        }
    }
}

#[test]
fn an_expression_that_goes_deep_or_doubles_what_it_finds_is_refused_or_ends() {
    let lists = json!([[1, 2], [3]]).to_string();
    let mut taken = 0;
    for (part, end) in [
        ("!", ""),
        ("(", ")"),
        ("[", "]"),
        ("a[?", "]"),
        ("{a:", "}"),
        ("a.", ""),
        ("@||", ""),
        ("not_null(", ")"),
        ("[@,@]|", ""),
        ("[@,@][]|", ""),
        ("[[@,@],[@,@]]|", ""),
    ] {
        for parts in [1, 15, 31, 62, 64, 65, 90 * 11 / (part.len() + end.len())] {
            let query = format!("{}@{}", part.repeat(parts), end.repeat(parts));
            let watch = json!({ "url": "https://api.contoso.example/", "query": query, "topic": "t", "every": "5m" });
            let Ok(watch) = Watch::from_value(&watch) else {
                assert!(parts > 1 || part == "a.", "{query}");
                continue;
            };
            taken += 1;
            // What it finds, if it finds something, is another matter: it ends.
            drop(read(&watch, &lists));
        }
    }
    assert!(taken > 20, "{taken}");
}
