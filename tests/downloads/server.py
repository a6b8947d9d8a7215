"""server.py: an HTTP server on loopback for the tests of downloads: counts what is asked for."""
import http.server
import pathlib
import ssl
import threading


CERTIFICATES = pathlib.Path(__file__).resolve().parent / "certificates"


class Server:
    """files: {"/name": bytes}. A body may be a number: that status; a text: an address to go on to. With the name of a certificate it speaks https. /slow/NAME waits for `go`; /cut/NAME ends early; /to/NAME redirects."""

    def __init__(self, files, certificate=None):
        self.files, self.asked, self.go = files, [], threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                kind, _, name = self.path[1:].rpartition("/")
                body = outer.files.get("/" + name, 404)
                if kind == "slow":
                    outer.go.wait(60)
                if kind == "to" or isinstance(body, (int, str)):
                    self.send_response(body if isinstance(body, int) and kind != "to" else 302)
                    self.send_header("Location", body if isinstance(body, str) else "/" + name)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + (kind == "cut")))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *args: None    # a client that leaves early
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.go.set()
        self.http.shutdown()
        self.http.server_close()
