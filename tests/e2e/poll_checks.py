"""Polls, from their schedules to their results."""

import datetime
import json
import time

import children

ANA = "Ana García"
BEN = "Ben Okafor"
TITLE = "Lunch on Friday"


def a_poll_is_asked_answered_and_told(aws, teams):
    """a poll is opened by a schedule, answered in Teams and closed, and its owner gets the result"""
    owner = f"aad:{teams.people()[ANA]['objectId']}"
    teams.install_for(ANA)
    teams.next_message(ANA, seconds=60)
    opens = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=45)
    poll = {
        "id": "e2e-lunch",
        "title": TITLE,
        "owner": owner,
        "to": [f"aad:{teams.people()[BEN]['objectId']}"],
        "questions": [
            {"id": "place", "kind": "single", "text": "Where?", "choices": [
                {"id": "pizza", "text": "Pizza"}, {"id": "sushi", "text": "Sushi"}]},
        ],
        "schedule": {"at": opens.strftime("%Y-%m-%dT%H:%M:%SZ")},
        "closes": {"after": "1d"},
    }
    bus = aws.outputs["EventBusName"]
    aws.put_event(bus, "com.example.people", "tidings.poll", poll)
    children.wait_until("the schedule that opens it", 60, lambda: schedules(aws, "poll-e2e-lunch-open"))

    asked = teams.next_message(BEN, seconds=120, contains=TITLE)
    assert time.time() >= opens.timestamp() - 5, "it was asked too early"
    assert "Vote" in asked["buttons"], f"nobody can vote: {asked['buttons']}"
    children.wait_until("the schedule that closes it", 30, lambda: schedules(aws, "poll-e2e-lunch-2"))
    assert not schedules(aws, "poll-e2e-lunch-open"), "the schedule that opened it is still there"

    seen = teams.press(BEN, "Vote", {"answer.place": "sushi"})
    assert "Vote" not in seen["buttons"], f"the vote was not taken: {seen['readable']}"
    assert "Sushi" in seen["readable"], f"the vote is not on the card: {seen['readable']}"

    command = {"poll": "e2e-lunch", "do": "close", "by": owner}
    aws.put_event(bus, "com.example.people", "tidings.poll.command", command)
    result = teams.next_message(ANA, seconds=120, contains=TITLE)
    assert "Sushi" in result["readable"], f"the result does not say what was voted: {result['readable']}"
    counted = results(aws, teams)
    assert counted == [(1, {"pizza": 0, "sushi": 1})], f"the vote was not counted once: {counted}"

    def replaced():
        cards = teams.get("/messages", to=BEN, contains=TITLE)
        return cards and all("Vote" not in card["buttons"] for card in cards)

    children.wait_until("Ben's card without a button to vote", 60, replaced)
    children.wait_until("the end of its schedules", 60, lambda: not schedules(aws, "poll-e2e-lunch"))


def an_anonymous_poll_leaves_no_ballot(aws, teams):
    """the ballots of an anonymous poll are in their own table until it is closed, and its few votes are not told"""
    title = "How are we doing"
    owner = f"aad:{teams.people()[ANA]['objectId']}"
    poll = {
        "id": "e2e-mood",
        "title": title,
        "owner": owner,
        "to": [f"aad:{teams.people()[BEN]['objectId']}"],
        "questions": [{"id": "week", "kind": "rating", "text": "How was your week?"}],
        "anonymous": True,
    }
    bus = aws.outputs["EventBusName"]
    aws.put_event(bus, "com.example.people", "tidings.poll", poll)
    teams.next_message(BEN, seconds=60, contains=title)
    seen = teams.press(BEN, "Vote", {"answer.week": "4"})
    assert "Vote" not in seen["buttons"], f"the vote was not taken: {seen['readable']}"
    assert [key for key in ballot_keys(aws) if key.startswith("BALLOT#")], "the ballot is not in its table"
    aws.put_event(bus, "com.example.people", "tidings.poll.command", {"poll": "e2e-mood", "do": "close", "by": owner})
    teams.next_message(ANA, seconds=60, contains=title)
    left = ballot_keys(aws)
    assert not left, f"the ballot table still holds {left}"
    (written,) = written_results(aws, teams, "e2e-mood")
    assert written["shown"] == {"withheld": {"threshold": 5}}, f"the votes of one were told: {written}"


def ballot_keys(aws):
    """The sort keys in the table of ballots."""
    found = aws.cli("dynamodb", "scan", "--table-name", aws.outputs["BallotTableName"])
    return [item["sk"]["S"] for item in found["Items"]]


def schedules(aws, prefix):
    """The schedules whose names begin like this."""
    names = [schedule["Name"] for schedule in aws.cli("scheduler", "list-schedules")["Schedules"]]
    return [name for name in names if name.startswith(prefix)]


def results(aws, teams):
    """Of the poll about lunch: how many voted, and for what."""
    found = []
    for result in written_results(aws, teams, "e2e-lunch"):
        (question,) = result["shown"]["questions"]
        found.append((result["voters"], {choice["id"]: choice["count"] for choice in question["counted"]["choices"]}))
    return found


def written_results(aws, teams, poll):
    """The results that were written of a poll, which was asked once."""
    tenant = teams.about["tenant"].lower()
    times = [item["sk"]["S"].removeprefix("OCC#") for item in items(aws, f"POLL#{tenant}#{poll}", "OCC#")]
    assert len(times) == 1, f"it was asked {len(times)} times: {times}"
    written = items(aws, f"VOTING#{tenant}#{poll}@{times[0]}", "RESULT#")
    return [json.loads(item["result"]["S"]) for item in written]


def items(aws, partition, prefix):
    """What the table holds in a partition, under sort keys that begin like this."""
    values = {":partition": {"S": partition}, ":prefix": {"S": prefix}}
    found = aws.cli(
        "dynamodb", "query",
        "--table-name", aws.outputs["TableName"],
        "--key-condition-expression", "pk = :partition AND begins_with(sk, :prefix)",
        "--expression-attribute-values", json.dumps(values),
    )
    return found["Items"]
