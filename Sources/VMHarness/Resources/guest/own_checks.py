"""The user's own checks that are asked in the machine. Reads [{"kind": …}, …] from argv[1]; writes [{"ok", "detail"}, …]."""

import grp
import json
import os
import pwd
import subprocess
import sys


def command(one):
    try:
        done = subprocess.run(["bash", "-c", one["run"]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=one["seconds"], check=False)
    except subprocess.TimeoutExpired:
        return f"took more than {one['seconds']} s"
    text = done.stdout.decode("utf-8", "replace")
    last = (text.strip().splitlines() or ["no output"])[-1][:200]
    if done.returncode != (one.get("exit") or 0):
        return f"exit status {done.returncode}: {last}"
    if one.get("text") and one["text"] not in text:
        return f"its output lacks '{one['text']}': {last}"
    return None


def file(one):
    try:
        info = os.stat(one["path"])
    except OSError as error:
        return error.strerror
    mode = f"{info.st_mode & 0o7777:04o}"
    if one.get("mode") and one["mode"] != mode:
        return f"mode is {mode}"
    for key, number, names in (("owner", info.st_uid, lambda n: pwd.getpwuid(n)[0]), ("group", info.st_gid, lambda n: grp.getgrgid(n)[0])):
        try:
            name = names(number)
        except KeyError:
            name = str(number)
        if one.get(key) and one[key] != name:
            return f"{key} is {name}"
    if one.get("text"):
        with open(one["path"], "rb") as opened:
            if one["text"].encode() not in opened.read(16_000_000):
                return f"it lacks '{one['text']}'"
    return None


def owners(name):
    """Whose programs of that name run."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as opened:
                if opened.read().strip() == name[:15]:
                    found.add(pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid)[0])
        except (OSError, KeyError):
            continue  # it has ended
    return found


def process(one):
    found = owners(one["name"])
    if not found:
        return "does not run"
    if one.get("user") and one["user"] not in found:
        return f"runs as {', '.join(sorted(found))}"
    return None


def docker(name):
    """State of a container; None when there is none."""
    done = subprocess.run(["docker", "inspect", "--type", "container", "--format", "{{json .State}}", name],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if words and "no such" in words[-1].lower():
            return None
        raise OSError(words[-1] if words else "docker does not answer")
    return json.loads(done.stdout)


def container_health(one):
    state = docker(one["container"])
    if state is None:
        return "is not there"
    health = (state.get("Health") or {}).get("Status", "healthy")
    if state["Status"] != "running":
        return f"is {state['Status']}"
    return None if health == "healthy" else f"is {health}"


def absent(one):
    name = one["name"]
    if one["what"] == "path":
        return "is there" if os.path.lexists(name) else None
    if one["what"] == "process":
        return "runs" if owners(name) else None
    if one["what"] == "unit":
        done = subprocess.run(["systemctl", "is-active", "--", name], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        state = done.stdout.decode().strip()
        return f"is {state}" if state in ("active", "activating", "reloading") else None
    return "is there" if docker(name) is not None else None


KINDS = {"command": command, "file": file, "process": process, "container_health": container_health, "absent": absent}


def answer(one):
    try:
        trouble = KINDS[one["kind"]](one)
    except (OSError, ValueError) as error:
        trouble = f"could not be asked: {error}"
    return {"ok": trouble is None, "detail": trouble or "as it has to be"}


if __name__ == "__main__":
    print(json.dumps([answer(one) for one in json.loads(sys.argv[1])]))
