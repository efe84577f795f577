"""Teams, played by `tidings simulator`, through its control API."""

import json
import urllib.error
import urllib.parse
import urllib.request

import children


class Teams:
    # The client secret of the simulator's bot; see docs/simulator.md.
    PASSWORD = "local-only-not-a-secret"

    def __init__(self, tidings, port, log, env):
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        children.start("simulator", [tidings, "simulator", "--listen", f"127.0.0.1:{port}"], log, env)
        self.about = children.wait_until("the simulator", 60, lambda: self.get("/"))

    def get(self, path, **query):
        return self._call(path, query, None)

    def post(self, path, **body):
        return self._call(path, {}, body)

    def _call(self, path, query, body):
        url = f"{self.base}/_simulator{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=200) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"simulator, {path}: {error.code} {error.read().decode()}") from None

    def people(self):
        return {person["name"]: person for person in self.get("/people")}

    def install_for(self, person):
        """A person adds the app; the bot must take each activity of it."""
        return self._accepted(self.post("/install", person=person))

    def say(self, person, text):
        return self._accepted([self.post("/say", person=person, text=text)])

    def press(self, person, title, inputs):
        """A person fills in the latest card with this button and presses it; gives what they see then."""
        pressed = self.post("/press", person=person, title=title, inputs=inputs)
        self._accepted([pressed])
        return pressed["sees"]

    def _accepted(self, deliveries):
        for delivery in deliveries:
            status = (delivery.get("answer") or {}).get("status")
            assert status is not None and 200 <= status < 300, f"the bot answered {delivery.get('answer')}"
        return deliveries

    def next_message(self, to, seconds=30, contains=None):
        """The next message of the bot that a person has not read."""
        query = {"to": to, "seconds": seconds}
        if contains:
            query["contains"] = contains
        return self.get("/messages/next", **query)
