"""rspamd's Bayes filter beside us: a redis and an rspamd of our own, on loopback, in a folder that goes away.

Both run on settings written here. No file below /etc and no service of the system is read or touched; rules, network
checks and every module of rspamd but the Bayes classifier stay out. The classifier itself is set as Debian's
rspamd 3.4 ships it, except that it judges from the first learnt mail of each kind (200 is its default).
"""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classifier.servers import free_ports, listens, server

PROGRAMS: Final = ("rspamd", "redis-server")
_ANSWER_SECONDS: Final = 30.0
_UNDECIDED: Final = 0.5
# rspamd builds an automaton of all known top-level domains for eight seconds; these stand for them.
_DOMAINS: Final = "com\nnet\norg\ninfo\nxyz\ntop\njp\nco.jp\ngo.jp\nlg.jp\nexample\n"
# The symbols of the classifier come rounded to 0.01%, which ties most mails; its own variable is not rounded.
_PROBABILITY: Final = """\
rspamd_config:register_symbol{
  name = "BAYES_PROBABILITY", type = "postfilter", flags = "empty",
  callback = function(task)
    local probability = task:get_mempool():get_variable("bayes_prob", "double")
    if probability then task:insert_result("BAYES_PROBABILITY", 1.0, string.format("%.17g", probability)) end
  end
}
"""
_SETTINGS: Final = """\
lua = "{folder}/probability.lua";
options {{
  filters = "";
  url_tld = "{folder}/domains";
  tempdir = "{folder}";
  pidfile = "{folder}/rspamd.pid";
  cache_file = "{folder}/symbols.cache";
  hs_cache_dir = "{folder}";
  history_file = "{folder}/history";
  stats_file = "{folder}/stats";
  control_socket = "{folder}/control mode=0600";
  dns {{ nameserver = ["127.0.0.1:9"]; }}
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "warning"; }}
actions {{ reject = 1000; }}
worker "normal" {{ bind_socket = "127.0.0.1:{scan_port}"; count = 1; }}
worker "controller" {{ bind_socket = "127.0.0.1:{learn_port}"; count = 1; secure_ip = "127.0.0.1"; }}
classifier "bayes" {{
  tokenizer {{ name = "osb"; }}
  cache {{ }}
  new_schema = true;
  backend = "redis";
  servers = "127.0.0.1:{redis_port}";
  min_tokens = 11;
  min_learns = 1;
  learn_condition = 'return require("lua_bayes_learn").can_learn';
  statfile {{ symbol = "BAYES_HAM"; spam = false; }}
  statfile {{ symbol = "BAYES_SPAM"; spam = true; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Rspamd:
    """A running rspamd: where it scans and learns, and the processes that the work is spread over."""

    scan_port: int
    learn_port: int
    processes: tuple[int, ...]
    """Leaders of the sessions in which rspamd with its workers, and redis, run."""

    def learn(self, mail: bytes, *, scam: bool) -> bool:
        """Whether the mail was learnt; rspamd refuses one of a few words and one it has learnt already.

        Raises RuntimeError for every other answer.
        """
        # "bulk" also learns what the filter is sure of already; by default it would leave out most of the mails.
        path = "/learnspam" if scam else "/learnham"
        status, answer = self._post(self.learn_port, path, mail, {"Learn-Type": "bulk"})
        if status in (http.client.NO_CONTENT, http.client.ALREADY_REPORTED):
            return False
        if status != http.client.OK or answer.get("success") is not True:
            raise RuntimeError(f"rspamd answered {status} to a mail to learn: {answer.get('error', answer)}")
        return True

    def probability(self, mail: bytes) -> float:
        """The classifier's probability of spam; one half where it knows too few of the words to say."""
        status, answer = self._post(self.scan_port, "/checkv2", mail, {})
        if status != http.client.OK:
            raise RuntimeError(f"rspamd answered {status} to a mail to scan: {answer.get('error', answer)}")
        return probability_of(answer)

    @staticmethod
    def _post(port: int, path: str, mail: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("POST", path, mail, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(body) if body else {}


def probability_of(answer: dict[str, Any]) -> float:
    """The probability of spam in an answer of `/checkv2`; one half where the classifier did not say."""
    symbol = answer["symbols"].get("BAYES_PROBABILITY")
    return float(symbol["options"][0]) if symbol else _UNDECIDED


def mail_of(text: str) -> bytes:
    """The text as a mail with the least of headers, so that mails differ in their texts alone."""
    head = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n"
    return f"{head}{text}\n".encode()


def settings(folder: Path, *, scan_port: int, learn_port: int, redis_port: int) -> str:
    """rspamd's settings: every file that it writes is in the folder, every port on loopback."""
    return _SETTINGS.format(folder=folder, scan_port=scan_port, learn_port=learn_port, redis_port=redis_port)


@contextmanager
def running(folder: Path, processor: int | None = None) -> Iterator[Rspamd]:
    """redis and rspamd, on one processor if one is given, until the block ends, however it ends.

    What is learnt stays in the folder; the next start in the same folder knows it. Raises ServerNotStarted.
    """
    redis_port, scan_port, learn_port = free_ports(3)
    (folder / "domains").write_text(_DOMAINS, encoding="ascii")
    (folder / "probability.lua").write_text(_PROBABILITY, encoding="ascii")
    (folder / "rspamd.conf").write_text(
        settings(folder, scan_port=scan_port, learn_port=learn_port, redis_port=redis_port), encoding="utf-8"
    )
    # Without a point at which to save, redis would forget everything when it is told to end.
    redis = ["redis-server", "--bind", "127.0.0.1", "--port", str(redis_port), "--dir", str(folder)]
    redis += ["--save", "86400 1"]
    # -i lets root run it too, as in a container; nothing but loopback reaches it.
    filter_ = ["rspamd", "-f", "-i", "-c", f"{folder}/rspamd.conf"]
    with (
        server(redis, folder, lambda: listens(redis_port), processor=processor) as first,
        server(filter_, folder, lambda: listens(scan_port) and listens(learn_port), processor=processor) as second,
    ):
        yield Rspamd(scan_port, learn_port, (first, second))
