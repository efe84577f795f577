//! More people than a test could tell the table about one by one.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use notifications::RecipientKey;

use super::Stage;

/// Items that one request writes.
const TOGETHER: usize = 25;

impl Stage {
    /// So many people have the app, as far as the list of everyone says; nothing else is known of them.
    pub(crate) async fn has_everyone(&self, people: u32) {
        let numbers: Vec<u32> = (0..people).collect();
        for some in numbers.chunks(TOGETHER) {
            let puts = some.iter().map(|number| {
                let key = stranger(*number);
                let bucket = key.bucket();
                let partition = format!("EVERYONE#{}#{:x}", self.teams.tenant(), bucket.0 >> 4);
                let put = PutRequest::builder()
                    .item("pk", AttributeValue::S(partition))
                    .item("sk", AttributeValue::S(format!("{bucket}#{key}")));
                let put = put.build().expect("it has an item");
                WriteRequest::builder().put_request(put).build()
            });
            let request = sdk_clients::dynamodb(&self.clients).batch_write_item();
            let request = request.request_items("tidings", puts.collect());
            request.send().await.expect("the table works");
        }
    }
}

/// The person with this number.
fn stranger(number: u32) -> RecipientKey {
    let id = format!("3b5e7d10-8c1f-4d4e-9c55-{number:012x}");
    RecipientKey::person(&id.as_str().into())
}
