use serde_json::{Value, json};

use super::{Booth, seen};

#[tokio::test]
async fn every_kind_of_question_is_answered_closed_and_told() {
    let booth = Booth::open().await;
    let (ben, chloe) = (booth.person("Ben"), booth.person("Chloé"));
    let choices = json!([{ "id": "a", "text": "Alpha" }, { "id": "b", "text": "Beta" }, { "id": "c", "text": "Gamma" }]);
    let questions = json!([
        { "id": "s", "kind": "single", "text": "One?", "choices": choices },
        { "id": "m", "kind": "multiple", "text": "Some?", "choices": choices, "min": 1, "max": 2 },
        { "id": "r", "kind": "rating", "text": "Stars?" },
        { "id": "n", "kind": "nps", "text": "Recommend?" },
        { "id": "o", "kind": "ranking", "text": "Order?", "choices": choices },
        { "id": "t", "kind": "text", "text": "Why?" },
    ]);
    let open = booth.asks("all-kinds", questions, json!({})).await;
    let poll = booth.last(&ben);
    let answers = json!({
        "answer.s": "b", "answer.m": "a,c", "answer.r": 4, "answer.n": "9",
        "answer.o.1": "c", "answer.o.2": "a", "answer.o.3": "b", "answer.t": "**because** <at>all</at>",
    });
    ben.press_with("Vote", &poll, &answers).await.unwrap();
    let shown = seen(&ben, &poll);
    for said in ["Beta", "Alpha, Gamma", "4 of 5", "9 of 10", "Gamma"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    let results = serde_json::to_value(booth.results(&open).await).unwrap();
    let of = |id: &str| -> Value {
        let all = results["shown"]["questions"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap().clone()
    };
    assert_eq!(of("s")["counted"]["choices"][1]["count"], 1);
    assert_eq!(of("m")["counted"]["choices"][2]["count"], 1);
    assert_eq!(of("r")["counted"]["rating"]["mean"], 4.0);
    assert_eq!(of("n")["counted"]["nps"]["promoters"], 1);
    assert_eq!(of("o")["counted"]["ranking"][0]["id"], "c");
    assert_eq!(of("t")["answered"], 1);

    let close = json!({ "poll": "all-kinds", "do": "close", "by": super::super::aad(&chloe) });
    booth.hears("tidings.poll.command", close).await;
    booth.settle().await;
    assert!(ben.chat().message(&poll.id).unwrap().says("closed"));
    let result = booth.last(&chloe);
    let read = result.readable();
    assert!(read.contains("Result of the poll"), "{read}");
    assert!(
        read.contains("because") && !read.contains("**because**"),
        "text is shown as text: {read}"
    );
}
