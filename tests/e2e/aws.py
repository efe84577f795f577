"""AWS, played by MiniStack, and the stack that is deployed there with the real SAM CLI."""

import json
import os
import socket
import subprocess

import children


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Aws:
    """MiniStack on loopback, with an environment for AWS clients that reaches nothing else."""

    def __init__(self, ministack, work):
        self.work = work
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.env = {
            name: value
            for name, value in os.environ.items()
            # No profile or credentials of whoever runs this may be used, and no variable of ours may reach a function.
            if not name.startswith(("AWS_", "MICROSOFT_", "AZURE_", "RUST_"))
        } | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "SAM_CLI_TELEMETRY": "0",
        }
        self.log = os.path.join(work, "ministack.log")
        children.start(
            "ministack",
            [ministack],
            self.log,
            self.env
            | {
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(self.port),
                "STATE_DIR": os.path.join(work, "ministack"),
            },
        )
        children.wait_until("MiniStack", 60, self._is_up)
        self.outputs = {}

    def _is_up(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True

    def cli(self, *arguments):
        """One call of the AWS command line; gives its answer."""
        # The endpoint is said again: for SQS the command line prefers an old public name to the variable.
        done = subprocess.run(
            ["aws", "--endpoint-url", self.endpoint, *arguments, "--output", "json"],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def deploy(self, template, parameters):
        """Deploys the built template; its outputs are in `outputs` afterwards."""
        self.cli("s3api", "create-bucket", "--bucket", "artifacts")
        pairs = [f"{name}={value}" for name, value in parameters.items()]
        deployed = subprocess.run(
            [
                "sam", "deploy",
                "--template-file", template,
                "--stack-name", "tidings",
                "--s3-bucket", "artifacts",
                "--capabilities", "CAPABILITY_IAM",
                "--no-confirm-changeset",
                "--no-progressbar",
                "--parameter-overrides", *pairs,
            ],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if deployed.returncode != 0:
            raise AssertionError(f"sam deploy failed:\n{deployed.stdout[-4000:]}")
        stack = self.cli("cloudformation", "describe-stacks", "--stack-name", "tidings")["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def messages_in(self, queue):
        """How many messages a queue holds, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names.append("ApproximateNumberOfMessagesDelayed")
        answer = self.cli(
            "sqs", "get-queue-attributes",
            "--queue-url", self.outputs[queue],
            "--attribute-names", *names,
        )
        return sum(int(count) for count in answer["Attributes"].values())

    def receive(self, queue):
        """A message of a queue with its attributes, or nothing."""
        answer = self.cli(
            "sqs", "receive-message",
            "--queue-url", self.outputs[queue],
            "--message-attribute-names", "All",
            "--wait-time-seconds", "1",
        )
        return ((answer or {}).get("Messages") or [None])[0]

    def put_event(self, bus, source, detail_type, detail):
        entry = {
            "EventBusName": bus,
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.cli("events", "put-events", "--entries", json.dumps([entry]))
        if answer["FailedEntryCount"]:
            raise AssertionError(f"the event was refused: {answer['Entries']}")
        return answer["Entries"][0]["EventId"]

    def function_logs(self):
        """What the functions wrote, for a person who looks for the reason of a failure."""
        lines = []
        groups = self.cli("logs", "describe-log-groups")["logGroups"]
        for group in groups:
            name = group["logGroupName"]
            events = self.cli("logs", "filter-log-events", "--log-group-name", name)["events"]
            lines += [f"{name.rsplit('/', 1)[-1]}: {event['message'].rstrip()}" for event in events]
        return lines
