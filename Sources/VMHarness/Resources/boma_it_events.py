"""Ansible callback of boma-it: one JSON object a line, written beside Ansible's own output.

Hosts, results and counters come from here, so that nothing has to be read out of text meant for people. Results of
tasks are left out on purpose: they may hold secrets.
"""

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: boma_it_events
type: aggregate
short_description: events of a play as JSON lines
description: Writes to the file named by BOMA_IT_EVENTS. Does nothing when it is not set.
requirements: []
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "boma_it_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        path = os.environ.get("BOMA_IT_EVENTS")
        self.disabled = not path
        self.stream = None if self.disabled else open(path, "a", encoding="utf-8")

    def write(self, event, **fields):
        if self.stream is not None:
            json.dump({"event": event, "time": time.time(), **fields}, self.stream)
            self.stream.write("\n")
            self.stream.flush()

    def result(self, event, result, **fields):
        self.write(event, host=result._host.get_name(), task=result._task.get_name(), **fields)

    def v2_playbook_on_play_start(self, play):
        self.write("play", name=play.get_name())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.write("task", name=task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        self.write("task", name=task.get_name())

    def v2_runner_on_ok(self, result):
        self.result("ok", result, changed=bool(result._result.get("changed", False)))

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result):
        self.result("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self.result("skipped", result)

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self.write("stats", hosts=hosts)
