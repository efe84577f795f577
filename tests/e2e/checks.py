"""What a deployment must do. Each check is named by its first line."""

import datetime
import json
import time
import urllib.error
import urllib.request

import children
from feed import Feed
from poll_checks import a_poll_is_asked_answered_and_told, an_anonymous_poll_leaves_no_ballot

BEN = "Ben Okafor"


def notification(what, **more):
    return {
        "topic": "deploys",
        "what": what,
        "item": {"name": "checkout", "url": "https://example.com/checkout"},
        "actor": {"name": "Deploy bot"},
    } | more


def to_ben(teams):
    return [f"aad:{teams.people()[BEN]['objectId']}"]


def strangers_are_refused(aws, teams):
    """nobody without a token of Teams gets past the function URL"""
    host, path = aws.outputs["MessagingEndpoint"].removeprefix("https://").split("/", 1)
    request = urllib.request.Request(
        f"{aws.endpoint}/{path}",
        json.dumps({"type": "message", "text": "help"}).encode(),
        {"Host": host, "Content-Type": "application/json"},
    )
    try:
        status = urllib.request.urlopen(request, timeout=60).status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status in (401, 403), f"a request without a token was answered {status}"


def a_person_is_welcomed(aws, teams):
    """a person installs the bot through the function URL and is welcomed"""
    teams.install_for(BEN)
    welcome = teams.next_message(BEN, seconds=60)
    assert welcome["buttons"], f"the welcome has no button: {welcome['readable']}"


def an_own_event_arrives(aws, teams):
    """a notification on our own bus becomes a message"""
    what = "Checkout 4.2 is live"
    detail = notification(what, id="e2e-own-bus", to=to_ben(teams))
    aws.put_event(aws.outputs["EventBusName"], "com.example.deploys", "tidings.notification", detail)
    teams.next_message(BEN, seconds=60, contains=what)


def the_same_event_arrives_once(aws, teams):
    """the same notification again is not a second message"""
    detail = notification("Checkout 4.2 is live", id="e2e-own-bus", to=to_ben(teams))
    aws.put_event(aws.outputs["EventBusName"], "com.example.deploys", "tidings.notification", detail)
    after = notification("Checkout 4.3 is live", id="e2e-own-bus-2", to=to_ben(teams))
    aws.put_event(aws.outputs["EventBusName"], "com.example.deploys", "tidings.notification", after)
    teams.next_message(BEN, seconds=60, contains="Checkout 4.3 is live")
    drained(aws)
    said = [message["readable"] for message in teams.get("/messages", to=BEN, contains="Checkout 4.2 is live")]
    assert len(said) == 1, f"said {len(said)} times"


def our_own_events_do_not_come_back(aws, teams):
    """an event of our own source is not delivered"""
    detail = notification("An echo", id="e2e-echo", to=to_ben(teams))
    aws.put_event(aws.outputs["EventBusName"], "tidings.deliver", "tidings.notification", detail)
    drained(aws)
    assert not teams.get("/messages", to=BEN, contains="An echo"), "our own event came back"


def a_service_event_arrives(aws, teams):
    """a service's own event on the default bus reaches whoever subscribed to it"""
    teams.say(BEN, "subscribe aws.states")
    teams.next_message(BEN, seconds=60)
    definition = {"StartAt": "Break", "States": {"Break": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}}
    machine = aws.cli(
        "stepfunctions", "create-state-machine",
        "--name", "nightly-report",
        "--definition", json.dumps(definition),
        "--role-arn", "arn:aws:iam::000000000000:role/any",
    )
    aws.cli("stepfunctions", "start-execution", "--state-machine-arn", machine["stateMachineArn"])
    teams.next_message(BEN, seconds=60, contains="nightly-report")


def a_short_wait_is_kept(aws, teams):
    """a notification for a little later waits for its time"""
    what = "The maintenance begins"
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=12)
    detail = notification(what, id="e2e-later", to=to_ben(teams), notBefore=later.isoformat())
    aws.put_event(aws.outputs["EventBusName"], "com.example.deploys", "tidings.notification", detail)
    teams.next_message(BEN, seconds=120, contains=what)
    assert time.time() >= later.timestamp() - 1, "it came too early"


def the_tick_releases_what_is_due(aws, teams):
    """what was held for long is released by the one-minute tick"""
    what = "The freeze is over"
    body = notification(what, id="e2e-held", to=to_ben(teams))
    now = time.time()
    # As `store` holds what waits longer than a queue can: it is due by the minute of its partition.
    item = {
        "pk": {"S": f"HELD#{int(now // 60)}#0"},
        "sk": {"S": "e2e-held"},
        "until": {"N": str(int(now * 1000))},
        "why": {"S": "schedule"},
        "queue": {"S": "notification"},
        "body": {"S": json.dumps(body)},
    }
    aws.cli("dynamodb", "put-item", "--table-name", aws.outputs["TableName"], "--item", json.dumps(item))
    teams.next_message(BEN, seconds=180, contains=what)


def what_is_new_in_a_watched_feed_arrives(aws, teams):
    """what is new in a feed that is watched arrives, on a schedule that comes and goes with the watch"""
    with Feed() as feed:
        feed.titles = ["The first post"]
        watch = {"url": feed.url, "topic": "news", "every": "1m", "to": to_ben(teams)}
        added = asked(aws, teams, "tidings.watch.add", {"request": "e2e-watch", "watch": watch})
        assert added["is"] == "added", f"the watch was not added: {added}"
        feed.titles = ["The second post", "The first post"]
        teams.next_message(BEN, seconds=240, contains="The second post")
        assert not teams.get("/messages", to=BEN, contains="The first post"), "what was there before was told"
        removed = asked(aws, teams, "tidings.watch.remove", {"request": "e2e-no-watch", "id": added["id"]})
        assert removed["was"], f"the watch was not there: {removed}"
    names = [schedule["Name"] for schedule in aws.cli("scheduler", "list-schedules")["Schedules"]]
    assert not [name for name in names if name.startswith("watch-")], f"a schedule was left: {names}"


def asked(aws, teams, kind, detail):
    """Asks the function `watch` for something; gives what it answered in the table."""
    aws.put_event(aws.outputs["EventBusName"], "tidings", kind, detail)
    key = {"pk": {"S": f"WATCHANSWER#{teams.about['tenant'].lower()}#{detail['request']}"}, "sk": {"S": "ANSWER"}}
    table = aws.outputs["TableName"]

    def answer():
        found = aws.cli("dynamodb", "get-item", "--table-name", table, "--key", json.dumps(key))
        return found and found.get("Item")

    return json.loads(children.wait_until("the answer", 60, answer)["answer"]["S"])


def a_broken_notification_is_kept(aws, teams):
    """a notification that breaks the contract is a dead letter that says why"""
    broken = notification("Broken", id="e2e-broken", to=["nobody at all"])
    del broken["actor"]
    aws.put_event(aws.outputs["EventBusName"], "com.example.deploys", "tidings.notification", broken)
    letter = children.wait_until("the dead letter", 60, lambda: aws.receive("NotificationDeadLetterQueueUrl"))
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    for name in ("error-type", "error-path", "original-message-id"):
        assert attributes.get(name), f"the dead letter has no {name}: {attributes}"
    for path in ("actor", "to"):
        assert path in attributes["error-path"], f"{path} is not in {attributes['error-path']}"
    assert json.loads(letter["Body"])["detail"] == broken, "the dead letter is not what was sent"


def nothing_is_left(aws, teams):
    """every queue is empty but for that dead letter"""
    drained(aws)
    for name in ("Delivery", "Broadcast", "Task", "Polls", "Watch"):
        queue = f"{name}DeadLetterQueueUrl"
        assert aws.messages_in(queue) == 0, f"{queue} holds a message"
    assert aws.messages_in("NotificationDeadLetterQueueUrl") == 1


def drained(aws):
    """Waits until no message is under way."""
    queues = ("NotificationQueueUrl", "DeliveryQueueUrl", "BroadcastQueueUrl", "TaskQueueUrl")
    empty_twice = []

    def is_empty():
        empty_twice.append(all(aws.messages_in(queue) == 0 for queue in queues))
        return empty_twice[-2:] == [True, True]

    children.wait_until("empty queues", 60, is_empty)


ALL = [
    strangers_are_refused,
    a_person_is_welcomed,
    an_own_event_arrives,
    the_same_event_arrives_once,
    our_own_events_do_not_come_back,
    a_service_event_arrives,
    a_short_wait_is_kept,
    the_tick_releases_what_is_due,
    what_is_new_in_a_watched_feed_arrives,
    a_poll_is_asked_answered_and_told,
    an_anonymous_poll_leaves_no_ballot,
    a_broken_notification_is_kept,
    nothing_is_left,
]
