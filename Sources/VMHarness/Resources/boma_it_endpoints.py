"""Ansible look-up of boma-it: which of a host's merged variables still lead to a real endpoint.

Runs inside Ansible, so that everything is merged, decrypted and rendered as in a play. Only the endpoints themselves
leave it, which the profile names anyway: no other part of any value, which may be secret.
"""

import json
import os
import re

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: boma_it_endpoints
short_description: looks for forbidden endpoints in all variables
description: Reads BOMA_IT_ENDPOINTS (declared names, forbidden host names) and writes its findings to a file.
options: {}
"""

# Made by Ansible for every play; what a repository says is in none of them alone.
MAGIC = {"groups", "hostvars", "vars", "omit", "environment", "playbook_dir", "inventory_dir", "inventory_file"}


def texts(value, path):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key, path)
            yield from texts(inner, path + ".%s" % key)
    elif isinstance(value, (list, tuple, set)):
        for number, inner in enumerate(value):
            yield from texts(inner, path + "[%d]" % number)
    elif value is not None:
        yield path, str(value)


def is_encrypted(value):
    if isinstance(value, dict):
        return any(is_encrypted(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(is_encrypted(inner) for inner in value)
    return any(word in type(value).__name__ for word in ("Vault", "Encrypted"))


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        plan = json.loads(os.environ["BOMA_IT_ENDPOINTS"])
        hosts = "|".join(re.escape(host) for host in plan["forbidden"])
        # With what is before it, so that a name below a forbidden one counts, and with its scheme and port for the reader.
        pattern = re.compile(r"([a-z][a-z0-9+.-]*://)?(?:[^\s/@]*@)?(?<![\w-])((?:[\w-]+\.)*(?:%s))(?![\w-]|\.\w)(:\d+)?" % hosts, re.I)
        findings = []
        for name in plan["variables"]:
            if name not in variables:
                findings.append({"variable": name, "problem": "missing"})
        for name, raw in sorted(variables.items(), key=lambda item: item[0]):
            if name in MAGIC or name.startswith("ansible_"):
                continue
            found = {}
            try:
                for path, text in texts(self._templar.template(raw), name):
                    for match in pattern.finditer(text):
                        found.setdefault(path, (match[1] or "") + match[2] + (match[3] or ""))
                if name in plan["variables"] and not any(text.strip() for _, text in texts(self._templar.template(raw), name)):
                    findings.append({"variable": name, "problem": "empty"})
            except Exception as error:  # An undefined name, a vault that stays closed: only its kind is told.
                if name in plan["variables"]:
                    findings.append({"variable": name, "problem": "unresolvable", "kind": type(error).__name__})
                elif any(pattern.search(text) for _, text in texts(raw, name)):
                    found[name] = "its template"
            for path, endpoint in found.items():
                findings.append({"variable": path, "problem": "forbidden", "endpoint": endpoint,
                                 "encrypted": is_encrypted(raw)})
        with open(plan["result"], "w", encoding="utf-8") as file:
            json.dump(findings[:50], file)
        return ["looked"]
