"""Ansible look-up of boma-it: which of a host's merged variables still lead to a real endpoint, and which are secret.

Runs inside Ansible, so that everything is merged, decrypted and rendered as in a play. Of a finding only the endpoint
leaves it, which the profile names anyway. The secrets go into one file, which its reader removes: it has to know them to
keep them out of everything else.
"""

import json
import os
import re

from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

DOCUMENTATION = """
name: boma_it_variables
short_description: looks for forbidden endpoints and for secrets in all variables
description: Reads its questions from the file that BOMA_IT_VARIABLES names and writes its findings to a file.
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


def variables_in(play):
    """Variables that a playbook sets itself: `vars` at any depth, and the parameters of its roles."""
    if isinstance(play, dict):
        for key, inner in play.items():
            if key == "vars" and isinstance(inner, dict):
                yield from inner.items()
            elif key == "roles" and isinstance(inner, list):
                for role in inner:
                    if isinstance(role, dict):
                        yield from ((name, value) for name, value in role.items() if name not in ("role", "name", "vars"))
                yield from variables_in(inner)
            else:
                yield from variables_in(inner)
    elif isinstance(play, list):
        for inner in play:
            yield from variables_in(inner)


def is_secret(name, rules):
    """Whether a variable's name says that its value is secret; the same as SecretNames.swift."""
    parts = [part.lower() for part in re.findall(rules["part"], name)]
    if not parts or parts[-1] in rules["harmless"]:
        return False
    joined = "_%s_" % "_".join(parts)
    return any("_%s_" % word in joined for word in rules["words"]) or any(
        part.endswith(ending) for part in parts for ending in rules["endings"])


class LookupModule(LookupBase):
    def load(self, path):
        try:
            return self._loader.load_from_file(path, trusted_as_template=True)
        except TypeError:  # Before ansible-core 2.19 every text is a template.
            return self._loader.load_from_file(path)

    def play_files(self, path, seen, unknown):
        """The playbook, the playbooks that it imports, and the files of variables that their plays name. What can't be
        followed, such as a name that a fact decides, goes into `unknown`."""
        path = os.path.realpath(path)
        if path in seen:
            return
        seen.add(path)
        yield path, "play"
        try:
            plays = self.load(path)
        except Exception:
            return
        folder = os.path.dirname(path)
        for play in plays if isinstance(plays, list) else []:
            if not isinstance(play, dict):
                continue
            imported = play.get("import_playbook") or play.get("ansible.builtin.import_playbook")
            if imported:
                yield from self.follow(str(imported), folder, unknown, lambda file: self.play_files(file, seen, unknown))
            named = play.get("vars_files") or []
            for entry in named if isinstance(named, list) else [named]:
                # Of a list in the list the first one that is there counts; all of them are looked at.
                for name in entry if isinstance(entry, list) else [entry]:
                    missing = [] if isinstance(entry, list) else unknown
                    yield from self.follow(str(name), folder, unknown, lambda file: [(file, "vars")], missing)

    def follow(self, name, folder, unknown, then, missing=None):
        try:
            name = str(self._templar.template(name))
        except Exception:
            unknown.append(name)
            return
        if "{{" in name:
            unknown.append(name)
            return
        places = [os.path.join(folder, name), os.path.join(folder, "vars", name)]
        file = next(filter(os.path.isfile, places), None)
        if file:
            yield from then(file)
        else:
            (unknown if missing is None else missing).append(name)

    def set_in_files(self, files, variables):
        """Name, value and file of variables that a play gets from roles and from itself. A role's defaults are weaker than
        the inventory, everything else here is stronger; both are weaker than extra variables."""
        extra = load_extra_vars(self._loader)
        for path, kind in files:
            try:
                held = self.load(path)
            except Exception:  # No YAML, or a vault that stays closed: the play will say so.
                continue
            pairs = variables_in(held) if kind == "play" else held.items() if isinstance(held, dict) else ()
            for name, value in pairs:
                if name not in (variables if kind == "defaults" else extra):
                    yield name, value, path

    def run(self, terms, variables=None, **kwargs):
        with open(os.environ["BOMA_IT_VARIABLES"], encoding="utf-8") as questions:
            plan = json.load(questions)
        hosts = "|".join(re.escape(host) for host in plan["forbidden"]) or "(?!)"
        # With what is before it, so that a name below a forbidden one counts, and with its scheme and port for the reader.
        pattern = re.compile(r"([a-z][a-z0-9+.-]*://)?(?:[^\s/@]*@)?(?<![\w-])((?:[\w-]+\.)*(?:%s))(?![\w-]|\.\w)(:\d+)?" % hosts, re.I)
        findings, secrets, vaulted = [], set(), set()
        for path in plan["vaults"]:
            try:
                vaulted.update(values(self._loader.load_from_file(path)))
            except Exception:  # Another vault's, or no YAML; what a play can't open can't get out of it.
                continue
        seen, unknown = set(), []
        files = [one for path in plan["plays"] for one in self.play_files(path, seen, unknown)]
        others = list(self.set_in_files(files + plan["files"], variables))
        # Nothing is forbidden where nothing is named.
        findings += [{"variable": name, "problem": "unfollowed"} for name in unknown if plan["forbidden"]]
        self._templar.available_variables = {**{name: value for name, value, _ in others}, **variables}
        known = {*variables, *(name for name, _, _ in others)}
        for name in plan["variables"]:
            if name not in known:
                findings.append({"variable": name, "problem": "missing"})
        merged = sorted(((name, raw, None) for name, raw in variables.items()), key=lambda item: item[0])
        for name, raw, file in merged + others:
            if name not in plan["variables"] and (name in MAGIC or name.startswith("ansible_")):
                continue
            found = {}
            try:
                value = self._templar.template(raw)
                if is_encrypted(raw):
                    vaulted.update(values(value))
                if is_secret(name, plan["secret_names"]):
                    secrets.update(values(value))
                for path, text in texts(value, name):
                    for match in pattern.finditer(text):
                        found.setdefault(path, (match[1] or "") + match[2] + (match[3] or ""))
                if name in plan["variables"] and not any(text.strip() for _, text in texts(value, name)):
                    findings.append({"variable": name, "problem": "empty", "file": file})
            except Exception as error:  # An undefined name, a vault that stays closed: only its kind is told.
                if name in plan["variables"]:
                    findings.append({"variable": name, "problem": "unresolvable", "kind": type(error).__name__,
                                     "file": file})
                elif any(pattern.search(text) for _, text in texts(raw, name)):
                    found[name] = "its template"
            for path, endpoint in found.items():
                findings.append({"variable": path, "problem": "forbidden", "endpoint": endpoint,
                                 "encrypted": is_encrypted(raw), "file": file})
        secrets |= vaulted
        # Judged by value: a variable may well be a template around one of the vault's.
        for name, raw, file in merged + others:
            if name not in plan["vaulted"]:
                continue
            try:
                plain = any(text.strip() and text not in vaulted for text in values(self._templar.template(raw)))
            except Exception:  # Its own play will say so.
                plain = False
            if plain:
                findings.append({"variable": name, "problem": "plain", "file": file})
        with open(plan["result"], "w", encoding="utf-8") as file:
            json.dump({"findings": findings[:50], "secrets": sorted(secrets)}, file)
        return ["looked"]
