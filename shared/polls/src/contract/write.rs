//! A definition as JSON.

use crate::definition::{
    Choice, ClosingTime, Definition, Kind, Question, Quorum, ResultsVisibility, Rule, Schedule,
    Translation,
};
use notifications::durations;
use serde_json::{Map, Value, json};

pub(super) fn definition(definition: &Definition) -> Value {
    let mut json = Map::new();
    let mut put = |name: &str, value: Value| {
        json.insert(name.to_owned(), value);
    };
    if let Some(id) = &definition.id {
        put("id", id.as_str().into());
    }
    if let Some(tenant) = &definition.tenant {
        put("tenant", tenant.as_str().into());
    }
    put("title", definition.title.as_str().into());
    put("owner", definition.owner.to_string().into());
    if let Some(name) = &definition.owner_name {
        put("ownerName", name.as_str().into());
    }
    if !definition.co_owners.is_empty() {
        let owners = definition.co_owners.iter().map(ToString::to_string);
        put("coOwners", owners.collect::<Vec<_>>().into());
    }
    put("to", json!(definition.to));
    put("topic", definition.topic.as_str().into());
    put(
        "questions",
        definition.questions.iter().map(question).collect(),
    );
    put("anonymous", definition.anonymous.into());
    put("results", word(definition.results).into());
    put("mayChange", definition.may_change.into());
    put("mayAdd", definition.may_add.into());
    put("tellEverybody", definition.tell_everybody.into());
    put("threshold", definition.threshold.into());
    if let Some(schedule) = &definition.schedule {
        put("schedule", self::schedule(schedule));
    }
    let mut closes = Map::new();
    match definition.closes.time {
        Some(ClosingTime::After(after)) => {
            closes.insert("after".into(), durations::print(after).into());
        }
        Some(ClosingTime::At(at)) => {
            closes.insert("at".into(), at.to_string().into());
        }
        None => {}
    }
    match definition.closes.quorum {
        Some(Quorum::Voters(voters)) => {
            closes.insert("quorum".into(), voters.into());
        }
        Some(Quorum::Percent(percent)) => {
            closes.insert("quorum".into(), format!("{percent}%").into());
        }
        None => {}
    }
    if !closes.is_empty() {
        put("closes", closes.into());
    }
    if !definition.remind.is_empty() {
        let remind = definition
            .remind
            .iter()
            .map(|after| durations::print(*after));
        put("remind", remind.collect::<Vec<_>>().into());
    }
    if !definition.translations.is_empty() {
        let all = definition.translations.iter();
        let all: Map<_, _> = all
            .map(|(locale, texts)| (locale.to_string(), translation(texts)))
            .collect();
        put("translations", all.into());
    }
    json.extend(definition.extensions.clone());
    json.into()
}

pub(crate) fn word(results: ResultsVisibility) -> &'static str {
    match results {
        ResultsVisibility::Live => "live",
        ResultsVisibility::AfterVoting => "after-voting",
        ResultsVisibility::AfterClosing => "after-closing",
        ResultsVisibility::Owner => "owner",
    }
}

fn question(question: &Question) -> Value {
    let mut json = json!({
        "id": question.id,
        "kind": question.kind.word(),
        "text": question.text,
        "required": question.required,
    });
    if let Kind::Multiple { min, max, .. } = &question.kind {
        json["min"] = (*min).into();
        if let Some(max) = max {
            json["max"] = (*max).into();
        }
    }
    if !question.choices().is_empty() {
        json["choices"] = question.choices().iter().map(choice).collect();
    }
    json
}

fn choice(choice: &Choice) -> Value {
    json!({ "id": choice.id, "text": choice.text })
}

fn schedule(schedule: &Schedule) -> Value {
    let (name, rule) = match &schedule.rule {
        Rule::At(rule) => ("at", rule),
        Rule::Cron(rule) => ("cron", rule),
        Rule::Rate(rule) => ("rate", rule),
        Rule::Rrule(rule) => ("rrule", rule),
    };
    let mut json = json!({ name: rule });
    let rest = [
        ("zone", &schedule.zone),
        ("start", &schedule.start),
        ("end", &schedule.end),
    ];
    for (name, value) in rest {
        if let Some(value) = value {
            json[name] = value.as_str().into();
        }
    }
    json
}

fn translation(translation: &Translation) -> Value {
    let mut json = Map::new();
    if let Some(title) = &translation.title {
        json.insert("title".into(), title.as_str().into());
    }
    if !translation.questions.is_empty() {
        let all = translation.questions.iter();
        let all: Map<_, _> = all
            .map(|(id, texts)| {
                let mut json = Map::new();
                if let Some(text) = &texts.text {
                    json.insert("text".into(), text.as_str().into());
                }
                if !texts.choices.is_empty() {
                    json.insert("choices".into(), json!(texts.choices));
                }
                (id.clone(), json.into())
            })
            .collect();
        json.insert("questions".into(), all.into());
    }
    json.into()
}
