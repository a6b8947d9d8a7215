"""test_large.py: a thousand pipelines, each a program of its own, from the config to the sources. Prints seconds and peak memory; what
is asserted is that memory hardly grows with the number of pipelines, and that a second time touches nothing."""
import os
import subprocess
import time

from harness import BUILD, Example, main

INI = "share/config.ini"


class Large(Example):
    def compile(self, lengths, widths):
        """Seconds of CPU, seconds, peak memory in bytes."""
        text = (self.f.at / INI).read_text()
        head, rest = text.split("[mlp_funnel]")
        brick = rest.split("[mlp_brick]")[1].replace("length = 4", f"length = {{1-{lengths}}}").replace("width = {2-4}", f"width = {{1-{widths}}}")
        self.f.write("share/large.ini", head + "[mlp_brick]" + brick)
        began = time.monotonic()
        p = subprocess.Popen([BUILD / "mosaicc", "--no-build", "--quiet", "share/large.ini"], cwd=self.f.at)
        _, status, use = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(p.returncode, 0)
        return use.ru_utime + use.ru_stime, time.monotonic() - began, use.ru_maxrss * 1024

    def test_thousand(self):
        memory, before = {}, {}
        for lengths, widths in ((10, 10), (20, 50), (20, 50)):
            cpu, seconds, memory[lengths * widths] = self.compile(lengths, widths)
            count = len(self.f.programs("share/large.ini"))
            self.assertEqual(count, lengths * widths)
            print(f"{count} pipelines: {cpu:.1f} s of CPU, {seconds:.1f} s, {memory[count] >> 20} MB", flush=True)
            files = [p for p in (self.f.at / "generated/large").rglob("trainer.c")]
            self.assertEqual(len(files), count)
            times = {p: p.stat().st_mtime_ns for p in files}
            if len(before) == count:
                self.assertEqual(times, before)
            before = times
        self.assertLess((memory[1000] - memory[100]) / 900, 64 << 10)


if __name__ == "__main__":
    main()
