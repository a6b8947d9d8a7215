"""test_cache.py TOOL: what is fetched, what stays, what goes, and every message, with a server on loopback and with file://."""
import hashlib
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from server import CERTIFICATES, Server

TOOL = pathlib.Path(sys.argv.pop(1)).resolve()
ENV = {**os.environ, "no_proxy": "*", "NO_PROXY": "*"}
for name in "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR":
    ENV.pop(name, None)
TRUSTED = {"CURL_CA_BUNDLE": str(CERTIFICATES / "authority.pem")}


class Cache(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="downloads_")
        self.addCleanup(folder.cleanup)
        self.at = pathlib.Path(folder.name).resolve()
        self.server = Server({"/a": b"a" * 100, "/b": b"b" * 100, "/c": b"c" * 100, "/empty": b"", "/busy": 503, "/secret": 403})
        self.addCleanup(self.server.close)
        self.url = self.server.url

    def start(self, *args, size=1000, env={}, wrap=(), **more):
        return subprocess.Popen([*wrap, TOOL, "cache.db", str(size), *map(str, args)], cwd=self.at, env={**ENV, **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **more)

    def tool(self, *args, code=0, size=1000, **more):
        p = self.start(*args, size=size, **more)
        out, err = p.communicate()
        self.assertEqual(p.returncode, code, out + err)
        return out if code == 0 else err.replace(str(self.at), "HERE").replace(self.url, "URL")

    def get(self, name, path=None, checksum="-", **more):
        return self.tool("get", name if ":" in name else f"{self.url}/{name}", path or name.rpartition("/")[2], checksum, **more)

    def there(self):
        return sorted(p.name for p in self.at.iterdir() if not p.name.startswith("cache.db"))

    # ---- fetched once

    def test_fetched_once(self):
        self.assertEqual(self.get("a", "data/deep/a"), "data/deep/a\n")
        self.get("a", "data/deep/a")
        self.assertEqual((self.at / "data/deep/a").read_bytes(), b"a" * 100)
        self.assertEqual(self.server.asked, ["/a"])
        self.assertEqual(os.listdir(self.at / "data/deep"), ["a"])

    def test_offline_with_a_copy(self):
        self.get("a")
        self.server.close()
        self.assertEqual(self.get("a"), "a\n")

    def test_empty_file_and_redirect(self):
        self.get("empty")
        self.assertEqual((self.at / "empty").read_bytes(), b"")
        self.get("to/a")
        self.assertEqual((self.at / "a").read_bytes(), b"a" * 100)

    def test_file_url(self):
        (self.at / "source").write_text("text")
        self.get(f"file://{self.at}/source", "copy")
        self.assertEqual((self.at / "copy").read_text(), "text")

    def test_four_at_once_fetch_once(self):
        many = [self.start("get", f"{self.url}/slow/a", "a", "-") for _ in range(4)]
        while not self.server.asked:
            time.sleep(0.01)
        self.server.go.set()
        for p in many:
            self.assertEqual(p.communicate()[0], "a\n")
        self.assertEqual(self.server.asked, ["/slow/a"])

    def test_killed_while_fetching(self):
        p = self.start("get", f"{self.url}/slow/a", "a", "-")
        while not self.server.asked:
            time.sleep(0.01)
        p.kill()
        p.communicate()
        self.assertFalse((self.at / "a").exists())
        self.server.go.set()
        self.get("a")
        self.assertEqual(self.there(), ["a"])

    def test_another_address_is_fetched_again(self):
        self.get("a", "x")
        self.get("b", "x")
        self.assertEqual((self.at / "x").read_bytes(), b"b" * 100)
        self.get("missing", "x", code=1)
        self.assertEqual((self.at / "x").read_bytes(), b"b" * 100)

    def test_password_is_not_written_down(self):
        self.get(self.url.replace("//", "//me:hush@") + "/a", "a")
        self.assertNotIn("hush", (self.at / "cache.db").read_text())
        self.assertNotIn("hush", self.get(self.url.replace("//", "//me:hush@") + "/gone", "gone", code=1))

    def test_killed_at_any_time(self):
        """What is there is whole, and the next one goes on."""
        self.server.files["/large"] = os.urandom(1 << 21)
        for i in range(30):
            (self.at / "large").unlink(missing_ok=True)
            p = self.start("get", f"{self.url}/large", "large", "-", size=1 << 22)
            try:
                p.wait(0.002 + 0.0005 * i)
            except subprocess.TimeoutExpired:
                p.kill()
            p.communicate()
            if (self.at / "large").exists():
                self.assertEqual((self.at / "large").read_bytes(), self.server.files["/large"])
        self.get("large", size=1 << 22)
        self.assertEqual((self.at / "large").read_bytes(), self.server.files["/large"])
        self.assertEqual(self.there(), ["large"])

    def test_folder_that_cannot_be_written(self):
        """A copy on a disk that is read-only: no lock, no index, but the file."""
        (self.at / "cache.db.lock").mkdir()
        (self.at / "a").write_text("copy")
        self.get("a")
        self.get("a", checksum=hashlib.sha256(b"copy").hexdigest())
        self.assertEqual(self.get("a", checksum="0" * 64, code=1),
                         f"error: a: its sha256 is {hashlib.sha256(b'copy').hexdigest()}, not {'0' * 64}; delete it to have it fetched\n")
        self.assertEqual(self.get("b", code=1), "error: cannot open cache.db.lock: Is a directory\n")

    # ---- what goes

    def test_used_longest_ago_goes_first(self):
        self.get("a", size=250)
        self.get("b", size=250)
        time.sleep(1.1)                    # uses are written down once a second
        self.get("a", size=250)
        p = self.start("get", f"{self.url}/c", "c", "-", size=250)
        self.assertEqual(p.communicate()[1], f"{self.at}/b was deleted: it was used longest ago, and downloads take at most 250 bytes (cache_size)\n"
                         f"c was fetched from {self.url}/c: 100 bytes\n")
        self.assertEqual(self.there(), ["a", "c"])
        self.get("b", size=250)
        self.assertEqual(self.server.asked, ["/a", "/b", "/c", "/b"])

    def test_in_use_stays(self):
        p = self.start("get", f"{self.url}/a", "a", "-", "hold")
        self.assertEqual([p.stdout.readline(), p.stdout.readline()], ["a\n", "holding\n"])
        self.get("b", size=250)
        self.get("c", size=250)
        self.assertEqual(self.there(), ["a", "c"])
        p.communicate("")
        self.get("b", size=250)
        self.assertEqual(self.there(), ["b", "c"])

    def test_all_in_use(self):
        p = self.start("get", f"{self.url}/a", "a", "-", "get", f"{self.url}/b", "b", "-", size=150)
        out, err = p.communicate()
        self.assertEqual(out, "a\nb\n")
        self.assertIn("warning: downloads take 200 bytes, more than the 150 of cache_size: all of them are in use\n", err)
        self.assertEqual(self.there(), ["a", "b"])

    def test_own_files_stay(self):
        (self.at / "mine").write_bytes(b"m" * 500)
        self.assertEqual(self.tool("known", "mine", "save", "mine", "known", "mine", "known", "no/folder", "known", "none"), "no\nyes\nno\nno\n")
        for name in "abc":
            self.get(name, size=120)
        self.assertEqual(self.there(), ["c", "mine"])

    def test_changed_files_are_ones_own(self):
        self.get("a")
        (self.at / "a").write_text("better")
        self.get("a")
        self.get("b", size=100)
        self.assertEqual((self.at / "a").read_text(), "better")
        self.assertEqual(self.server.asked, ["/a", "/b"])

    def test_put_there_by_hand(self):
        (self.at / "a").write_text("mine")
        self.get("a")
        self.assertEqual((self.at / "a").read_text(), "mine")
        self.assertEqual(self.server.asked, [])

    def test_known_again_after_deletion(self):
        self.get("a")
        self.assertEqual(self.tool("known", "a"), "yes\n")
        (self.at / "a").unlink()
        self.assertEqual(self.tool("known", "a"), "no\n")
        self.get("a")
        self.assertEqual(self.server.asked, ["/a", "/a"])

    # ---- checksums

    def test_checksum(self):
        right = hashlib.sha256(b"a" * 100).hexdigest()
        self.get("a", checksum=right)
        self.get("a", checksum="sha256:" + right.upper())
        self.assertEqual(self.server.asked, ["/a"])
        wrong = "0" * 64
        self.assertEqual(self.get("b", checksum=wrong, code=1),
                         f"error: URL/b: its sha256 is {hashlib.sha256(b'b' * 100).hexdigest()}, not {wrong}; correct the address, or the checksum\n")
        self.assertEqual(self.there(), ["a"])
        self.assertEqual(self.get("a", checksum="a1", code=1), "error: 'a1' is no checksum: sha256: and 64 digits, or xxh128: and 32, from 0 to f\n")

    def test_checksum_of_a_file_of_ones_own(self):
        (self.at / "a").write_text("mine")
        self.assertEqual(self.get("a", checksum="0" * 32, code=1), f"error: a: its xxh128 is 75b7fbaa85fc87816fb2e73d7b2a0945, not {'0' * 32}; "
                         "it was put there by hand, or changed since: delete it to have it fetched\n")

    def test_damaged_copy_is_fetched_again(self):
        (self.at / "source").write_text("old")
        url = f"file://{self.at}/source"
        self.get(url, "x")
        (self.at / "source").write_text("new")
        self.get(url, "x", checksum=hashlib.sha256(b"new").hexdigest())
        self.assertEqual((self.at / "x").read_text(), "new")

    # ---- what servers do

    def test_cut_off_then_whole(self):
        self.get("cut/a", code=1)
        self.assertEqual(self.there(), [])
        self.get("a")
        self.assertEqual((self.at / "a").read_bytes(), b"a" * 100)

    def test_redirects(self):
        """Relative, to another server, from http to https; not in circles, not to files, and not more than ten times."""
        other = Server({"/a": b"other"}, "here")
        self.addCleanup(other.close)
        self.server.files.update({"/other": other.url + "/a", "/loop": "/loop", "/file": f"file://{self.at}/source", "/ftp": "ftp://127.0.0.1/x"})
        self.server.files.update({f"/hop{i}": f"/hop{i + 1}" for i in range(10)}, **{"/hop10": b"end"})
        (self.at / "source").write_text("text")
        self.get("other", env=TRUSTED)
        self.assertEqual((self.at / "other").read_bytes(), b"other")
        self.get("hop0")
        self.assertEqual((self.at / "hop0").read_bytes(), b"end")
        self.assertEqual(self.get("loop", "x", code=1), f"error: URL/loop: cannot be fetched: more than 10 redirections{self.HAND}")
        for name in "file", "ftp":
            self.assertEqual(self.get(name, "x", code=1), f"error: URL/{name}: cannot be fetched: it leads to an address that is neither http nor https{self.HAND}")
        self.assertEqual(self.there(), ["hop0", "other", "source"])

    # ---- https

    def secure(self, certificate, code=0, env={}, name="a"):
        server = Server({"/a": b"a" * 100}, certificate)
        self.addCleanup(server.close)
        out = self.tool("get", f"{server.url}/{name}", "a", "-", code=code, env=env)
        return out.replace(server.url, "URL")

    def test_https(self):
        """By each of the variables."""
        shutil.copytree(CERTIFICATES, self.at / "folder")
        subject = subprocess.run(["openssl", "x509", "-in", CERTIFICATES / "authority.pem", "-noout", "-subject_hash"], capture_output=True, text=True) if shutil.which("openssl") else None
        ways = [TRUSTED, {"SSL_CERT_FILE": TRUSTED["CURL_CA_BUNDLE"]}, {**TRUSTED, "SSL_CERT_FILE": "/none"}]
        if subject:
            (self.at / "folder" / (subject.stdout.strip() + ".0")).symlink_to("authority.pem")
            ways.append({"SSL_CERT_DIR": str(self.at / "folder")})
        for env in ways:
            self.assertEqual(self.secure("here", env=env), "a\n")
            self.assertEqual((self.at / "a").read_bytes(), b"a" * 100)
            (self.at / "a").unlink()

    def test_certificates_that_are_refused(self):
        for certificate, env, why in (("here", {}, "its certificate is not trusted: no authority that is known here has signed it"),
                                      ("here", {"CURL_CA_BUNDLE": str(CERTIFICATES / "stranger.pem")}, "its certificate is not trusted: no authority that is known here has signed it"),
                                      ("here", {"MOSAIC_CERTIFICATES": TRUSTED["CURL_CA_BUNDLE"]}, "its certificate is not trusted: no authority that is known here has signed it"),
                                      ("elsewhere", TRUSTED, "its certificate is not trusted: it belongs to another host"), ("expired", TRUSTED, "its certificate is not trusted: it has expired"),
                                      ("here", {"CURL_CA_BUNDLE": "/none"}, "the certificates to check it against cannot be read; install ca-certificates, or name a file in CURL_CA_BUNDLE")):
            self.assertEqual(self.secure(certificate, code=1, env=env), f"error: URL/a: cannot be fetched: {why}\nput the file at a by hand: then nothing is fetched\n")
        self.assertEqual(self.there(), [])
        self.assertEqual(self.secure("here", code=1, env=TRUSTED, name="none"), "error: URL/none: cannot be fetched: the server answers 404 (not found)\nput the file at a by hand: then nothing is fetched\n")

    def test_https_of_a_server_of_http(self):
        url = self.url.replace("http:", "https:")
        self.assertEqual(self.tool("get", f"{url}/a", "x", "-", code=1, env=TRUSTED),
                         f"error: {url}/a: cannot be fetched: no secure connection could be made; is it a server of https?{self.HAND}")
        secure = Server({}, "here")
        self.addCleanup(secure.close)
        url = secure.url.replace("https:", "http:")
        self.assertRegex(self.tool("get", f"{url}/a", "x", "-", code=1), rf"^error: {url}/a: cannot be fetched: ")

    # ---- messages

    HAND = "\nput the file at x by hand: then nothing is fetched\n"

    def test_servers_that_refuse(self):
        for name, why in (("gone", "the server answers 404 (not found)"), ("busy", "the server answers 503"), ("secret", "the server answers 403 (not allowed)"),
                          ("cut/a", "the connection ended before the file did")):
            self.assertEqual(self.get(name, "x", code=1), f"error: URL/{name}: cannot be fetched: {why}{self.HAND}")
        self.assertEqual(self.there(), [])

    def test_nobody_there(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{s.getsockname()[1]}/x"
            self.assertEqual(self.get(url, "x", code=1), f"error: {url}: cannot be fetched: cannot connect: Connection refused{self.HAND}")
        self.assertEqual(self.get(f"file://{self.at}/none", "x", code=1), f"error: file://HERE/none: cannot be fetched: there is no such file, or it cannot be read{self.HAND}")

    def test_addresses(self):
        for url in "ftp://host/x", "x", "":
            self.assertEqual(self.tool("get", url, "x", "-", code=1), f"error: '{url}' is no address of a file: http://, https:// and file:// can be fetched\n")
        self.assertEqual(self.tool("get", "http://a/\tb", "x", "-", code=1), "error: the address of x is missing, too long, or has control characters\n")
        self.assertEqual(self.tool("get", "http://[/b", "x", "-", code=1), "error: http://[/b: cannot be fetched: URL using bad/illegal format or missing URL" + self.HAND)

    def test_paths(self):
        self.assertEqual(self.get("a", "data/", code=1), "error: data/: this is a folder; a path ends in the name of a file\n")
        self.assertEqual(self.get("a", "a\nb", code=1), "error: the name of a file is too long, or has control characters\n")
        (self.at / "file").write_text("")
        self.assertEqual(self.get("a", "file/x", code=1), "error: file/x: cannot make its folder: Not a directory\n")
        (self.at / "folder").mkdir()
        self.assertEqual(self.get("a", "folder", code=1), "error: folder: is not a regular file\n")
        (self.at / "link").symlink_to("none")
        self.assertEqual(self.get("a", "link", code=1), "error: link: is a link to a file that is not there\n")
        self.assertEqual(self.tool("known", "", code=1), "error: a file without a name was asked for\n")
        self.assertEqual(self.tool("save", "none", code=1), "error: none: there is no such file to be kept\n")

    def test_too_large(self):
        self.assertEqual(self.get("a", size=99, code=1), "error: URL/a: is larger than the 99 bytes that downloads may take; raise [MONITOR] cache_size\n")
        self.get("a", size=100)
        self.assertEqual(self.there(), ["a"])

    def test_disk_full(self):
        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
        self.assertEqual(self.get("a", code=1, preexec_fn=small, restore_signals=False), "error: URL/a: cannot write a: File too large\n")
        self.assertEqual(self.there(), [])

    def test_disk_full_for_real(self):
        """A disk of its own, of 16 KB, that fills while a file comes in: nothing is left of it, and smaller ones still fit."""
        self.server.files["/large"] = os.urandom(1 << 20)
        (self.at / "disk").mkdir()
        mounted = f"mount -t tmpfs -o size=16k none {self.at}/disk && cd disk && "
        wrap = ["unshare", *([] if os.getuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c"]
        if subprocess.run([*wrap, mounted + "true"], cwd=self.at, stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no disk can be mounted")
        p = self.start("get", f"{self.url}/large", "large", "-", size=1 << 24, wrap=[*wrap, mounted + f'"$@"; shift 6; "$0" cache.db 1000 get {self.url}/a a -; ls', TOOL])
        out, err = p.communicate()
        self.assertEqual(out, "a\na\ncache.db\ncache.db.lock\n", err)
        self.assertEqual(err.replace(self.url, "URL"), "error: URL/large: cannot write large: No space left on device\na was fetched from URL/a: 100 bytes\n")

    def test_index_is_something_else(self):
        (self.at / "cache.db").write_bytes(b"SQLite format 3\0")
        self.assertEqual(self.get("a", code=1), "error: cache.db:1: this is no index of downloads; name another file in [MONITOR] cache_database_path\n")
        (self.at / "cache.db").write_text("mosaic cache 1\nfetched\t-1\t2\t3\t\tu\t/x\n")
        self.assertEqual(self.get("a", code=1), "error: cache.db:2: this is no index of downloads; name another file in [MONITOR] cache_database_path\n")

    def test_damaged_index(self):
        """Cut anywhere, or with any byte changed: a message or none, never a crash."""
        self.get("a")
        self.get("b")
        index, whole = self.at / "cache.db", (self.at / "cache.db").read_bytes()
        damaged = [whole[:n] for n in range(0, len(whole), 7)] + [whole[:n] + bytes([whole[n] ^ 0x55]) + whole[n + 1:] for n in range(0, len(whole), 7)]
        for text in damaged:
            index.write_bytes(text)
            p = self.start("get", f"{self.url}/a", "a", "-")
            out, err = p.communicate()
            self.assertIn(p.returncode, (0, 1), err)
            self.assertIn("a\n" if p.returncode == 0 else "this is no index of downloads", out or err)


if __name__ == "__main__":
    unittest.main()
