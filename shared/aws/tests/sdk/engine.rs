//! The same requests to the embedded engine, each client at its own table.

use std::collections::{BTreeMap, HashMap};

use aws::dynamodb::{
    self, AttributeDefinition, AttributeValue, BatchGetItem, CreateTable, DeleteItem, GetItem,
    Item, KeySchemaElement, KeysAndAttributes, PutItem, Query, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, TransactWriteItems, UpdateItem,
};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    self, AttributeValue as Theirs, Delete, Put, ReturnValue as TheirReturn,
    ReturnValuesOnConditionCheckFailure as TheirRefused, TransactWriteItem as TheirPart,
};
use dynoxide::Database;
use tokio::net::TcpListener;

use crate::both::{Both, item, ours, theirs, value};

const OURS: &str = "ours";
const THEIRS: &str = "theirs";

async fn engine() -> Both {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        Database::memory().unwrap(),
        std::future::pending(),
    ));
    let both = Both::at(&format!("http://{address}"));
    for table in [OURS, THEIRS] {
        let attribute = |attribute_name| AttributeDefinition {
            attribute_name,
            attribute_type: "S",
        };
        let key = |attribute_name, key_type| KeySchemaElement {
            attribute_name,
            key_type,
        };
        let create = CreateTable {
            table_name: table,
            attribute_definitions: &[attribute("pk"), attribute("sk")],
            key_schema: &[key("pk", "HASH"), key("sk", "RANGE")],
            billing_mode: "PAY_PER_REQUEST",
        };
        both.ours.send(&create).await.unwrap();
    }
    both
}

/// A key, as the SDK has it.
fn key(sort: &str) -> HashMap<String, Theirs> {
    let text = |text: &str| Theirs::S(text.to_owned());
    HashMap::from([("pk".to_owned(), text("a")), ("sk".to_owned(), text(sort))])
}

/// An item with a value of every type.
fn full(sort: &str) -> HashMap<String, Theirs> {
    let mut item = key(sort);
    let blob = |bytes: &[u8]| Blob::new(bytes);
    let list = vec![Theirs::Null(true), Theirs::Bool(false)];
    let values = [
        ("text", Theirs::S("größer \" \u{1f600}".to_owned())),
        ("number", Theirs::N("-1.5".to_owned())),
        ("bytes", Theirs::B(blob(&[0, 255, 16]))),
        ("texts", Theirs::Ss(vec!["one".to_owned()])),
        ("numbers", Theirs::Ns(vec!["1".to_owned()])),
        ("blobs", Theirs::Bs(vec![blob(b"x")])),
        ("list", Theirs::L(list)),
        ("map", Theirs::M(key("inner"))),
    ];
    item.extend(values.map(|(name, value)| (name.to_owned(), value)));
    item
}

fn put<'a>(item: &'a Item, condition: Option<&'a str>) -> PutItem<'a> {
    PutItem {
        table_name: OURS,
        item,
        condition_expression: condition,
        expression_attribute_names: None,
        expression_attribute_values: None,
        return_values: ReturnValue::None,
        return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::AllOld,
    }
}

/// Both tables hold these items.
async fn filled(sorts: &[&str]) -> Both {
    let both = engine().await;
    for sort in sorts {
        let full = full(sort);
        both.ours.send(&put(&item(&full), None)).await.unwrap();
        let put = both.theirs.put_item().table_name(THEIRS);
        put.set_item(Some(full)).send().await.unwrap();
    }
    both
}

#[tokio::test]
async fn each_reads_what_the_other_wrote() {
    let both = filled(&["1"]).await;
    let read = GetItem {
        table_name: THEIRS,
        key: &item(&key("1")),
        consistent_read: true,
    };
    let by_us = both.ours.send(&read).await.unwrap().item.unwrap();
    assert_eq!(by_us, item(&full("1")));
    let get = both.theirs.get_item().table_name(OURS);
    let got = get.set_key(Some(key("1"))).send().await.unwrap();
    assert_eq!(got.item.unwrap(), full("1"));

    let nothing = GetItem {
        key: &item(&key("none")),
        ..read
    };
    assert_eq!(both.ours.send(&nothing).await.unwrap().item, None);
}

#[tokio::test]
async fn a_write_gives_back_the_same_of_the_item() {
    let both = filled(&["1"]).await;
    for (our_wish, their_wish) in [
        (ReturnValue::AllNew, TheirReturn::AllNew),
        (ReturnValue::AllOld, TheirReturn::AllOld),
        (ReturnValue::UpdatedNew, TheirReturn::UpdatedNew),
        (ReturnValue::UpdatedOld, TheirReturn::UpdatedOld),
        (ReturnValue::None, TheirReturn::None),
    ] {
        let update = UpdateItem {
            table_name: OURS,
            key: &item(&key("1")),
            update_expression: Some("SET #text = :text REMOVE blobs"),
            condition_expression: None,
            expression_attribute_names: Some(&BTreeMap::from([("#text", "text")])),
            expression_attribute_values: Some(&BTreeMap::from([(
                ":text".to_owned(),
                AttributeValue::S("new".to_owned()),
            )])),
            return_values: our_wish,
            return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::None,
        };
        let by_us = both.ours.send(&update).await.unwrap().attributes;
        let update = both.theirs.update_item().table_name(THEIRS);
        let update = update.set_key(Some(key("1"))).return_values(their_wish);
        let update = update.update_expression("SET #text = :text REMOVE blobs");
        let update = update.expression_attribute_names("#text", "text");
        let update = update.expression_attribute_values(":text", Theirs::S("new".to_owned()));
        let by_them = update.send().await.unwrap().attributes;
        assert_eq!(by_us, by_them.map(|attributes| item(&attributes)));
    }
    let delete = DeleteItem {
        table_name: OURS,
        key: &item(&key("1")),
        condition_expression: None,
        expression_attribute_names: None,
        expression_attribute_values: None,
        return_values: ReturnValue::AllOld,
        return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::None,
    };
    let by_us = both.ours.send(&delete).await.unwrap().attributes.unwrap();
    let delete = both.theirs.delete_item().table_name(THEIRS);
    let delete = delete.set_key(Some(key("1")));
    let delete = delete.return_values(TheirReturn::AllOld);
    let by_them = delete.send().await.unwrap().attributes.unwrap();
    assert_eq!(by_us, item(&by_them));
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_told_with_the_item() {
    let both = filled(&["1"]).await;
    let condition = "attribute_not_exists(pk)";
    let full = full("1");
    let refused = both.ours.send(&put(&item(&full), Some(condition))).await;
    let by_us = dynamodb::condition_failed(&refused.unwrap_err()).unwrap();
    let put = both.theirs.put_item().table_name(THEIRS);
    let put = put.set_item(Some(full)).condition_expression(condition);
    let put = put.return_values_on_condition_check_failure(TheirRefused::AllOld);
    let refused = put.send().await.unwrap_err().into_service_error();
    let types::error::ConditionalCheckFailedException {
        item: by_them_item, ..
    } = match refused {
        aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
            refused,
        ) => refused,
        other => panic!("{other}"),
    };
    assert_eq!(by_us, by_them_item.map(|theirs| item(&theirs)));
    assert!(by_us.is_some());
}

#[tokio::test]
async fn a_cancelled_transaction_says_which_part_is_to_blame() {
    let both = filled(&["1"]).await;
    let condition = Some("attribute_not_exists(pk)");
    let (first, second) = (item(&full("1")), item(&full("2")));
    let parts = vec![
        TransactWriteItem::Put(put(&second, None)),
        TransactWriteItem::Put(put(&first, condition)),
    ];
    let request = TransactWriteItems::new(parts);
    let refused = both.ours.send(&request).await.unwrap_err();
    let by_us = dynamodb::cancelled(&refused).unwrap();

    let part = |sort, condition: Option<&str>| {
        let put = Put::builder()
            .table_name(THEIRS)
            .set_item(Some(full(sort)))
            .set_condition_expression(condition.map(str::to_owned))
            .return_values_on_condition_check_failure(TheirRefused::AllOld);
        TheirPart::builder().put(put.build().unwrap()).build()
    };
    let request = both.theirs.transact_write_items();
    let request = request
        .transact_items(part("2", None))
        .transact_items(part("1", condition));
    let refused = request.send().await.unwrap_err().into_service_error();
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Error;
    let Error::TransactionCanceledException(refused) = refused else {
        panic!("{refused}");
    };
    let code = |reason: &types::CancellationReason| {
        let code = reason.code().filter(|code| *code != "None");
        (code.map(str::to_owned), reason.item().map(item))
    };
    let by_them: Vec<_> = refused.cancellation_reasons().iter().map(code).collect();
    let by_us: Vec<_> = by_us
        .into_iter()
        .map(|reason| (reason.code.filter(|code| code != "None"), reason.item))
        .collect();
    assert_eq!(by_us, by_them);
    assert_eq!(by_us[1].0.as_deref(), Some("ConditionalCheckFailed"));
}

#[tokio::test]
async fn a_transaction_writes_every_kind_of_part() {
    let both = filled(&["1", "2"]).await;
    let (third, first) = (item(&full("3")), item(&key("1")));
    let delete = DeleteItem {
        table_name: OURS,
        key: &first,
        condition_expression: None,
        expression_attribute_names: None,
        expression_attribute_values: None,
        return_values: ReturnValue::None,
        return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::None,
    };
    let parts = vec![
        TransactWriteItem::Put(put(&third, None)),
        TransactWriteItem::Delete(delete),
    ];
    let by_us = both.ours.send(&TransactWriteItems::new(parts)).await;
    by_us.unwrap();
    let put = Put::builder().table_name(THEIRS);
    let put = put.set_item(Some(full("3"))).build().unwrap();
    let delete = Delete::builder().table_name(THEIRS);
    let delete = delete.set_key(Some(key("1"))).build().unwrap();
    let request = both.theirs.transact_write_items();
    let request = request
        .transact_items(TheirPart::builder().put(put).build())
        .transact_items(TheirPart::builder().delete(delete).build());
    request.send().await.unwrap();
    let left = |table| {
        let scan = both.theirs.scan().table_name(table);
        async move {
            let found = scan.send().await.unwrap().items.unwrap();
            let sort = |item: &HashMap<String, Theirs>| item["sk"].as_s().unwrap().clone();
            let mut sorts: Vec<_> = found.iter().map(sort).collect();
            sorts.sort();
            sorts
        }
    };
    assert_eq!(left(OURS).await, left(THEIRS).await);
    assert_eq!(left(OURS).await, ["2", "3"]);
}

#[tokio::test]
async fn a_range_comes_page_by_page() {
    let both = filled(&["1", "2", "3", "4"]).await;
    for forward in [true, false] {
        let query = Query {
            table_name: OURS,
            key_condition_expression: "#pk = :pk",
            expression_attribute_names: Some(&BTreeMap::from([("#pk", "pk")])),
            expression_attribute_values: &BTreeMap::from([(
                ":pk".to_owned(),
                AttributeValue::S("a".to_owned()),
            )]),
            scan_index_forward: forward,
            limit: Some(3),
            consistent_read: true,
            exclusive_start_key: None,
        };
        let first = both.ours.send(&query).await.unwrap();
        let theirs = both.theirs.query().table_name(THEIRS).limit(3);
        let theirs = theirs.key_condition_expression("#pk = :pk");
        let theirs = theirs.expression_attribute_names("#pk", "pk");
        let theirs = theirs.expression_attribute_values(":pk", Theirs::S("a".to_owned()));
        let theirs = theirs.scan_index_forward(forward);
        let by_them = theirs.clone().send().await.unwrap();
        let items: Vec<_> = by_them.items().iter().map(item).collect();
        assert_eq!(first.items, items);
        let last = by_them.last_evaluated_key.unwrap();
        assert_eq!(first.last_evaluated_key, Some(item(&last)));

        let next = Query {
            exclusive_start_key: first.last_evaluated_key.as_ref(),
            ..query
        };
        let second = both.ours.send(&next).await.unwrap();
        let by_them = theirs.set_exclusive_start_key(Some(last)).send().await;
        let by_them = by_them.unwrap();
        let items: Vec<_> = by_them.items().iter().map(item).collect();
        assert_eq!(second.items, items);
        assert_eq!(second.items.len(), 1);
        assert_eq!(second.last_evaluated_key, None);
    }
}

#[tokio::test]
async fn a_batch_gives_the_parts_that_are_asked_for() {
    let both = filled(&["1", "2"]).await;
    let names = BTreeMap::from([("#text", "text")]);
    let wanted = KeysAndAttributes {
        keys: ["1", "2", "none"].map(|sort| item(&key(sort))).into(),
        consistent_read: true,
        projection_expression: Some("#text,texts"),
        expression_attribute_names: Some(&names),
    };
    let request = BatchGetItem {
        request_items: BTreeMap::from([(OURS, wanted)]),
    };
    let by_us = both.ours.send(&request).await.unwrap();
    let wanted = types::KeysAndAttributes::builder()
        .set_keys(Some(["1", "2", "none"].map(key).into()))
        .consistent_read(true)
        .projection_expression("#text,texts")
        .expression_attribute_names("#text", "text");
    let request = both.theirs.batch_get_item();
    let request = request.request_items(THEIRS, wanted.build().unwrap());
    let by_them = request.send().await.unwrap();
    let items: Vec<_> = by_them.responses.unwrap()[THEIRS]
        .iter()
        .map(item)
        .collect();
    assert_eq!(by_us.responses[OURS], items);
    assert_eq!(items.len(), 2);
    assert!(by_us.unprocessed_keys.is_empty());
    assert_eq!(items[0]["text"], value(&full("1")["text"]));
}

#[tokio::test]
async fn what_is_refused_has_the_same_code() {
    let both = engine().await;
    let update = |expression| UpdateItem {
        table_name: OURS,
        key: &EMPTY,
        update_expression: Some(expression),
        condition_expression: None,
        expression_attribute_names: None,
        expression_attribute_values: None,
        return_values: ReturnValue::None,
        return_values_on_condition_check_failure: ReturnValuesOnConditionCheckFailure::None,
    };
    static EMPTY: Item = Item::new();
    let by_us = ours(both.ours.send(&update("nonsense")).await.map(|_| ()));
    let request = both.theirs.update_item().table_name(THEIRS);
    let request = request.set_key(Some(HashMap::new()));
    let request = request.update_expression("nonsense").send().await;
    assert_eq!(by_us, theirs(request.map(|_| ())));
    assert_eq!(by_us, Err(Some("ValidationException".to_owned())));

    let key_of_ours = item(&key("1"));
    let read = GetItem {
        table_name: "nowhere",
        key: &key_of_ours,
        consistent_read: false,
    };
    let by_us = ours(both.ours.send(&read).await.map(|_| ()));
    let request = both.theirs.get_item().table_name("nowhere");
    let request = request.set_key(Some(key("1"))).send().await;
    assert_eq!(by_us, theirs(request.map(|_| ())));
    assert_eq!(by_us, Err(Some("ResourceNotFoundException".to_owned())));

    // More than an item can hold.
    let mut large = item(&key("1"));
    large.insert("x".to_owned(), AttributeValue::S("x".repeat(410 * 1024)));
    let refused = both.ours.send(&put(&large, None)).await.unwrap_err();
    let mut large = key("1");
    large.insert("x".to_owned(), Theirs::S("x".repeat(410 * 1024)));
    let request = both.theirs.put_item().table_name(THEIRS);
    let request = request.set_item(Some(large)).send().await.unwrap_err();
    let by_them = request.into_service_error();
    use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
    assert_eq!(refused.code(), by_them.code());
    assert_eq!(refused.refusal().unwrap().message(), by_them.message());
}
