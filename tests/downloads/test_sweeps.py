"""test_sweeps.py BUILD: share/download.c before a reader: compiled, trained by several trainers at once, offline; what [MONITOR] says reaches them."""
import os
import shutil
import subprocess
import threading
import unittest.mock

from harness import Example, config, main
from server import CERTIFICATES, Server

os.environ.update(no_proxy="*", NO_PROXY="*")
for name in "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR":
    os.environ.pop(name, None)


class Sweeps(Example):
    def setUp(self):
        self.table = (self.f.at / "share/data/iris.csv").read_bytes()
        self.server = Server({"/iris.csv": self.table})
        self.addCleanup(self.server.close)
        for name in "data", "run_files", "generated":
            shutil.rmtree(self.f.at / name, ignore_errors=True)
        for path in self.f.at.glob("*.db*"):
            path.unlink()

    def sweep_of(self, url, monitor={}, code=0, args=(), **more):
        process = {"loss_function": "CrossEntropyLoss", "epochs": 2, "data_scheme": "download, dataset", "pipeline_scheme": "mlp"}
        fetch = ("fetch", {"type": "download", "class": "download", "path_to_class": "share/download.c", "url": url, "path": "data/iris.csv", **more})
        iris = ("iris", {"type": "dataset", "class": "csv", "path_to_class": "share/csv.c", "target": "class", "target_kind": "label", "batch_size": 10})
        net = ("net", {"type": "mlp", "class": "classifier", "path_to_class": "share/classifier.c", "width": 2})
        self.f.write("fetch.ini", config(process, {"nb_processus": 2, "multiplicity": 2, **monitor}, fetch, iris, net))
        return self.f.mosaicc(*args, "fetch.ini", code=code)

    def test_compile_then_train_offline(self):
        self.sweep_of(self.server.url + "/iris.csv")
        self.assertEqual(self.server.asked, ["/iris.csv"])
        self.server.close()
        self.f.sweep("fetch.ini", "fetch.db")
        self.assertEqual(self.f.sql("fetch.db", "SELECT count(*) FROM runs WHERE status = 'done'"), [(2,)])

    def test_trainers_fetch_once(self):
        self.sweep_of(self.server.url + "/iris.csv", {"cache_database_path": "kept/here", "cache_size": "10K"})
        self.assertTrue((self.f.at / "kept/here").exists())
        shutil.rmtree(self.f.at / "data")
        trainer = self.f.trainer("fetch.ini")
        both = [subprocess.Popen([trainer, "--out", out], cwd=self.f.at, stdout=subprocess.DEVNULL) for out in "ab"]
        self.assertEqual([p.wait() for p in both], [0, 0])
        self.assertEqual(self.server.asked, ["/iris.csv"] * 2)
        self.assertFalse((self.f.at / "cache.db").exists())

    def test_cache_size_reaches_both(self):
        r = self.sweep_of(self.server.url + "/iris.csv", {"cache_size": "1K"}, code=1)
        self.assertIn("/iris.csv: is larger than the 1024 bytes that downloads may take; raise [MONITOR] cache_size\n", r.stderr)
        self.sweep_of(self.server.url + "/iris.csv", {"cache_size": "3K"})
        text = (self.f.trainer("fetch.ini").parent / "trainer.c").read_text()
        self.assertIn('\t.cache_database_path = "cache.db", .cache_size = 3072,\n', text)

    def test_https(self):
        """mosaicc and a trainer, with the certificate that a variable names; without it neither fetches."""
        server = Server({"/iris.csv": self.table}, "here")
        self.addCleanup(server.close)
        why = f"{server.url}/iris.csv: cannot be fetched: its certificate is not trusted: no authority that is known here has signed it\n"
        self.assertIn(why, self.sweep_of(server.url + "/iris.csv", code=1).stderr)
        with unittest.mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(CERTIFICATES / "authority.pem")}):
            self.sweep_of(server.url + "/iris.csv")
            (self.f.at / "data/iris.csv").unlink()
            self.f.sweep("fetch.ini", "fetch.db")
        self.assertEqual(self.f.sql("fetch.db", "SELECT count(*) FROM runs WHERE status = 'done'"), [(2,)])
        (self.f.at / "data/iris.csv").unlink()
        self.assertIn(why, self.f.call(self.f.trainer("fetch.ini"), "--out", "a", code=1).stderr)

    def test_contents_count_in_the_identity(self):
        self.sweep_of(self.server.url + "/iris.csv")
        self.f.sweep("fetch.ini", "fetch.db")
        before = self.f.sql("fetch.db", "SELECT identity FROM run_details")
        self.server.files["/iris.csv"] = self.table.replace(b"5.1", b"5.2", 1)
        (self.f.at / "data/iris.csv").unlink()
        self.sweep_of(self.server.url + "/iris.csv")
        self.f.sweep("fetch.ini", "fetch.db")
        after = self.f.sql("fetch.db", "SELECT identity FROM run_details")
        self.assertEqual(len(set(before + after)), 4)

    def test_message_at_compile_time(self):
        r = self.sweep_of(self.server.url + "/none.csv", code=1)
        url = self.server.url + "/none.csv"
        self.assertEqual(r.stderr, f"share/download.c:14:2: error: prepare of download: {url}: cannot be fetched: the server answers 404 (not found)\n"
                         "  \tmosaic_download_file(self->url, self->path, self->checksum);\n  \t^\n  hint: put the file at data/iris.csv by hand: then nothing is fetched\n"
                         f"  pipeline: download({url},data/iris.csv) | csv(class,label,10) | classifier(2)\n")

    def test_message_of_a_run(self):
        self.sweep_of(self.server.url + "/iris.csv", {"multiplicity": 1})
        (self.f.at / "data/iris.csv").unlink()
        self.server.files["/iris.csv"] = 503
        r = self.f.call(self.f.trainer("fetch.ini"), "--out", "a", code=1)
        self.assertIn(f"{self.server.url}/iris.csv: cannot be fetched: the server answers 503\nput the file at data/iris.csv by hand: then nothing is fetched\n", r.stderr)

    def test_a_slow_server_is_no_endless_loop(self):
        """The check may take 0.5 s of the processor and 3 s on the clock; the server answers later."""
        threading.Timer(4.5, self.server.go.set).start()
        self.sweep_of(self.server.url + "/slow/iris.csv", args=["--time-limit", "0.5"])
        self.assertEqual(self.server.asked, ["/slow/iris.csv"])


if __name__ == "__main__":
    main()
