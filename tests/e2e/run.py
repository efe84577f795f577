#!/usr/bin/env python3
"""The real template, deployed with the real SAM CLI, with the release binaries behind it.

AWS is played by MiniStack, Teams by `tidings simulator`, both on loopback. `sam`, `aws` must be in PATH, MINISTACK
names MiniStack's program.
"""

import argparse
import os
import sys
import tempfile
import time

import children
import checks
from aws import Aws, free_port
from teams import Teams

SECRET = "tidings/teams"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tidings", default="target/debug/tidings", help="the command line, for its simulator")
    parser.add_argument("--template", default=".aws-sam/build/template.yaml", help="the template as built")
    parser.add_argument("--ministack", default=os.environ.get("MINISTACK", "ministack"))
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="tidings-e2e-") as work:
        aws = teams = None
        try:
            aws = said("MiniStack starts", lambda: Aws(options.ministack, work))
            log = os.path.join(work, "simulator.log")
            teams = said("Teams starts", lambda: Teams(options.tidings, free_port(), log, aws.env))
            said("the template is deployed", lambda: deploy(aws, teams, options.template))
            for check in checks.ALL:
                said(check.__doc__, lambda: check(aws, teams))
        except AssertionError as error:
            print(f"\nFAILED: {error}", file=sys.stderr)
            explain(aws, work)
            return 1
        finally:
            children.stop_all()
    return 0


def said(what, act):
    begun = time.monotonic()
    result = act()
    print(f"  {time.monotonic() - begun:6.1f} s  {what}", flush=True)
    return result


def deploy(aws, teams, template):
    """Deploys for the simulator's bot, whose client secret is in Secrets Manager."""
    aws.cli(
        "secretsmanager", "create-secret",
        "--name", SECRET,
        "--secret-string", teams.PASSWORD,
    )
    aws.deploy(
        template,
        {
            "Architecture": "x86_64",
            "MicrosoftAppId": teams.about["bot"]["appId"],
            "MicrosoftAppTenantId": teams.about["tenant"],
            "MicrosoftAppPasswordSecretId": SECRET,
            "AzureAuthorityHost": teams.about["authorityHost"],
            "BotOpenIdMetadata": teams.about["openIdMetadata"],
            "TrustedServiceHosts": f"127.0.0.1:{teams.port}",
            "AwsEventSources": "aws.states,aws.cloudwatch",
            "WatchAllowLoopback": "true",
        },
    )
    # MiniStack tells function URLs apart by their host name.
    endpoint = aws.outputs["MessagingEndpoint"]
    host, path = endpoint.removeprefix("https://").split("/", 1)
    teams.post("/endpoint", url=f"{aws.endpoint}/{path}", host=host)


def explain(aws, work):
    """Whatever may say why."""
    if aws is not None:
        try:
            print("\nThe functions' logs:", *aws.function_logs()[-80:], sep="\n  ", file=sys.stderr)
        except (AssertionError, KeyError) as error:
            print(f"\nNo logs: {error}", file=sys.stderr)
    for name in ("ministack.log", "simulator.log"):
        path = os.path.join(work, name)
        if os.path.exists(path):
            with open(path, errors="replace") as log:
                print(f"\nThe end of {name}:", *log.read().splitlines()[-40:], sep="\n  ", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
