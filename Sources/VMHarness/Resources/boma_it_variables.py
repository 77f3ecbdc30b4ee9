"""Ansible look-up of boma-it: which of a host's merged variables still lead to a real endpoint, and which are secret.

Runs inside Ansible, so that everything is merged, decrypted and rendered as in a play. Of a finding only the endpoint
leaves it, which the profile names anyway. The secrets go into one file, which its reader removes: it has to know them to
keep them out of everything else.
"""

import json
import os
import re

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: boma_it_variables
short_description: looks for forbidden endpoints and for secrets in all variables
description: Reads its questions from BOMA_IT_VARIABLES and writes its findings to a file.
options: {}
"""

# Made by Ansible for every play; what a repository says is in none of them alone.
MAGIC = {"groups", "hostvars", "vars", "omit", "environment", "playbook_dir", "inventory_dir", "inventory_file"}


def texts(value, path):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, str(key)
            yield from texts(inner, path + ".%s" % key)
    elif isinstance(value, (list, tuple, set)):
        for number, inner in enumerate(value):
            yield from texts(inner, path + "[%d]" % number)
    elif value is not None:
        yield path, str(value)


def values(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from values(inner)
    elif isinstance(value, (list, tuple, set)):
        for inner in value:
            yield from values(inner)
    elif value is not None:  # Ansible's own text types are not all str.
        yield str(value)


def is_encrypted(value):
    if isinstance(value, dict):
        return any(is_encrypted(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(is_encrypted(inner) for inner in value)
    return any(word in type(value).__name__ for word in ("Vault", "Encrypted"))


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        plan = json.loads(os.environ["BOMA_IT_VARIABLES"])
        hosts = "|".join(re.escape(host) for host in plan["forbidden"]) or "(?!)"
        # With what is before it, so that a name below a forbidden one counts, and with its scheme and port for the reader.
        pattern = re.compile(r"([a-z][a-z0-9+.-]*://)?(?:[^\s/@]*@)?(?<![\w-])((?:[\w-]+\.)*(?:%s))(?![\w-]|\.\w)(:\d+)?" % hosts, re.I)
        findings, secrets, vaulted = [], set(), set()
        for path in plan["vaults"]:
            try:
                vaulted.update(values(self._loader.load_from_file(path)))
            except Exception:  # Another vault's, or no YAML; what a play can't open can't get out of it.
                continue
        for name in plan["variables"]:
            if name not in variables:
                findings.append({"variable": name, "problem": "missing"})
        for name, raw in sorted(variables.items(), key=lambda item: item[0]):
            if name in MAGIC or name.startswith("ansible_"):
                continue
            found = {}
            try:
                value = self._templar.template(raw)
                if is_encrypted(raw):
                    vaulted.update(values(value))
                if any(word in name.lower() for word in plan["secret_names"]):
                    secrets.update(values(value))
                for path, text in texts(value, name):
                    for match in pattern.finditer(text):
                        found.setdefault(path, (match[1] or "") + match[2] + (match[3] or ""))
                if name in plan["variables"] and not any(text.strip() for _, text in texts(value, name)):
                    findings.append({"variable": name, "problem": "empty"})
            except Exception as error:  # An undefined name, a vault that stays closed: only its kind is told.
                if name in plan["variables"]:
                    findings.append({"variable": name, "problem": "unresolvable", "kind": type(error).__name__})
                elif any(pattern.search(text) for _, text in texts(raw, name)):
                    found[name] = "its template"
            for path, endpoint in found.items():
                findings.append({"variable": path, "problem": "forbidden", "endpoint": endpoint,
                                 "encrypted": is_encrypted(raw)})
        secrets |= vaulted
        # Judged by value: a variable may well be a template around one of the vault's.
        for name in plan["vaulted"]:
            try:
                plain = name in variables and any(
                    text.strip() and text not in vaulted for text in values(self._templar.template(variables[name])))
            except Exception:  # Its own play will say so.
                plain = False
            if plain:
                findings.append({"variable": name, "problem": "plain"})
        with open(plan["result"], "w", encoding="utf-8") as file:
            json.dump({"findings": findings[:50], "secrets": sorted(secrets)}, file)
        return ["looked"]
