//! What counters say.

use crate::samples::{every_kind, poll};
use polls::{Answers, ChoiceCount, Counted, Delta, RankedChoice, Results, Shown, Tally, choices};
use serde_json::{Value, json};

fn tally(ballots: &[Value]) -> Tally {
    let all: Vec<Answers> = ballots
        .iter()
        .map(|json| serde_json::from_value(json.clone()).unwrap())
        .collect();
    all.iter().collect()
}

fn counted(ballots: &[Value], question: &str) -> Counted {
    let results = Results::of(&every_kind(), &[], &tally(ballots), Some(10));
    let json = serde_json::to_string(&results).unwrap();
    assert_eq!(serde_json::from_str::<Results>(&json).unwrap(), results);
    results.question(question).unwrap().counted.clone()
}

#[test]
fn choices_are_counted_in_per_cent_of_whoever_answered() {
    let ballots = [
        json!({"one": {"choices": ["c1"]}, "some": {"choices": ["mo", "tu"]}}),
        json!({"one": {"choices": ["c1"]}, "some": {"choices": ["mo"]}}),
        json!({"one": {"choices": ["c2"]}}),
    ];
    let count = |id: &str, count, percent| ChoiceCount {
        id: id.into(),
        count,
        percent,
    };
    assert_eq!(
        counted(&ballots, "one"),
        Counted::Choices(vec![
            count("c1", 2, 66.7),
            count("c2", 1, 33.3),
            count("c3", 0, 0.0)
        ])
    );
    assert_eq!(
        counted(&ballots, "some"),
        Counted::Choices(vec![
            count("mo", 2, 100.0),
            count("tu", 1, 50.0),
            count("we", 0, 0.0)
        ])
    );
}

#[test]
fn a_rating_has_a_mean_and_a_distribution() {
    let ballots = [5, 5, 4].map(|stars| json!({"stars": {"score": stars}}));
    let Counted::Rating { mean, distribution } = counted(&ballots, "stars") else {
        panic!("a rating is counted as one");
    };
    assert_eq!(mean, Some(4.67));
    let counts: Vec<_> = distribution
        .iter()
        .map(|one| (one.score, one.count))
        .collect();
    assert_eq!(counts, [(1, 0), (2, 0), (3, 0), (4, 1), (5, 2)]);
    assert!(matches!(
        counted(&[], "stars"),
        Counted::Rating { mean: None, .. }
    ));
}

#[test]
fn nps_is_promoters_less_detractors() {
    let ballots = [10, 9, 9, 8, 7, 6, 0].map(|score| json!({"nps": {"score": score}}));
    let Counted::Nps {
        score,
        promoters,
        passives,
        detractors,
        distribution,
    } = counted(&ballots, "nps")
    else {
        panic!("nps is counted as such");
    };
    assert_eq!((promoters, passives, detractors), (3, 2, 2));
    assert_eq!(score, Some(14.3));
    assert_eq!(distribution.len(), 11);
    assert!(matches!(
        counted(&[], "nps"),
        Counted::Nps { score: None, .. }
    ));
}

#[test]
fn a_ranking_is_by_borda_points_then_by_first_places() {
    let ballots = [
        json!({"order": {"ranking": ["c1", "c2", "c3"]}}),
        json!({"order": {"ranking": ["c2", "c1"]}}),
        json!({"order": {"ranking": ["c2", "c3", "c1"]}}),
        json!({"order": {"ranking": ["c1"]}}),
        json!({"order": {"ranking": ["c1"]}}),
    ];
    let ranked = |id: &str, points, first| RankedChoice {
        id: id.into(),
        points,
        first,
    };
    assert_eq!(
        counted(&ballots, "order"),
        Counted::Ranking(vec![
            ranked("c1", 7, 3),
            ranked("c2", 5, 2),
            ranked("c3", 1, 0)
        ])
    );
    // A tie in points: more first places stand higher, then the definition's order.
    let tied = [
        json!({"order": {"ranking": ["c3"]}}),
        json!({"order": {"ranking": ["c1", "c2"]}}),
        json!({"order": {"ranking": ["c3", "c2"]}}),
        json!({"order": {"ranking": ["c1", "c2"]}}),
    ];
    let Counted::Ranking(order) = counted(&tied, "order") else {
        panic!("a ranking")
    };
    let ids: Vec<_> = order
        .iter()
        .map(|one| (one.id.as_str(), one.points))
        .collect();
    assert_eq!(ids, [("c1", 4), ("c3", 4), ("c2", 3)]);
}

#[test]
fn an_added_choice_is_counted_too() {
    let poll = poll(json!({"mayAdd": true}));
    let tacos = choices::add(&poll, &[], "q1", "Tacos").unwrap();
    let tally = tally(&[json!({"q1": {"choices": [tacos.id]}})]);
    let results = Results::of(&poll, std::slice::from_ref(&tacos), &tally, None);
    let Counted::Choices(counts) = &results.question("q1").unwrap().counted else {
        panic!("choices");
    };
    assert_eq!(
        counts[2],
        ChoiceCount {
            id: tacos.id,
            count: 1,
            percent: 100.0
        }
    );
}

#[test]
fn too_few_voters_are_withheld() {
    let poll = poll(json!({"anonymous": true, "to": ["everyone"]}));
    let votes = |n: usize| {
        let ballots = vec![json!({"q1": {"choices": ["c1"]}}); n];
        Results::of(&poll, &[], &tally(&ballots), Some(20))
    };
    assert_eq!(votes(4).shown, Shown::Withheld { threshold: 5 });
    assert_eq!(votes(4).voters, 4);
    assert_eq!(votes(4).question("q1"), None);
    assert!(matches!(votes(5).shown, Shown::Questions(_)));
}

#[test]
fn a_counter_below_zero_is_shown_as_none() {
    let broken: Tally =
        Delta::from([("voters".to_owned(), -1), ("one.c.c1".to_owned(), -3)]).into();
    let results = Results::of(&every_kind(), &[], &broken, None);
    assert_eq!(results.voters, 0);
}
