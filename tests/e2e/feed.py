"""A feed on loopback, of the titles that a check says."""

import http.server
import threading


class Feed:
    def __init__(self):
        feed = self
        self.titles = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = feed.document().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/atom+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self):
        entries = "".join(f"<entry><id>{title}</id><title>{title}</title></entry>" for title in self.titles)
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entries}</feed>'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
