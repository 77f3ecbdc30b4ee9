"""Ansible callback of boma-it: one JSON object a line, written beside Ansible's own output.

Hosts, results and counters come from here, so that nothing has to be read out of text meant for people. Results of
tasks are left out on purpose: they may hold secrets. Of a task that failed there is the message, which Ansible shows too.

It also ends a play that is for another host than BOMA_IT_SUBJECT. The connection's variables send everything to the
virtual machine, whatever host was meant: harmless, but not what the playbook says.
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


def message(result):
    """What went wrong, in one line: of a loop, in its first item that failed."""
    if result.get("_ansible_no_log") or "censored" in result:
        return "hidden by no_log"
    for item in result.get("results") or []:
        if isinstance(item, dict) and item.get("failed"):
            return message(item)
    lines = [str(result.get("msg") or "no message")]
    # A program's own last words say more than its status does.
    if result.get("rc"):
        lines += str(result.get("stderr") or result.get("module_stderr") or "").strip().splitlines()[-1:]
    return " ".join(" ".join(lines).split())[:1000]


def place(task):
    """File and line of a task; nothing for one that Ansible made up."""
    try:
        return task.get_path() or None
    except AttributeError:
        return None


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
        self.subject = os.environ.get("BOMA_IT_SUBJECT")

    def write(self, event, **fields):
        if self.stream is not None:
            json.dump({"event": event, "time": time.time(), **fields}, self.stream)
            self.stream.write("\n")
            self.stream.flush()

    def refuse(self, why):
        self.write("refused", why=why)
        # An exception here would be turned into a warning. What is left of Ansible's workers is ended with it.
        self.stream.close()
        os._exit(99)

    def check(self, host, task, result):
        # Only a task that really ran has these; one that a condition left out did nothing.
        delegated = str(task.delegate_to) if "_ansible_delegated_vars" in result else self.subject
        for name in (host.get_name(), delegated):
            if self.subject and name != self.subject:
                self.refuse("task '%s' is for %s" % (task.get_name(), name))

    def result(self, event, result, **fields):
        self.check(result._host, result._task, result._result)
        self.write(event, host=result._host.get_name(), task=result._task.get_name(), **fields)

    def v2_runner_item_on_ok(self, result):
        self.check(result._host, result._task, result._result)

    v2_runner_item_on_failed = v2_runner_item_on_ok

    def v2_playbook_on_play_start(self, play):
        self.write("play", name=play.get_name())
        inventory = play.get_variable_manager()._inventory
        for host in inventory.get_hosts(play.hosts):
            if self.subject and host.get_name() != self.subject:
                self.refuse("play '%s' is for %s" % (play.get_name(), host.get_name()))

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.write("task", name=task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        self.write("task", name=task.get_name())

    def v2_runner_on_ok(self, result):
        self.result("ok", result, changed=bool(result._result.get("changed", False)))

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result(
            "failed", result, ignored=bool(ignore_errors), message=message(result._result), place=place(result._task))

    def v2_runner_on_unreachable(self, result):
        self.result("unreachable", result, message=message(result._result), place=place(result._task))

    def v2_runner_on_skipped(self, result):
        self.result("skipped", result)

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self.write("stats", hosts=hosts)
